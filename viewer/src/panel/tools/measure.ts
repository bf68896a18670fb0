/** Lengths, heights and areas: through space and on the ellipsoid. */
import { html, nothing } from "lit";
import {
  areaOf,
  groundDistance,
  lengthOf,
  perimeterOf,
  spaceDistance,
} from "../../tools/geodesy.ts";
import type { Shape, Spot } from "../../tools/spot.ts";
import { ToolPanel } from "./toolpanel.ts";

const KINDS = ["distance", "height", "area"] as const;
type Kind = (typeof KINDS)[number];

export class MeasurePanel extends ToolPanel {
  private points: Spot[] = [];

  protected override begin(): void {
    this.bench.take((spot) => this.add(spot));
  }

  private get kind(): Kind {
    return KINDS.find((kind) => kind === this.settings["k"]) ?? "distance";
  }

  /** A place more; a height has two ends, and a third click begins anew. */
  add(spot: Spot): void {
    const anew = this.kind === "height" && this.points.length === 2;
    this.put(anew ? [spot] : [...this.points, spot]);
  }

  /** Replaces all places. */
  put(points: Spot[]): void {
    this.points = points;
    this.bench.draw(this.shapes());
    this.requestUpdate();
  }

  private shapes(): Shape[] {
    const { points, kind } = this;
    const dots = points.map((at): Shape => ({ kind: "dot", at, tone: "accent" }));
    const [a, b] = points;
    if (kind === "height" && a && b) return this.heightShapes(a, b);
    const area = kind === "area" && points.length > 2;
    const line: Shape = { kind: "line", at: points, tone: "accent", area };
    return points.length > 1 ? [line, ...dots, ...this.legs()] : dots;
  }

  private heightShapes(a: Spot, b: Spot): Shape[] {
    const [low, high] = a.height <= b.height ? [a, b] : [b, a];
    const foot: Spot = { ...high, height: low.height };
    const middle: Spot = { ...high, height: (low.height + high.height) / 2 };
    return [
      { kind: "line", at: [low, foot], tone: "ink", dashed: true },
      { kind: "line", at: [foot, high], tone: "accent" },
      { kind: "dot", at: a, tone: "accent" },
      { kind: "dot", at: b, tone: "accent" },
      { kind: "dot", at: middle, tone: "accent", label: this.metres(high.height - low.height) },
    ];
  }

  /** The length of each leg, where there is more than one. */
  private legs(): Shape[] {
    if (this.kind !== "distance" || this.points.length < 2) return [];
    return this.points.slice(1).flatMap((to, i) => {
      const from = this.points[i];
      if (!from) return [];
      const half = (a: number, b: number) => (a + b) / 2;
      const at = {
        lon: half(from.lon, to.lon),
        lat: half(from.lat, to.lat),
        height: half(from.height, to.height),
      };
      const label = this.metres(spaceDistance(from, to));
      return [{ kind: "dot", at, tone: "accent", label, small: true } as const];
    });
  }

  override render() {
    const { points, kind } = this;
    return html`<div class="stack">
      ${this.segments("measure.kind", KINDS, kind, (item) => {
        this.bench.keep({ k: item === "distance" ? null : item });
        this.put([]);
      })}
      ${this.figures()}
      <p class="hint">${this.t(`measure.hint.${kind}`)}</p>
      <div class="acts">
        ${this.middleButton()}
        <button class="act" ?disabled=${points.length === 0} @click=${() => this.put(points.slice(0, -1))}>
          ${this.t("tools.undo")}
        </button>
        <button class="act" ?disabled=${points.length === 0} @click=${() => this.put([])}>
          ${this.t("tools.clear")}
        </button>
      </div>
    </div>`;
  }

  private figure(key: string, shown: string, value: number, main = false) {
    return html`<dt>${this.t(key)}</dt>
      <dd class=${main ? "main" : ""} data-figure=${key} data-value=${value}>${shown}</dd>`;
  }

  private figures() {
    const { points, kind } = this;
    const [a, b] = points;
    const length = (key: string, value: number, main = false) =>
      this.figure(key, this.metres(value), value, main);
    if (kind === "distance" && points.length > 1)
      return html`<dl class="figures">
        ${length("measure.space", lengthOf(points, spaceDistance), true)}
        ${length("measure.ground", lengthOf(points))}
      </dl>`;
    if (kind === "height" && a && b) {
      const rise = Math.abs(b.height - a.height);
      const along = groundDistance(a, b);
      const slope = (Math.atan2(rise, along) * 180) / Math.PI;
      return html`<dl class="figures">
        ${length("measure.rise", rise, true)} ${length("measure.ground", along)}
        ${this.figure("measure.slope", this.degrees(slope), slope)}
      </dl>`;
    }
    if (kind === "area" && points.length > 2) {
      const area = areaOf(points);
      return html`<dl class="figures">
        ${this.figure("measure.area", this.squareMetres(area), area, true)}
        ${length("measure.around", perimeterOf(points))}
      </dl>`;
    }
    return nothing;
  }
}
