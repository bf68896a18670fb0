/** Nine classes of two things at once, as a square: dark is poor in both. */
import { css, html, type PropertyDeclarations } from "lit";
import type { OverlayInfo } from "../api.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

export class PairLegend extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    info: { attribute: false },
  };
  declare info: OverlayInfo;

  static override styles = [
    base,
    css`
      .square {
        display: grid;
        grid-template-columns: 1.125rem repeat(3, 1fr);
        gap: 0.125rem;
        margin: 0.25rem 0;
      }
      button {
        display: grid;
        place-items: center;
        height: 2.125rem;
        border-radius: 0.25rem;
        font-size: 0.75rem;
        font-weight: 600;
      }
      button:hover {
        box-shadow: 0 0 0 2px var(--accent);
      }
      .side {
        grid-row: span 3;
        writing-mode: vertical-rl;
        transform: rotate(180deg);
        text-align: center;
      }
      .side,
      .foot {
        font-size: 0.6875rem;
        color: var(--ink-3);
      }
      .foot {
        grid-column: 2 / -1;
        text-align: center;
      }
    `,
  ];

  override render() {
    const { classes } = this.info.legend;
    const codes = this.session.shown?.codes;
    const { planner } = this.session;
    const cell = (index: number) => {
      const item = classes[index];
      if (!item) return null;
      return html`<button
        data-class=${index}
        style="background:${item.color};color:${item.ink}"
        title=${this.tx(item.label)}
        aria-label=${`${this.tx(item.label)} ${item.count}`}
        @pointerenter=${() => planner.brush(codes?.map((code) => (code === index ? 1 : 0)) ?? null)}
      >
        ${this.count(item.count)}
      </button>`;
    };
    // the poor third of feelings lies on top, that of figures at the right
    return html`<div class="square" @pointerleave=${() => planner.brush(null)}>
      <span class="side">${this.t("pair.up")}</span>
      ${[2, 1, 0].flatMap((y) => [0, 1, 2].map((x) => cell(3 * y + x)))}
      <span></span><span class="foot">${this.t("pair.across")}</span>
    </div>`;
  }
}
