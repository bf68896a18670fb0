/** The plan: the units of the level from above, in the same colours, where no 3D map can be. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { type Features, FlatView, readable, type Shape, shapeAt, shapesOf } from "../../flat.ts";
import { paletteOf, rgbOf } from "../../legend.ts";
import { LOOKS } from "../../look.ts";
import { FIRST_STATE } from "../../lut.ts";
import { base } from "../../style/base.ts";
import { Panel } from "../panel.ts";
import { hatching } from "./hatching.ts";

/** More units than this are shown by the level above. */
const MOST = 6000;
const PAGE = 3000;
const STILL = 4;

export class FlatMap extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    why: { attribute: false },
    free: { attribute: false },
    again: { attribute: false },
  };
  /** what stopped the 3D map: a key of flat.* */
  declare why: string;
  declare free: () => DOMRect;
  /** tries the 3D map again */
  declare again: () => void;
  private readonly kept = new Map<string, Shape[] | "asked">();
  private view: FlatView | null = null;
  private hands = new Map<number, { x: number; y: number }>();
  private pressed: { x: number; y: number } | null = null;
  private flownTo: string | null = null;
  private readonly resized = new ResizeObserver(() => this.fitWindow());

  static override styles = [
    base,
    css`
      :host {
        position: absolute;
        inset: 0;
        background: var(--backdrop);
      }
      canvas {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        touch-action: none;
        outline: none;
      }
      canvas:focus-visible {
        box-shadow: inset 0 0 0 3px var(--accent);
      }
      .why {
        position: absolute;
        left: 50%;
        bottom: 4.25rem;
        transform: translateX(-50%);
        display: flex;
        align-items: center;
        gap: 0.875rem;
        width: max-content;
        max-width: min(34rem, calc(100cqw - 2rem));
        padding: 0.5rem 0.5rem 0.5rem 1rem;
        font-size: 0.8125rem;
        z-index: 1;
      }
      .why button {
        flex: none;
        padding: 0.3125rem 0.75rem;
        border-radius: 0.5rem;
        background: var(--accent);
        color: var(--on-accent);
        font-weight: 600;
      }
      @container (max-width: 760px) {
        .why {
          bottom: 7.5rem;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
  }

  /** Whether the shapes of the level are on the screen in their colours. */
  get settled(): boolean {
    const level = this.level;
    return level !== null && Array.isArray(this.kept.get(level)) && this.view !== null;
  }

  /** Pixels of a place. */
  project(lon: number, lat: number): { x: number; y: number } | null {
    const at = this.view?.toPixel(lon, lat);
    return at ? { x: at[0], y: at[1] } : null;
  }

  /** The level whose shapes are drawn: the page's, or the blocks of a city with too many buildings. */
  private get level(): string | null {
    const { session } = this;
    if (!session.city.value) return null;
    const level = session.choice.level ?? session.drawn()[0] ?? null;
    const many = level !== null && session.rowsOf(level) > MOST;
    return many ? (session.massingLevel(session.city.value) ?? "block") : level;
  }

  private get canvas(): HTMLCanvasElement | null {
    return this.renderRoot.querySelector("canvas");
  }

  override render() {
    return html`<canvas
        tabindex="0"
        role="application"
        aria-label=${this.t("flat.aria")}
        @pointerdown=${this.onDown}
        @pointermove=${this.onMove}
        @pointerup=${this.onUp}
        @pointercancel=${this.onUp}
        @pointerleave=${() => this.session.setHover(null)}
        @wheel=${this.onWheel}
        @keydown=${this.onKey}
      ></canvas>
      ${
        this.why
          ? html`<div class="why card" role="status">
              <span>${this.t(`flat.${this.why}`)}</span>
              <button @click=${() => this.again()}>${this.t("flat.again")}</button>
            </div>`
          : nothing
      }`;
  }

  protected override updated(): void {
    const { level } = this;
    if (level) this.need(level);
    this.fitWindow();
    this.follow();
    this.draw();
  }

  private need(level: string): void {
    if (this.kept.has(level)) return;
    this.kept.set(level, "asked");
    this.fetch(level)
      .then((shapes) => this.kept.set(level, shapes))
      .catch((error: unknown) => {
        this.kept.set(level, []);
        this.session.fault("tiles", String(error));
      })
      .finally(() => this.requestUpdate());
  }

  private async fetch(level: string): Promise<Shape[]> {
    const path = `/ogc/collections/${encodeURIComponent(level)}/items`;
    const shapes: Shape[] = [];
    for (let offset = 0; offset < MOST; offset += PAGE) {
      const query = { limit: PAGE, offset };
      const page = await this.session.client.json<Features>(path, query);
      shapes.push(...shapesOf(page));
      if (!page.links?.some((link) => link.rel === "next")) break;
    }
    return shapes;
  }

  private fitWindow(): void {
    const { canvas } = this;
    const extent = this.session.city.value?.extent;
    if (!canvas || !extent) return;
    const [width, height] = [this.clientWidth, this.clientHeight];
    const dense = Math.min(2, devicePixelRatio || 1);
    const anew = this.view?.width !== width || this.view?.height !== height;
    if (!anew || width === 0 || height === 0) return;
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
    if (this.view) Object.assign(this.view, { width, height });
    else {
      this.view = new FlatView(0, 0, 1, width, height);
      this.home();
    }
    this.draw();
  }

  home(): void {
    const extent = this.session.city.value?.extent;
    if (extent) this.view?.fit(extent, this.free());
    this.draw();
  }

  zoom(factor: number): void {
    this.view?.zoom(factor);
    this.moved();
  }

  /** The unit that was chosen elsewhere comes into view. */
  private follow(): void {
    const id = this.session.state.selection;
    const unit = this.session.unit.value;
    if (!id) this.flownTo = null;
    if (!id || unit?.id !== id || this.flownTo === id) return;
    this.flownTo = id;
    const [west, south, east, north] = unit.bbox ?? [];
    if (west === undefined || south === undefined || east === undefined || north === undefined)
      return;
    this.view?.fit({ west, south, east, north }, this.free(), 0.5);
  }

  private draw(): void {
    const { canvas, view, level } = this;
    const pen = canvas?.getContext("2d");
    if (!canvas || !pen || !view || !level) return;
    const shapes = this.kept.get(level);
    const dense = canvas.width / view.width;
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    if (!Array.isArray(shapes)) return;
    const { session } = this;
    const look = LOOKS[session.state.theme];
    const paint = this.paints(pen, level);
    pen.lineWidth = level === "building" ? 0.5 : 1;
    pen.strokeStyle = look.haze;
    for (const shape of shapes) {
      this.trace(pen, shape);
      pen.fillStyle = paint(shape.row);
      pen.fill("evenodd");
      pen.stroke();
    }
    this.mark(pen, shapes, look.accent, look.line);
    this.names(pen);
  }

  private trace(pen: CanvasRenderingContext2D, shape: Shape): void {
    pen.beginPath();
    for (const rings of shape.polygons) {
      for (const ring of rings) {
        ring.forEach(([lon, lat], i) => {
          const [x, y] = this.view?.toPixel(lon, lat) ?? [0, 0];
          if (i === 0) pen.moveTo(x, y);
          else pen.lineTo(x, y);
        });
        pen.closePath();
      }
    }
  }

  /** The fill of a row: its class colour, a hatch where there is none, the city's own otherwise. */
  private paints(pen: CanvasRenderingContext2D, level: string) {
    const { session } = this;
    const look = LOOKS[session.state.theme];
    const { shown } = session;
    const loaded = shown?.info.level === level ? shown : session.massing.value;
    if (!shown || !loaded || loaded.info.level !== level) return () => look.roof;
    const palette = paletteOf(loaded.info.legend);
    const hatch = hatching(pen, look.statePaper, look.stateInk);
    return (row: number): string | CanvasPattern => {
      const code = loaded.codes[row] ?? 255;
      if (code >= FIRST_STATE) return hatch ?? look.statePaper;
      const [r, g, b] = palette.subarray(code * 4, code * 4 + 3);
      return `rgb(${r} ${g} ${b})`;
    };
  }

  private mark(
    pen: CanvasRenderingContext2D,
    shapes: readonly Shape[],
    accent: string,
    line: string,
  ): void {
    const { hover, state } = this.session;
    const over = shapes.find(
      (item) => hover && item.row === hover.row && hover.level === this.level,
    );
    const chosen = shapes.find((item) => item.id === state.selection);
    for (const [shape, colour, width] of [
      [over, line, 2] as const,
      [chosen, accent, 3.5] as const,
    ]) {
      if (!shape) continue;
      this.trace(pen, shape);
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
  }

  /** Names of the districts, with a halo, so that the plan can be read without pointing. */
  private names(pen: CanvasRenderingContext2D): void {
    const { session } = this;
    if (!session.levelLabel("district")) return;
    session.needIndex("district");
    const style = getComputedStyle(this);
    const size = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.875;
    pen.font = `600 ${size}px ${style.fontFamily}`;
    pen.textAlign = "center";
    pen.lineJoin = "round";
    pen.lineWidth = 4;
    const [r, g, b] = rgbOf(style.getPropertyValue("--panel-solid").trim());
    pen.strokeStyle = `rgb(${r} ${g} ${b} / 0.85)`;
    pen.fillStyle = style.color;
    const names = [...(session.index.get("district")?.values() ?? [])].flatMap((unit) => {
      if (!unit.centroid || !this.view) return [];
      const [x, y] = this.view.toPixel(unit.centroid[0], unit.centroid[1]);
      const text = this.tx(unit.label);
      return [{ text, x, y, width: pen.measureText(text).width + 8 }];
    });
    const shown = readable(names, size * 1.3);
    names.forEach(({ text, x, y }, at) => {
      if (!shown[at]) return;
      pen.strokeText(text, x, y);
      pen.fillText(text, x, y);
    });
  }

  private under(event: { offsetX: number; offsetY: number }): Shape | null {
    const shapes = this.level ? this.kept.get(this.level) : null;
    if (!Array.isArray(shapes) || !this.view) return null;
    return shapeAt(shapes, ...this.view.toPlace(event.offsetX, event.offsetY));
  }

  private readonly onDown = (event: PointerEvent) => {
    this.pressed = this.hands.size === 0 ? { x: event.offsetX, y: event.offsetY } : null;
    this.hands.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    this.canvas?.setPointerCapture(event.pointerId);
  };

  private readonly onMove = (event: PointerEvent) => {
    const before = this.hands.get(event.pointerId);
    if (!before || !this.view) {
      const shape = this.under(event);
      const level = this.level ?? "";
      const at = { x: event.offsetX, y: event.offsetY };
      this.session.setHover(shape && { level, row: shape.row, id: shape.id, at });
      if (this.canvas) this.canvas.style.cursor = shape ? "pointer" : "";
      return;
    }
    const now = { x: event.offsetX, y: event.offsetY };
    const other = [...this.hands].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const far = Math.hypot(before.x - other.x, before.y - other.y);
      const near = Math.hypot(now.x - other.x, now.y - other.y);
      if (far > 0) this.view.zoom(near / far, other.x, other.y);
    } else this.view.pan(now.x - before.x, now.y - before.y);
    this.hands.set(event.pointerId, now);
    this.draw();
  };

  private readonly onUp = (event: PointerEvent) => {
    this.hands.delete(event.pointerId);
    const { pressed } = this;
    this.pressed = null;
    if (!pressed || event.type !== "pointerup") return;
    if (Math.hypot(event.offsetX - pressed.x, event.offsetY - pressed.y) >= STILL)
      return this.moved();
    const shape = this.under(event);
    this.flownTo = shape?.id ?? null;
    this.session.select(shape?.id ?? null);
  };

  private readonly onWheel = (event: WheelEvent) => {
    event.preventDefault();
    this.view?.zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.offsetX, event.offsetY);
    this.moved();
  };

  private readonly onKey = (event: KeyboardEvent) => {
    const { view } = this;
    const acts: Record<string, () => void> = {
      ArrowLeft: () => view?.pan(80, 0),
      ArrowRight: () => view?.pan(-80, 0),
      ArrowUp: () => view?.pan(0, 80),
      ArrowDown: () => view?.pan(0, -80),
      "+": () => view?.zoom(1.3),
      "=": () => view?.zoom(1.3),
      "-": () => view?.zoom(1 / 1.3),
      Home: () => this.home(),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
    this.moved();
  };

  /** Another part of the city is in view: what lists it looks again. */
  private moved(): void {
    this.draw();
    this.session.tell();
  }
}
