/** Says as long as it lasts that the page shows a what-if, and leads out of it. */
import { css, html, nothing } from "lit";
import { base } from "../style/base.ts";
import { icon } from "./icons.ts";
import { Panel } from "./panel.ts";

export class Banner extends Panel {
  static override styles = [
    base,
    css`
      :host {
        pointer-events: none;
      }
      .frame {
        position: fixed;
        inset: 0;
        border: 0.25rem solid var(--accent);
      }
      .banner {
        position: relative;
        display: inline-flex;
        align-items: center;
        gap: 0.75rem;
        padding: 0.4375rem 0.4375rem 0.4375rem 1rem;
        border-radius: 0.75rem;
        background: var(--accent);
        color: var(--on-accent);
        box-shadow: var(--shadow);
        pointer-events: auto;
      }
      b {
        font-size: 1rem;
        font-weight: 680;
      }
      button {
        display: inline-flex;
        align-items: center;
        gap: 0.375rem;
        padding: 0.25rem 0.625rem 0.25rem 0.5rem;
        border-radius: 0.5rem;
        background: color-mix(in srgb, var(--on-accent) 18%, transparent);
        font-weight: 600;
        font-size: 0.8125rem;
        white-space: nowrap;
      }
      button:hover {
        background: color-mix(in srgb, var(--on-accent) 30%, transparent);
      }
      button:focus-visible {
        outline-color: var(--on-accent);
      }
      svg {
        width: 1rem;
        height: 1rem;
      }
      @container (max-width: 760px) {
        .banner span {
          display: none;
        }
      }
    `,
  ];

  override render() {
    const { desks } = this.session;
    if (!desks.supposing) return nothing;
    return html`<div class="frame"></div>
      <div class="banner" role="status">
        <b>${this.t("whatif.title")}</b>
        <span>${this.t("whatif.not_measured")}</span>
        <button @click=${() => desks.leave()}>${icon("close")} ${this.t("whatif.leave")}</button>
      </div>`;
  }
}
