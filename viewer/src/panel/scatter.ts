/** Two indicators as a cloud of units; hover and brush are one thing with the map. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { Indicator } from "../api.ts";
import { hasColumn } from "../choice.ts";
import { classOf } from "../legend.ts";
import { decodeValues } from "../lut.ts";
import { Resource } from "../resource.ts";
import {
  type Cloud,
  cloudOf,
  correlation,
  inside,
  nearest,
  pixelOf,
  rankCorrelation,
} from "../scatter.ts";
import { base } from "../style/base.ts";
import { deskLook } from "../style/desk.ts";
import { Panel } from "./panel.ts";

const HEIGHT = 300;
const REACH = 12;
const SLIP = 5;

export class ScatterDesk extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    other: { state: true },
    from: { state: true },
    to: { state: true },
  };
  /** code of the indicator up the side */
  declare other: string | null;
  /** corners of the brush, pixels */
  declare from: [number, number] | null;
  declare to: [number, number] | null;
  private readonly second = new Resource<Float32Array>(() => this.requestUpdate());
  private made: { a: Float32Array; b: Float32Array; cloud: Cloud } | null = null;
  private readonly onPoint = () => this.draw();

  constructor() {
    super();
    this.other = null;
    this.from = null;
    this.to = null;
  }

  static override styles = [
    base,
    deskLook,
    css`
      .plot {
        position: relative;
        margin: 0.625rem 0 0.25rem;
        border-radius: 0.625rem;
        background: var(--raise);
        cursor: crosshair;
      }
      canvas {
        display: block;
        width: 100%;
        height: ${HEIGHT}px;
        touch-action: none;
      }
      .axes {
        display: flex;
        justify-content: space-between;
        gap: 0.75rem;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      .field {
        display: block;
        margin-top: 0.5rem;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      select {
        width: 100%;
      }
      .told {
        white-space: normal;
        margin-top: 0.5rem;
        font-size: 0.8125rem;
        min-height: 1.4rem;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.session.addEventListener("point", this.onPoint);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.session.removeEventListener("point", this.onPoint);
    this.session.planner.brush(null);
  }

  /** Indicators with a column where the map stands. */
  private choices(): Indicator[] {
    const { level, year, indicator } = this.session.choice;
    const list = this.session.indicators.value ?? [];
    return list.filter((item) => item.code !== indicator?.code && hasColumn(item, level, year));
  }

  private get chosen(): Indicator | null {
    const list = this.choices();
    return list.find((item) => item.code === this.other) ?? list[0] ?? null;
  }

  protected override willUpdate(): void {
    const { session } = this;
    const { level, year, system } = session.choice;
    const { chosen } = this;
    session.needValues();
    if (!chosen || !level || year === null || !system) {
      this.second.clear();
      return;
    }
    const query = { system, level, year };
    this.second.load(`${system}/${chosen.code}/${level}/${year}`, async (signal) => {
      const info = await session.client.overlay(chosen.code, query);
      const column = info.columns.find((item) => item.dtype === "f32");
      if (!column) throw new Error("no f32 column");
      const bytes = await session.client.bytes(column, signal);
      return decodeValues(bytes, column, session.rowsOf(level));
    });
  }

  private get cloud(): Cloud | null {
    const [a, b] = [this.session.values.value, this.second.value];
    if (!a || !b || a.length !== b.length || this.second.loading) return null;
    if (this.made?.a !== a || this.made.b !== b) this.made = { a, b, cloud: cloudOf(a, b) };
    return this.made.cloud;
  }

  override render() {
    const { session } = this;
    const { indicator, level } = session.choice;
    const { chosen, cloud } = this;
    if (!indicator || !chosen) {
      return html`<section class="card"><p class="quiet">${this.t("scatter.none")}</p></section>`;
    }
    const unit = (item: Indicator) => (item.unit ? ` ${this.coded("unit", item.unit)}` : "");
    return html`<section class="card" aria-label=${this.t("scatter.title")}>
      <p class="eyebrow">${this.t("scatter.title")} · ${this.tx(session.levelLabel(level))} · ${session.choice.year}</p>
      <label class="field"
        >${this.t("scatter.up")}
        <select
          @change=${(event: Event) => {
            this.other = (event.target as HTMLSelectElement).value;
          }}
        >
          ${this.choices().map(
            (item) => html`<option value=${item.code} ?selected=${item.code === chosen.code}>
              ${this.name(item.name)}
            </option>`,
          )}
        </select>
      </label>
      <div class="plot">
        <canvas
          role="img"
          aria-label=${this.t("scatter.aria", { x: this.name(indicator.name), y: this.name(chosen.name) })}
          @pointerdown=${this.down}
          @pointermove=${this.move}
          @pointerup=${this.up}
          @pointerleave=${() => this.session.setHover(null)}
        ></canvas>
      </div>
      <div class="axes num">
        <span>${this.t("scatter.across", { name: this.name(indicator.name) })}${unit(indicator)}</span>
      </div>
      ${cloud ? this.told(cloud) : html`<p class="told quiet">${this.t("app.loading")}</p>`}
      ${
        session.planner.brushed
          ? html`<div class="more"><button class="link" @click=${() => this.clear()}>${this.t("scatter.clear")}</button></div>`
          : html`<p class="small quiet">${this.t("scatter.how")}</p>`
      }
    </section>`;
  }

  private told(cloud: Cloud) {
    const r = correlation(cloud);
    const rho = rankCorrelation(cloud);
    const said =
      r === null || rho === null
        ? this.t("scatter.no_r")
        : this.t("scatter.r", { r: r.toFixed(2), rho: rho.toFixed(2) });
    return html`<p class="told num" data-n=${cloud.rows.length} data-r=${r ?? nothing}>
      ${this.t("scatter.n", { n: this.count(cloud.rows.length), lacking: this.count(cloud.lacking) })} ${said}
    </p>`;
  }

  protected override updated(): void {
    this.draw();
  }

  private get canvas(): HTMLCanvasElement | null {
    return this.renderRoot.querySelector("canvas");
  }

  private draw(): void {
    const { canvas, cloud } = this;
    const pen = canvas?.getContext("2d");
    if (!canvas || !pen || !canvas.clientWidth) return;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, HEIGHT];
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!cloud) return;
    this.points(pen, cloud, width, height);
    if (this.from && this.to) {
      const [a, b] = [this.from, this.to];
      pen.strokeStyle = getComputedStyle(this).getPropertyValue("--accent");
      pen.lineWidth = 1.5;
      pen.strokeRect(
        Math.min(a[0], b[0]),
        Math.min(a[1], b[1]),
        Math.abs(a[0] - b[0]),
        Math.abs(a[1] - b[1]),
      );
    }
  }

  private points(pen: CanvasRenderingContext2D, cloud: Cloud, width: number, height: number): void {
    const { hover, choice, planner, shown } = this.session;
    const look = getComputedStyle(this);
    const size = cloud.rows.length > 3000 ? 1.6 : 3.4;
    let pointed = -1;
    cloud.rows.forEach((row, i) => {
      if (hover?.level === choice.level && hover.row === row) pointed = i;
      const [x, y] = pixelOf(cloud, i, width, height);
      const tone = shown ? classOf(cloud.x[i] ?? 0, shown.info.legend)?.color : null;
      pen.globalAlpha = planner.brushed && !planner.brushed[row] ? 0.12 : 0.85;
      pen.fillStyle = tone ?? look.getPropertyValue("--ink-3");
      pen.beginPath();
      pen.arc(x, y, size, 0, 7);
      pen.fill();
    });
    pen.globalAlpha = 1;
    if (pointed < 0) return;
    const [x, y] = pixelOf(cloud, pointed, width, height);
    pen.strokeStyle = look.getPropertyValue("--ink");
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, size + 3, 0, 7);
    pen.stroke();
  }

  private down(event: PointerEvent): void {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    this.from = [event.offsetX, event.offsetY];
    this.to = null;
  }

  private move(event: PointerEvent): void {
    const at: [number, number] = [event.offsetX, event.offsetY];
    if (this.from && event.buttons) {
      this.to = at;
      return;
    }
    const { cloud, session } = this;
    const { level } = session.choice;
    const found = cloud && nearest(cloud, at, this.canvas?.clientWidth ?? 1, HEIGHT, REACH);
    const row = found === null || found === undefined ? null : (cloud?.rows[found] ?? null);
    if (row === null || !level) session.setHover(null);
    else
      session.setHover({
        level,
        row,
        id: session.index.get(level)?.get(row)?.id ?? null,
        at: null,
      });
  }

  private up(event: PointerEvent): void {
    const { cloud, from, session } = this;
    const at: [number, number] = [event.offsetX, event.offsetY];
    if (!from || !cloud) return;
    const moved = Math.hypot(at[0] - from[0], at[1] - from[1]);
    if (moved < SLIP) {
      this.clear();
      const { hover } = session;
      if (hover?.id) session.select(hover.id);
      return;
    }
    const box = {
      width: this.canvas?.clientWidth ?? 1,
      height: HEIGHT,
      rows: session.values.value?.length ?? 0,
    };
    this.to = at;
    session.planner.brush(inside(cloud, from, at, box));
  }

  private clear(): void {
    this.from = null;
    this.to = null;
    this.session.planner.brush(null);
  }
}
