/** A sheet over the map to draw a rectangle or a polygon on; gives back longitudes and latitudes. */
import { css, html, LitElement, type PropertyDeclarations, svg } from "lit";
import type { Language } from "../../api.ts";
import { words } from "../../i18n.ts";
import type { Stage } from "../../stage.ts";
import { base } from "../../style/base.ts";

export type Drawing = "box" | "lasso";
type Point = [number, number];

/** Pixels below which a drag is a slip of the hand. */
const LEAST = 6;

/** Corners of a rectangle on the screen. */
export function cornersBetween(a: Point, b: Point): Point[] {
  return [a, [b[0], a[1]], b, [a[0], b[1]]];
}

export class DrawSheet extends LitElement {
  static override properties: PropertyDeclarations = {
    shape: { attribute: false },
    stage: { attribute: false },
    language: { attribute: false },
    points: { state: true },
    at: { state: true },
  };
  declare shape: Drawing;
  declare stage: Stage | null;
  declare language: Language;
  declare points: Point[];
  /** where the pointer is while drawing */
  declare at: Point | null;
  private readonly onKey = (event: KeyboardEvent) => this.key(event);

  constructor() {
    super();
    this.points = [];
    this.at = null;
  }

  static override styles = [
    base,
    css`
      svg {
        position: fixed;
        inset: 0;
        width: 100%;
        height: 100%;
        z-index: -1;
        cursor: crosshair;
        pointer-events: auto;
        touch-action: none;
      }
      path {
        fill: color-mix(in srgb, var(--accent) 16%, transparent);
        stroke: var(--accent);
        stroke-width: 2;
        stroke-linejoin: round;
      }
      circle {
        fill: var(--panel-solid);
        stroke: var(--accent);
        stroke-width: 2;
      }
      p {
        position: fixed;
        left: 50%;
        bottom: 4.5rem;
        transform: translateX(-50%);
        padding: 0.375rem 1rem;
        border-radius: 1.25rem;
        background: var(--ink);
        color: var(--panel-solid);
        font-size: 0.8125rem;
        white-space: nowrap;
        pointer-events: none;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.onKey, true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.onKey, true);
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.stopPropagation();
    if (event.key === "Enter" && this.points.length > 2) this.finish(this.points);
    else this.finish(null);
  }

  private finish(pixels: Point[] | null): void {
    const ring = pixels?.map(([x, y]) => this.stage?.ground(x, y) ?? null);
    const whole = ring?.every((place) => place !== null) ? (ring as Point[]) : null;
    this.dispatchEvent(new CustomEvent("drawn", { detail: whole }));
  }

  /** Pixels of the sheet, which lies on the map. */
  private spot(event: PointerEvent): Point {
    const sheet = (event.currentTarget as Element).getBoundingClientRect();
    return [event.clientX - sheet.left, event.clientY - sheet.top];
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const at = this.spot(event);
    if (this.shape === "box") {
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      this.points = [at];
      this.at = at;
      return;
    }
    const first = this.points[0];
    const closes = first && Math.hypot(at[0] - first[0], at[1] - first[1]) < 2 * LEAST;
    if (closes && this.points.length > 2) this.finish(this.points);
    else this.points = [...this.points, at];
  }

  private move(event: PointerEvent): void {
    if (this.points.length > 0) this.at = this.spot(event);
  }

  private up(event: PointerEvent): void {
    const [from] = this.points;
    if (this.shape !== "box" || !from) return;
    const to = this.spot(event);
    const large = Math.min(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])) >= LEAST;
    if (large) this.finish(cornersBetween(from, to));
    else this.points = [];
  }

  private twice(): void {
    if (this.shape === "lasso" && this.points.length > 3) this.finish(this.points.slice(0, -1));
  }

  override render() {
    const [from] = this.points;
    const moving = this.at ? [this.at] : [];
    const box = this.shape === "box" && from && this.at;
    const outline = box ? cornersBetween(from, this.at ?? from) : [...this.points, ...moving];
    const path = outline.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("");
    const dots = this.shape === "lasso" ? this.points : [];
    return html`<svg
        role="img"
        aria-label=${words(this.language, `find.draw_${this.shape}`)}
        @pointerdown=${this.down}
        @pointermove=${this.move}
        @pointerup=${this.up}
        @dblclick=${this.twice}
      >
        ${outline.length > 1 ? svg`<path d="${path}Z" />` : null}
        ${dots.map(([x, y]) => svg`<circle cx=${x} cy=${y} r="4" />`)}
      </svg>
      <p>${words(this.language, `find.drawing_${this.shape}`)}</p>`;
  }
}
