/** Pins at the places that the open desk speaks of; where several fall together one stands for all. */
import { css, html, nothing } from "lit";
import { type Spot, standIns } from "../declutter.ts";
import type { Pin } from "../leader.ts";
import { base } from "../style/base.ts";
import { OverMap, overMapLook } from "./overmap.ts";

/** Pixels that a pin needs for itself, in letter sizes. */
const ROOM = 2.75;
/** Paints that carry light words; on others the words are dark and the paint is a rim. */
const INKED = /^var\(--(high|medium|low|good|accent|ink)\)$/;

export class Pins extends OverMap {
  protected readonly signs = ".pin";

  static override styles = [
    base,
    overMapLook,
    css`
      .pin {
        position: absolute;
        left: 0;
        top: 0;
        min-width: max(1.5rem, 24px);
        height: max(1.5rem, 24px);
        padding: 0 0.375rem;
        border-radius: 0.75rem;
        border: 2px solid var(--panel-solid);
        background: var(--paint, var(--ink));
        color: var(--panel-solid);
        font-size: 0.75rem;
        font-weight: 700;
        font-variant-numeric: tabular-nums;
        line-height: 1.25rem;
        text-align: center;
        white-space: nowrap;
        box-shadow: 0 2px 6px rgb(20 34 46 / 0.25);
        pointer-events: auto;
        will-change: transform;
      }
      .pin::after {
        content: "";
        position: absolute;
        left: calc(50% - 1px);
        top: 100%;
        width: 2px;
        height: 0.75rem;
        background: var(--paint, var(--ink));
      }
      .pin.pale {
        background: var(--panel-solid);
        border-color: var(--paint);
        color: var(--ink);
      }
      .pin:hover {
        z-index: 2;
      }
    `,
  ];

  override render() {
    const { session } = this;
    if (session.state.selection || session.state.tool) return nothing;
    return html`${session.leader.pins.map((pin) => this.pin(pin))}`;
  }

  private pin(pin: Pin) {
    return html`<button
      class="pin ${INKED.test(pin.paint) ? "" : "pale"}"
      tabindex="-1"
      data-said=${this.tx(pin.said)}
      title=${this.tx(pin.said)}
      style="--paint:${pin.paint}"
      data-at=${pin.at.join(",")}
      data-text=${pin.text}
      @click=${() => this.session.select(pin.unit)}
    ></button>`;
  }

  protected place(pins: readonly HTMLElement[], spots: readonly (Spot | null)[]): void {
    const room = ROOM * Number.parseFloat(getComputedStyle(this).fontSize || "16");
    const by = standIns(spots, room);
    const many = by.reduce(
      (sum, stand) => (stand < 0 ? sum : sum.set(stand, (sum.get(stand) ?? 0) + 1)),
      new Map<number, number>(),
    );
    pins.forEach((pin, at) => {
      const here = by[at] === at;
      this.put(pin, here ? (spots[at] ?? null) : null, "calc(-100% - 0.75rem)");
      if (!here) return;
      const others = (many.get(at) ?? 1) - 1;
      const own = pin.dataset["text"] ?? "";
      const all = own && own !== "!" ? `${own}+${others}` : `${own}${others + 1}`;
      const text = others > 0 ? all : own;
      if (pin.textContent !== text) pin.textContent = text;
      const said = `${text} ${pin.dataset["said"]}`;
      if (pin.getAttribute("aria-label") !== said) pin.setAttribute("aria-label", said);
    });
  }
}
