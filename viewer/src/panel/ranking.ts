/** Districts or blocks in order of the indicator; one thing with the map by hover and click. */
import { css, html, nothing } from "lit";
import type { RankItem } from "../api.ts";
import { classOf } from "../legend.ts";
import { placesOf } from "../order.ts";
import { base } from "../style/base.ts";
import { arrowKeys, Panel } from "./panel.ts";

const SHOWN = 60;

export class Ranking extends Panel {
  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .card {
        display: flex;
        flex-direction: column;
        min-height: 0;
        flex: 1;
        overflow: hidden;
        padding: 0.875rem 1.125rem 0.5rem;
      }
      .top {
        display: flex;
        align-items: center;
        justify-content: space-between;
        flex-wrap: wrap;
        gap: 0.375rem 0.75rem;
        margin-bottom: 0.5rem;
      }
      .head {
        display: flex;
        justify-content: space-between;
        padding-bottom: 0.25rem;
        color: var(--ink-3);
        font-size: 0.75rem;
      }
      .list {
        flex: 1;
        min-height: 4rem;
        margin: 0 -0.625rem;
      }
      .row {
        display: grid;
        grid-template-columns: 1.75rem 1fr auto;
        align-items: center;
        gap: 0 0.5rem;
        width: 100%;
        padding: 0.3125rem 0.625rem;
        border-radius: 0.5rem;
        position: relative;
      }
      .row:hover,
      .row.hot {
        background: var(--accent-soft);
      }
      .row[aria-current="true"] {
        background: var(--accent-soft);
        color: var(--accent);
        font-weight: 600;
      }
      .place {
        color: var(--ink-3);
        font-size: 0.75rem;
        text-align: right;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .value {
        font-weight: 600;
      }
      .value.none {
        font-weight: 400;
        color: var(--ink-3);
        font-size: 0.75rem;
      }
      .bar {
        grid-column: 2 / -1;
        height: 0.25rem;
        margin-top: 0.125rem;
        border-radius: 0.125rem;
        background: var(--raise-2);
        overflow: hidden;
      }
      .bar i {
        display: block;
        height: 100%;
        border-radius: 0.125rem;
      }
      .published {
        margin-bottom: 0.375rem;
      }
      .order {
        font-size: 0.75rem;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.session.ranks.read(true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.session.ranks.read(false);
  }

  override render() {
    const { session } = this;
    const levels = session.ranks.levels();
    if (!session.choice.indicator || levels.length === 0) return nothing;
    return html`<section class="card" aria-label=${this.t("ranking.title")}>
      <div class="top">
        <div class="segments" role="group" aria-label=${this.t("ranking.levels")} @keydown=${arrowKeys}>
          ${levels.map(
            (level) => html`<button
              aria-pressed=${level === session.ranks.level}
              @click=${() => session.ranks.choose(level, session.ranks.order)}
            >
              ${this.tx(session.levelLabel(level))}
            </button>`,
          )}
        </div>
        <button
          class="link order"
          @click=${() =>
            session.ranks.choose(
              session.ranks.level ?? "",
              session.ranks.order === "worst" ? "best" : "worst",
            )}
        >
          ${this.t(`ranking.${session.ranks.order}`)}
        </button>
      </div>
      ${this.published()} ${this.head()} ${this.rows()}
    </section>`;
  }

  /** The list stays that of the published indicator when the map shows what was made of it. */
  private published() {
    const { choice, state, desks } = this.session;
    if ((state.show === null && !desks.coloured) || !choice.indicator) return nothing;
    const name = this.name(choice.indicator.name);
    return html`<p class="published small quiet" role="note">
      ${this.t("ranking.published", { name, year: choice.year ?? "" })}
    </p>`;
  }

  /** What the two columns of numbers are. */
  private head() {
    const { ranks, choice } = this.session;
    const unit = ranks.legend.value?.unit ?? choice.indicator?.unit ?? null;
    return html`<div class="head num">
      <span>${this.t(`ranking.place_${ranks.order}`)}</span>
      <span>${unit ? this.coded("unit", unit) : nothing}</span>
    </div>`;
  }

  private rows() {
    const { session } = this;
    const page = session.ranks.list.value;
    if (session.ranks.list.error) {
      return html`<p class="quiet">${this.t("error.ranking")}
        <button class="link" @click=${() => session.retry()}>${this.t("app.retry")}</button></p>`;
    }
    if (!page) return html`<p class="quiet">${this.t("app.loading")}</p>`;
    const shown = page.items.slice(0, SHOWN);
    const most = Math.max(...shown.map((item) => Math.abs(item.value ?? 0)), 1e-9);
    const rest = page.total - shown.length;
    const places = placesOf(shown);
    return html`<div
      class="list scroll"
      @keydown=${arrowKeys}
      @pointerleave=${() => session.setHover(null)}
    >
      ${shown.map((item, i) => this.row(item, places[i] ?? null, most))}
      ${
        rest > 0
          ? html`<p class="quiet small" style="padding:0.375rem 0.625rem">
        ${this.t("ranking.more", { n: this.count(rest) })}</p>`
          : nothing
      }
    </div>`;
  }

  private rankWords(item: RankItem): string {
    if (item.rank === null) return "";
    return this.t("value.rank", { rank: this.count(item.rank), of: this.count(item.of) });
  }

  /** As on the map, also where the reader classed or coloured it anew. */
  private colour(item: RankItem): string | undefined {
    const { session } = this;
    const { classes, palette, show } = session.state;
    const own = session.ranks.legend.value?.legend;
    const shown = session.shown?.info;
    const anew = show === null && (classes || palette) && shown?.level === item.unit.level;
    if (anew && item.value !== null) return classOf(item.value, shown.legend)?.color;
    return own?.classes.find((cls) => cls.index === item.class)?.color;
  }

  private row(item: RankItem, place: number | null, most: number) {
    const { session } = this;
    const { unit } = item;
    const hot = session.hover?.level === unit.level && session.hover.row === unit.row;
    const point = () =>
      session.setHover({ level: unit.level, row: unit.row, id: unit.id, at: null });
    const color = this.colour(item);
    return html`<button
      class="row ${hot ? "hot" : ""}"
      aria-current=${session.state.selection === unit.id}
      @pointerenter=${point}
      @focus=${point}
      @blur=${() => session.setHover(null)}
      @click=${() => session.select(unit.id)}
    >
      <span class="place num" title=${this.rankWords(item)}>${place ?? nothing}</span>
      <span class="name">${this.tx(unit.label)}</span>
      <span class="value num ${item.value === null ? "none" : ""}"
        >${item.value === null ? this.coded("state", item.state) : this.num(item.value)}</span
      >
      ${
        item.value === null
          ? nothing
          : html`<span class="bar"
              ><i
                style="width:${(Math.abs(item.value) / most) * 100}%;background:${color ?? "var(--ink-3)"}"
              ></i
            ></span>`
      }
    </button>`;
  }
}
