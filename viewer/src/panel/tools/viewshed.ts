/** What can be seen around a place: rays to points on rings, counted as they are. */
import { html, nothing } from "lit";
import { raised, type Shape, type Spot } from "../../tools/spot.ts";
import { DIRECTIONS, type Judged, ringsAround, shareSeen, stepOf } from "../../tools/viewshed.ts";
import { ToolPanel } from "./toolpanel.ts";

/** Rays between two breaths of the page, milliseconds. */
const SLICE_MS = 200;

export class ViewshedPanel extends ToolPanel {
  private eye: Spot | null = null;
  private judged: Judged[] = [];
  private total = 0;
  private run = 0;

  protected override begin(): void {
    this.bench.refine(true);
    this.bench.take((spot) => void this.stand(spot));
  }

  protected override end(): void {
    this.run += 1;
  }

  private get radius(): number {
    return this.setting("r", 300, [50, 2000]);
  }

  private get directions(): number {
    return this.setting("n", DIRECTIONS, [12, 96]);
  }

  private get eyeHeight(): number {
    return this.setting("e", 1.6, [0, 500]);
  }

  /** Judges every point around a place on the ground or a roof; a new place ends the one before. */
  async stand(ground: Spot): Promise<void> {
    this.run += 1;
    const { run, radius } = this;
    const eye = raised(ground, this.eyeHeight);
    const points = ringsAround(ground, radius, this.directions);
    this.eye = eye;
    this.judged = [];
    this.total = points.length;
    await this.bench.settled();
    let rest = performance.now();
    for (const point of points) {
      if (performance.now() - rest > SLICE_MS) {
        this.show();
        await new Promise((done) => setTimeout(done));
        rest = performance.now();
      }
      if (run !== this.run) return;
      const height = this.bench.rays.surfaceAt(point.lon, point.lat);
      const at = { ...point, height: (height ?? ground.height) + 0.3 };
      const seen = height === null ? null : this.bench.rays.firstNow(eye, at) === null;
      this.judged.push({ at, weight: point.weight, seen });
    }
    this.show();
  }

  private show(): void {
    const { eye } = this;
    const shapes: Shape[] = this.judged.flatMap(({ at, seen }) =>
      seen === null
        ? []
        : [{ kind: "dot", at, tone: seen ? "seen" : "blocked", small: true } as const],
    );
    if (eye) shapes.push({ kind: "dot", at: eye, tone: "accent", label: this.t("sight.eye") });
    this.bench.draw(shapes);
    this.requestUpdate();
  }

  override render() {
    const { radius, bench } = this;
    return html`<div class="stack">
      ${this.slider(
        this.t("viewshed.radius"),
        this.metres(radius),
        { name: "r", value: radius, low: 50, high: 1000, step: 50 },
        (r) => bench.keep({ r }),
      )}
      ${this.slider(
        this.t("sight.height"),
        this.metres(this.eyeHeight),
        { name: "e", value: this.eyeHeight, low: 1.6, high: 100, step: 0.2 },
        (e) => bench.keep({ e }),
      )}
      ${this.slider(
        this.t("viewshed.fine"),
        this.count(this.directions),
        { name: "n", value: this.directions, low: 12, high: 96, step: 12 },
        (n) => bench.keep({ n }),
      )}
      <p class="hint">${this.t("viewshed.hint")}</p>
      <div class="acts">${this.middleButton()}</div>
      ${this.eye ? this.result() : nothing}
      <p class="hint">
        <span class="key" style="--tone: #0b8f6f"></span>${this.t("sight.seen")}
        <br /><span class="key" style="--tone: #d1482b"></span>${this.t("viewshed.unseen")}
      </p>
      <p class="hint">
        ${this.t("viewshed.resolution", {
          rays: this.count(
            ringsAround({ lon: 0, lat: 0, height: 0 }, radius, this.directions).length,
          ),
          step: this.metres(stepOf(radius, this.directions)),
        })}
      </p>
    </div>`;
  }

  private result() {
    const { judged, total } = this;
    const done = judged.length === total;
    const share = shareSeen(judged);
    const seen = judged.filter((one) => one.seen).length;
    return html`<dl class="figures" aria-live="polite" data-done=${done}>
      <dt>${this.t("viewshed.share")}</dt>
      <dd class="main" data-figure="viewshed.share" data-value=${share ?? ""}>
        ${share === null ? "–" : `${this.num(share * 100)} %`}
      </dd>
      <dt>${this.t("viewshed.points")}</dt>
      <dd>${this.count(seen)} / ${this.count(done ? total : judged.length)}</dd>
      ${
        done
          ? nothing
          : html`<dt>${this.t("viewshed.working")}</dt>
              <dd>${this.num((judged.length / total) * 100)} %</dd>`
      }
    </dl>`;
  }
}
