/** Cuts through the city: at a height above ground, at a level, along a wall, around a box. */
import { html, nothing } from "lit";
import { packGround } from "../../lut.ts";
import { heightOffset, type Tall, type Talls, tallBuildings } from "../../tools/buildings.ts";
import { travelled } from "../../tools/geodesy.ts";
import type { Shape, Spot } from "../../tools/spot.ts";
import { ToolPanel } from "./toolpanel.ts";

const KINDS = ["above", "level", "wall", "box"] as const;
type Kind = (typeof KINDS)[number];
const LISTED = 40;
const PAUSE_MS = 250;

export class SectionPanel extends ToolPanel {
  private found: Talls | null = null;
  private failed = false;
  private asked: AbortController | null = null;
  private waiting = 0;

  protected override begin(): void {
    this.bench.take((spot) => {
      if (this.kind === "wall" || this.kind === "box")
        this.bench.keep({ at: `${spot.lon.toFixed(6)}~${spot.lat.toFixed(6)}` });
    });
  }

  protected override end(): void {
    clearTimeout(this.waiting);
    this.asked?.abort();
    this.bench.uncut();
    this.bench.setCut(null);
  }

  private get kind(): Kind {
    return KINDS.find((kind) => kind === this.settings["k"]) ?? "above";
  }

  private get metres80(): number {
    return this.setting("h", 80, [0, 1000]);
  }

  private get year(): number | null {
    const year = this.setting("y", 0, [0, 9999]);
    return year > 0 ? year : null;
  }

  /** Where a wall or a box stands: as chosen, else the middle of the city. */
  private get middle(): Spot | null {
    const { city } = this.bench;
    if (!city) return null;
    const [lon, lat] = (this.settings["at"] ?? "").split("~").map(Number);
    const chosen = Number.isFinite(lon) && Number.isFinite(lat);
    return chosen ? { lon: lon ?? 0, lat: lat ?? 0, height: 0 } : city.middle;
  }

  protected override apply(): void {
    const { bench, kind } = this;
    clearTimeout(this.waiting);
    bench.uncut();
    bench.draw([]);
    if (kind !== "above") {
      bench.setCut(null);
      this.cut();
      return;
    }
    this.waiting = window.setTimeout(() => void this.ask(), this.found ? PAUSE_MS : 0);
  }

  private async ask(): Promise<void> {
    this.asked?.abort();
    const asked = new AbortController();
    this.asked = asked;
    const { signal } = asked;
    const { metres80: metres, year, session } = this;
    try {
      const found = await tallBuildings(session, metres, year, signal);
      const [first] = found.items;
      const offset = first ? await heightOffset(session, first, signal) : 0;
      const grounds = new Map(found.items.map(({ row, ground }) => [row, ground + offset]));
      this.bench.setCut({ metres, ground: packGround(session.rowsOf("building"), grounds) });
      this.found = found;
      this.failed = false;
    } catch (error) {
      if (signal.aborted) return;
      this.failed = true;
      console.warn(error);
    }
    this.requestUpdate();
  }

  private cut(): void {
    const { middle, kind, bench } = this;
    if (!middle) return;
    if (kind === "level") {
      bench.cut(middle, [{ normal: [0, 0, -1], distance: this.level }]);
    } else if (kind === "wall") {
      const turn = (this.direction * Math.PI) / 180;
      bench.cut(middle, [{ normal: [Math.sin(turn), Math.cos(turn), 0], distance: 0 }]);
      const [a, b] = [90, 270].map((side) =>
        travelled(middle, this.direction + side, bench.city?.reach ?? 500),
      );
      if (a && b) bench.draw([this.outline([a, b], false)]);
    } else this.cutBox(middle);
  }

  private cutBox(middle: Spot): void {
    const half = this.size / 2;
    const { bench } = this;
    bench.cut(middle, [
      { normal: [1, 0, 0], distance: half },
      { normal: [-1, 0, 0], distance: half },
      { normal: [0, 1, 0], distance: half },
      { normal: [0, -1, 0], distance: half },
    ]);
  }

  private outline(at: readonly Spot[], area: boolean): Shape {
    return { kind: "line", at, tone: "accent", area, dashed: true };
  }

  private get level(): number {
    const { low, high } = this.bench.city ?? { low: 0, high: 100 };
    return this.setting("e", Math.round((low + high) / 2), [low, high]);
  }

  private get direction(): number {
    return this.setting("d", 0, [0, 360]);
  }

  private get size(): number {
    return this.setting("s", 600, [100, 5000]);
  }

  override render() {
    return html`<div class="stack">
      ${this.segments("section.kind", KINDS, this.kind, (kind) =>
        this.bench.keep({ k: kind === "above" ? null : kind }),
      )}
      ${this.kind === "above" ? this.above() : this.planes()}
    </div>`;
  }

  private planes() {
    const { kind, bench } = this;
    const { low, high } = bench.city ?? { low: 0, high: 100 };
    const range = { low: Math.floor(low), high: Math.ceil(high), step: 1 };
    return html`${
      kind === "level"
        ? this.slider(
            this.t("section.level"),
            this.metres(this.level),
            { name: "e", value: this.level, ...range },
            (e) => bench.keep({ e }),
          )
        : nothing
    }
    ${
      kind === "wall"
        ? this.slider(
            this.t("section.direction"),
            this.degrees(this.direction),
            { name: "d", value: this.direction, low: 0, high: 355, step: 5 },
            (d) => bench.keep({ d }),
          )
        : nothing
    }
    ${
      kind === "box"
        ? this.slider(
            this.t("section.size"),
            this.metres(this.size),
            { name: "s", value: this.size, low: 100, high: 3000, step: 50 },
            (s) => bench.keep({ s }),
          )
        : nothing
    }
    <p class="hint">${this.t(`section.hint.${kind}`)}</p>
    ${kind === "level" ? nothing : html`<div class="acts">${this.middleButton()}</div>`}`;
  }

  private above() {
    const { metres80: metres, year } = this;
    return html`${this.slider(
      this.t("section.height"),
      this.metres(metres),
      { name: "h", value: metres, low: 5, high: 250, step: 1 },
      (h) => this.bench.keep({ h }),
    )}
    <label class="field">
      ${this.t("section.year")}
      <input
        type="number"
        name="y"
        min="1800"
        max="2100"
        placeholder=${this.t("section.any_year")}
        .value=${year === null ? "" : String(year)}
        @change=${(event: Event) =>
          this.bench.keep({ y: (event.target as HTMLInputElement).value || null })}
      />
    </label>
    ${this.failed ? html`<p class="said">${this.t("section.failed")}</p>` : this.counted()}`;
  }

  private counted() {
    const { found } = this;
    if (!found) return html`<p class="hint">${this.t("section.counting")}</p>`;
    const listed = [...found.items].sort((a, b) => b.height - a.height).slice(0, LISTED);
    return html`<dl class="figures">
        <dt>${this.t("section.reach")}</dt>
        <dd class="main" data-figure="section.reach" data-value=${found.matched}>
          ${this.count(found.matched)}
        </dd>
      </dl>
      ${
        found.items.length < found.matched
          ? html`<p class="said">${this.t("section.part", { n: this.count(found.items.length) })}</p>`
          : nothing
      }
      <ul class="rows scroll">${listed.map((tall) => this.line(tall))}</ul>
      <p class="hint">${this.t("section.hint.above")}</p>`;
  }

  private line(tall: Tall) {
    return html`<li class="line">
      <button class="grow link" @click=${() => this.session.select(tall.id)}>
        ${this.name(tall.label) || tall.id}
      </button>
      <span class="quiet num">${tall.year ?? ""}</span>
      <span class="num">${this.metres(tall.height)}</span>
    </li>`;
  }
}
