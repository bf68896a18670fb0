/** The categories side by side: how many of each one's indicators are red, yellow, normal, unknown. */
import { css, html, nothing } from "lit";
import { WARNING_PAINT, WARNING_WORDS } from "../../cockpit.ts";
import { base } from "../../style/base.ts";
import { cockpit } from "../../style/cockpit.ts";
import { arrowKeys, Panel } from "../panel.ts";

export class Strip extends Panel {
  static override styles = [
    base,
    cockpit,
    css`
      .strip {
        display: grid;
        grid-template-columns: repeat(var(--many), 1fr);
        padding: 0.375rem;
        gap: 0.25rem;
      }
      .one {
        display: grid;
        gap: 0.25rem;
        padding: 0.5rem 0.5rem 0.5625rem;
        border-radius: 0.6875rem;
        grid-template-rows: 1fr auto auto;
        position: relative;
        min-width: 0;
      }
      .one:hover {
        background: var(--raise);
      }
      .one[aria-pressed="true"] {
        background: var(--raise-2);
      }
      .name {
        font-weight: 620;
        font-size: 0.8125rem;
        line-height: 1.25;
      }
      .said {
        display: flex;
        gap: 0.5rem;
        font-size: 0.75rem;
        font-weight: 600;
      }
      .red {
        color: var(--high);
      }
      .yellow {
        color: var(--medium);
      }
      .normal {
        color: var(--good);
      }
      @container (max-width: 1560px) {
        .strip {
          grid-template-columns: repeat(calc(var(--many) / 2), 1fr);
        }
      }
      @container (max-width: 1020px) {
        .strip {
          grid-template-columns: repeat(2, minmax(0, 1fr));
        }
      }
    `,
  ];

  override render() {
    const found = this.session.leader.warnings.value;
    if (!found) return nothing;
    const { category } = this.session.state;
    return html`<nav
      class="strip card"
      style="--many:${found.categories.length}"
      aria-label=${this.t("cockpit.strip")}
      @keydown=${arrowKeys}
    >
      ${found.categories.map((item) => {
        const told = WARNING_WORDS.map(
          (word) => `${this.t(`warning.${word}`)} ${item.counts[word]}`,
        ).join(this.t("cockpit.comma"));
        return html`<button
          class="one"
          data-category=${item.code}
          aria-pressed=${category === item.code}
          title=${told}
          @click=${() => this.session.leader.show(category === item.code ? {} : { category: item.code })}
        >
          <span class="name">${this.name(item.label)}</span>
          <span class="hidden">${told}</span>
          <span class="said num" aria-hidden="true">
            ${(["red", "yellow", "normal"] as const).map(
              (word) =>
                html`<span class=${word}>${this.t(`warning.${word}_short`)} ${item.counts[word]}</span>`,
            )}
          </span>
          <span class="bar" aria-hidden="true"
            >${WARNING_WORDS.filter((word) => item.counts[word] > 0).map(
              (word) =>
                html`<i style="flex:${item.counts[word]};background:${WARNING_PAINT[word]}"></i>`,
            )}</span
          >
        </button>`;
      })}
    </nav>`;
  }
}
