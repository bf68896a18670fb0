/** What is shown over the colours: clusters of the indicator, piles of problems; and how it was found. */
import { css, html, nothing } from "lit";
import type { Lens } from "../state.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

const LENSES: readonly Lens[] = ["spots", "piles", "sources", "blind"];

export class Lenses extends Panel {
  static override styles = [
    base,
    css`
      :host {
        margin-top: 0.625rem;
        padding-top: 0.5rem;
        border-top: 1px solid var(--line);
        font-size: 0.8125rem;
      }
      .choice {
        display: flex;
        gap: 0.375rem;
      }
      .choice button {
        padding: 0.125rem 0.5625rem;
        border-radius: 1rem;
        background: var(--raise-2);
        font-size: 0.75rem;
        font-weight: 550;
      }
      .choice button[aria-pressed="true"] {
        background: var(--ink);
        color: var(--panel-solid);
      }
      .choice {
        flex-wrap: wrap;
      }
      .hatch,
      .patch {
        display: inline-block;
        width: 1.125rem;
        height: 0.875rem;
        margin-right: 0.5rem;
        border-radius: 0.1875rem;
        vertical-align: -0.125rem;
      }
      .hatch {
        background: repeating-linear-gradient(-45deg, var(--ink) 0 1.4px, var(--raise-2) 1.4px 5px);
      }
      .patch {
        background: repeating-linear-gradient(45deg, #9e2b21 0 2px, transparent 2px 4.5px);
      }
      p {
        margin-top: 0.375rem;
      }
    `,
  ];

  override render() {
    const { state, store, desks } = this.session;
    if (desks.supposing) return nothing;
    return html`<div class="choice" role="group" aria-label=${this.t("lens.title")}>
        ${LENSES.map(
          (lens) => html`<button
            aria-pressed=${state.lens === lens}
            @click=${() => store.set({ lens: state.lens === lens ? null : lens })}
          >
            ${this.t(`lens.${lens}`)}
          </button>`,
        )}
      </div>
      ${this.told(state.lens)}`;
  }

  private told(lens: Lens | null) {
    if (lens === "spots") return this.spots();
    if (lens === "piles") return this.piles();
    if (lens === "sources") return this.sources();
    return lens === "blind" ? this.blind() : nothing;
  }

  /** Hue is the value; the hatch says that its sources disagree. */
  private sources() {
    const { sources } = this.session.planner;
    if (sources.error) return html`<p class="quiet">${this.t("error.lens")}</p>`;
    if (!sources.value) return nothing;
    const { total } = sources.value.answer;
    return html`<p data-total=${total}>
      <i class="hatch"></i>${this.t(total > 0 ? "lens.sources_found" : "lens.sources_none", { n: this.count(total) })}
    </p>`;
  }

  /** Land that no facility of the indicator reaches. */
  private blind() {
    const { blind } = this.session.planner;
    if (blind.error) return html`<p class="quiet">${this.t("lens.blind_none")}</p>`;
    if (!blind.value) return nothing;
    const area = this.num(blind.value.area_m2 / 1e6);
    return html`<p data-area=${blind.value.area_m2}><i class="patch"></i>${this.t("lens.blind_found", { area })}</p>`;
  }

  private spots() {
    const { spots } = this.session.desks;
    if (spots.error) return html`<p class="quiet">${this.t("error.lens")}</p>`;
    const found = spots.value;
    if (!found) return nothing;
    if (found.reason) return html`<p class="quiet">${this.tx(found.reason)}</p>`;
    const params = { hot: this.count(found.hot), cold: this.count(found.cold) };
    return html`<p>${this.t("lens.spots_found", params)}</p>
      <p class="small quiet">${this.tx(found.method)}</p>`;
  }

  private piles() {
    const { piles } = this.session.desks;
    if (piles.error) return html`<p class="quiet">${this.t("error.lens")}</p>`;
    const found = piles.value;
    if (!found) return nothing;
    const params = { n: this.count(found.items.length), all: this.count(found.total) };
    return html`<p>${this.t("lens.piles_found", params)}</p>`;
  }
}
