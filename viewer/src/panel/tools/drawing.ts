/** What tools draw, over the picture: lines, areas, dots and words. Redrawn with each frame of the view. */
import { css, html, LitElement, nothing, type PropertyDeclarations, svg } from "lit";
import { words } from "../../i18n.ts";
import { base } from "../../style/base.ts";
import type { Bench, Sides } from "../../tools/bench.ts";
import { between, type Dot, type Line, type Shape, type Spot } from "../../tools/spot.ts";
import { icon } from "../icons.ts";

type Pixel = { x: number; y: number };

export class Drawing extends LitElement {
  static override properties: PropertyDeclarations = { bench: { attribute: false } };
  declare bench: Bench;
  private stop: (() => void) | null = null;
  private readonly again = () => this.requestUpdate();

  static override styles = [
    base,
    css`
      :host {
        position: absolute;
        inset: 0;
        overflow: hidden;
        pointer-events: none;
        --seen: #0b8f6f;
        --blocked: #d1482b;
        --sky: #6a3fb5;
      }
      svg {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      path,
      polyline {
        fill: none;
        stroke-linejoin: round;
        stroke-linecap: round;
      }
      .halo {
        stroke: var(--panel-solid);
        stroke-width: 6;
        opacity: 0.9;
      }
      .ink {
        stroke: var(--tone);
        stroke-width: 3;
      }
      .dashed {
        stroke-dasharray: 2 7;
      }
      .area {
        fill: color-mix(in srgb, var(--tone) 22%, transparent);
        stroke: none;
      }
      circle {
        fill: var(--tone);
        stroke: var(--panel-solid);
        stroke-width: 2;
      }
      circle.small {
        stroke-width: 0.75;
      }
      .accent {
        --tone: var(--accent);
      }
      .seen {
        --tone: var(--seen);
      }
      .blocked {
        --tone: var(--blocked);
      }
      .inked {
        --tone: var(--ink);
      }
      .sky {
        --tone: var(--sky);
      }
      .divider {
        position: absolute;
        top: 0;
        bottom: 0;
        width: 2.75rem;
        margin-left: -1.375rem;
        pointer-events: auto;
        cursor: ew-resize;
        touch-action: none;
      }
      .divider.still {
        pointer-events: none;
      }
      .divider::before {
        content: "";
        position: absolute;
        inset: 0 calc(50% - 1.5px);
        background: var(--panel-solid);
        box-shadow: 0 0 6px rgb(20 34 46 / 0.35);
      }
      .knob {
        position: absolute;
        top: 50%;
        left: 50%;
        display: grid;
        place-items: center;
        width: 2.5rem;
        height: 2.5rem;
        margin: -1.25rem;
        border-radius: 50%;
        background: var(--panel-solid);
        box-shadow: var(--shadow);
        color: var(--accent);
      }
      .knob svg {
        position: static;
        width: 1.25rem;
        height: 1.25rem;
      }
      .knob path {
        stroke: currentColor;
        stroke-width: 1.7;
      }
      .side {
        position: absolute;
        bottom: 5.5rem;
        max-width: 15rem;
        padding: 0.25rem 0.75rem;
        border-radius: 1rem;
        background: var(--panel-solid);
        box-shadow: var(--shadow);
        font-size: 0.8125rem;
        font-weight: 600;
        white-space: nowrap;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .side.left {
        right: calc(50% + 1rem);
      }
      .side.right {
        left: calc(50% + 1rem);
      }
      /* a view of its own on each side: their names stand where no card and no title does */
      .divider.still .side {
        top: calc(var(--edge) * 2 + var(--bar) + 0.5rem);
        bottom: auto;
      }
      @container (max-width: 760px) {
        .side,
        .divider.still .side {
          top: 10.5rem;
          bottom: auto;
          max-width: calc(50cqw - 2rem);
        }
        .divider:not(.still) .side {
          top: 14rem;
          max-width: 40cqw;
        }
      }
      .words {
        position: absolute;
        left: 0;
        top: 0;
        max-width: 16rem;
        padding: 0.125rem 0.5rem;
        border-radius: 0.5rem;
        background: var(--panel-solid);
        box-shadow: var(--shadow);
        font-size: 0.75rem;
        font-weight: 600;
        font-variant-numeric: tabular-nums;
        color: var(--ink);
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        will-change: transform;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.bench.addEventListener("change", this.again);
    this.stop = this.bench.stage.globe.onFrame(() => {
      if (this.shapes.length > 0) this.requestUpdate();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.bench.removeEventListener("change", this.again);
    this.stop?.();
  }

  private get shapes(): Shape[] {
    const { notes, drawn } = this.bench;
    const pins = notes.map(
      ({ at, text }): Dot => ({ kind: "dot", at, tone: "accent", label: text, pin: true }),
    );
    return [...pins, ...drawn];
  }

  override render() {
    const { shapes } = this;
    const { trace, between } = this.bench;
    const dots = shapes.filter((shape): shape is Dot => shape.kind === "dot");
    return html`<svg aria-hidden="true">
        ${shapes.map((shape) => (shape.kind === "line" ? this.line(shape) : nothing))}
        ${trace.length > 1 ? this.stroke([trace], "sky", false) : nothing}
        ${dots.map((dot) => this.dot(dot))}
      </svg>
      ${dots.map((dot) => this.words(dot))} ${between ? this.divider(between) : nothing}`;
  }

  private divider({ left, right, share, put }: Sides) {
    const at = (share ?? 0.5) * 100;
    const move = (event: PointerEvent) => {
      const box = this.getBoundingClientRect();
      const held = event.type === "pointerdown" || event.buttons > 0;
      if (held && put) put(inBounds((event.clientX - box.left) / box.width));
      if (event.type === "pointerdown")
        (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    };
    const key = (event: KeyboardEvent) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
      if (step === undefined || share === undefined) return;
      event.preventDefault();
      put?.(inBounds(share + step));
    };
    return html`<div
      class="divider ${put ? "" : "still"}"
      style="left: ${at}%"
      role=${put ? "slider" : "separator"}
      tabindex=${put ? 0 : -1}
      aria-label=${words(this.bench.session.state.language, "swipe.divider")}
      aria-valuemin="5"
      aria-valuemax="95"
      aria-valuenow=${Math.round(at)}
      aria-valuetext=${`${left} | ${right}`}
      @pointerdown=${move}
      @pointermove=${move}
      @keydown=${key}
    >
      <span class="side left" title=${left}>${left}</span>
      <span class="side right" title=${right}>${right}</span>
      ${put ? html`<span class="knob">${icon("swipe")}</span>` : nothing}
    </div>`;
  }

  /** The parts of a line that lie before the camera. */
  private parts(places: readonly Spot[]): Pixel[][] {
    const out: Pixel[][] = [];
    let part: Pixel[] = [];
    for (const spot of places) {
      const at = this.bench.pixelOf(spot);
      if (at) part.push({ ...at });
      else if (part.length > 0) {
        out.push(part);
        part = [];
      }
    }
    return part.length > 0 ? [...out, part] : out;
  }

  private line({ at, tone, area, dashed }: Line) {
    const [first] = at;
    const ends = area && first ? [...at, first] : at;
    const fine = ends.flatMap((spot, i) => {
      const next = ends[i + 1];
      return next ? between(spot, next, 12).slice(0, -1) : [spot];
    });
    const parts = this.parts(fine);
    const whole = parts.length === 1 && area ? parts[0] : null;
    const fill = whole
      ? svg`<path class="area ${klass(tone)}" d=${pathOf(whole)}></path>`
      : nothing;
    return svg`${fill}${this.stroke(parts, tone, dashed ?? false)}`;
  }

  private stroke(parts: readonly (readonly Pixel[])[], tone: string, dashed: boolean) {
    return parts.map(
      (part) => svg`<g class=${klass(tone)}>
        <path class="halo" d=${pathOf(part)}></path>
        <path class="ink ${dashed ? "dashed" : ""}" d=${pathOf(part)}></path>
      </g>`,
    );
  }

  private dot({ at, tone, pin, small }: Dot) {
    const seen = this.bench.pixelOf(at);
    if (!seen) return nothing;
    const { x, y } = seen;
    if (!pin)
      return svg`<circle class="${klass(tone)} ${small ? "small" : ""}" cx=${x} cy=${y} r=${small ? 3 : 5}></circle>`;
    return svg`<g class=${klass(tone)}>
      <path class="halo" d=${`M${x} ${y}v-26`}></path>
      <path class="ink" d=${`M${x} ${y}v-26`}></path>
      <circle cx=${x} cy=${y} r="3.500"></circle>
    </g>`;
  }

  private words({ at, label, pin }: Dot) {
    const seen = label ? this.bench.pixelOf(at) : null;
    if (!seen) return nothing;
    const lift = pin ? -48 : -30;
    const move = `translate(calc(${seen.x.toFixed(1)}px - 50%), ${(seen.y + lift).toFixed(1)}px)`;
    return html`<div class="words" style="transform: ${move}">${label}</div>`;
  }
}

function inBounds(share: number): number {
  return Math.min(0.95, Math.max(0.05, share));
}

function klass(tone: string): string {
  return tone === "ink" ? "inked" : tone;
}

function pathOf(part: readonly Pixel[]): string {
  return part
    .map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`)
    .join("");
}
