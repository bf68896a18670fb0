/** Says that the chosen level has no data in the chosen year, and leads to where there is some. */
import { css, html, nothing } from "lit";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

/** More ways than this are a list, not a help. */
const MOST_YEARS = 6;

export class GapNote extends Panel {
  static override styles = [
    base,
    css`
      p {
        font-weight: 600;
      }
      p + p {
        margin-top: 0.125rem;
        font-weight: 400;
        color: var(--ink-2);
        font-size: 0.8125rem;
      }
      .ways {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.375rem;
        margin-top: 0.5rem;
        font-size: 0.8125rem;
        color: var(--ink-3);
      }
      .ways button {
        padding: 0.125rem 0.625rem;
        border-radius: 1rem;
        background: var(--accent-soft);
        color: var(--accent);
        font-weight: 600;
      }
      .ways button:hover {
        background: var(--accent);
        color: var(--on-accent);
      }
    `,
  ];

  override render() {
    const { session } = this;
    const { gap, level, year } = session.choice;
    if (!gap) return nothing;
    const said = { year: year ?? "", level: this.tx(session.levelLabel(level)) };
    return html`<div role="status">
      <p>${this.t("gap.what", said)}</p>
      <p>${this.t("gap.shown")}</p>
      ${this.ways(
        "gap.years",
        gap.years.slice(0, MOST_YEARS).map((item) => ({
          words: String(item),
          go: () => session.store.set({ year: item }),
        })),
      )}
      ${this.ways(
        "gap.levels",
        gap.levels.map((item) => ({
          words: this.tx(session.levelLabel(item)),
          go: () => session.store.set({ level: item }),
        })),
      )}
    </div>`;
  }

  private ways(key: string, ways: { words: string; go: () => void }[]) {
    if (ways.length === 0) return nothing;
    return html`<div class="ways num">
      <span>${this.t(key)}</span>
      ${ways.map(({ words, go }) => html`<button @click=${go}>${words}</button>`)}
    </div>`;
  }
}
