/** A link that was made on an earlier publication: says calmly what changed since, and goes on as of now. */
import { css, html, nothing } from "lit";
import { ApiError } from "../client.ts";
import { type Since, sinceOf } from "../pinned.ts";
import { Resource } from "../resource.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

export class PinnedNote extends Panel {
  private readonly since = new Resource<Since>(() => this.requestUpdate());

  static override styles = [
    base,
    css`
      :host {
        top: calc(var(--edge) * 2 + 4.25rem);
        z-index: 2;
      }
      .note {
        display: inline-flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.75rem;
        padding: 0.5rem 0.5rem 0.5rem 1rem;
        max-width: 100%;
        pointer-events: auto;
      }
      p {
        font-size: 0.8125rem;
        color: var(--ink-2);
      }
      b {
        color: var(--ink);
        font-weight: 600;
      }
      button {
        padding: 0.25rem 0.75rem;
        border-radius: 0.5rem;
        background: var(--raise-2);
        font-weight: 600;
        white-space: nowrap;
      }
    `,
  ];

  protected override willUpdate(): void {
    const { state, city, client } = this.session;
    const now = city.value?.publication?.id;
    const { pin } = state;
    if (!pin || !now || pin === now) this.since.clear();
    else this.since.load(`${pin}/${now}`, (signal) => sinceOf(client, pin, now, signal));
  }

  override render() {
    const { value, error, loading } = this.since;
    if (loading || (!value && !error)) return nothing;
    const gone = error instanceof ApiError && error.kind === "not_found";
    if (!value && !gone) return nothing; // the page itself tells what else went wrong
    return html`<div class="note card" role="status">
      <p>${value ? this.told(value) : html`<b>${this.t("pin.unknown")}</b>`}</p>
      <a href="${this.session.client.base}/releases" target="_blank" rel="noopener">${this.t("pin.more")}</a>
      <button @click=${() => this.session.store.set({ pin: null })}>${this.t("pin.now")}</button>
    </div>`;
  }

  private told({ created, changes }: Since) {
    const { added, removed, moved, changed } = changes.total;
    const counts = { added, removed, moved, changed };
    const same = Object.values(counts).every((count) => count === 0);
    const shown = Object.fromEntries(
      Object.entries(counts).map(([name, count]) => [name, this.count(count)]),
    );
    const model = same ? this.t("pin.same_model") : this.t("pin.units", shown);
    const figures = this.t(changes.figures ? "pin.figures" : "pin.same_figures");
    return html`<b>${this.t("pin.older", { date: this.date(created) })}</b>
      <br />${model} · ${figures}`;
  }
}
