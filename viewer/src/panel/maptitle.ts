/** What the map shows, as an atlas would title it: the indicator, the city's own figure, the year. */
import { css, html, nothing } from "lit";
import { standardText } from "../legend.ts";
import { ColumnRefused } from "../lut.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

export class MapTitle extends Panel {
  static override styles = [
    base,
    css`
      :host {
        pointer-events: none;
      }
      .title {
        position: relative;
        display: inline-block;
        max-width: 40rem;
      }
      .title::before {
        content: "";
        position: absolute;
        inset: -2.5rem -5rem -2.5rem -4rem;
        z-index: -1;
        background: radial-gradient(
          closest-side,
          color-mix(in srgb, var(--backdrop) 86%, transparent) 35%,
          transparent
        );
      }
      h2 {
        font-size: 1.75rem;
        font-weight: 680;
        line-height: 1.2;
        letter-spacing: -0.015em;
        text-wrap: balance;
        text-shadow: 0 0 1.2rem var(--backdrop), 0 0 0.4rem var(--backdrop);
      }
      .sub {
        margin-top: 0.25rem;
        color: var(--ink-2);
        font-size: 0.9375rem;
        font-weight: 500;
        text-shadow: 0 0 0.8rem var(--backdrop), 0 0 0.3rem var(--backdrop);
      }
      .whole {
        font-weight: 650;
        color: var(--ink);
      }
      .wait {
        display: inline-block;
        width: 0.5rem;
        height: 0.5rem;
        border-radius: 50%;
        margin-left: 0.5rem;
        background: var(--accent);
        animation: pulse 1s ease-in-out infinite alternate;
      }
      @keyframes pulse {
        from {
          opacity: 0.2;
        }
      }
      .trouble {
        pointer-events: auto;
        margin-top: 0.75rem;
        padding: 0.75rem 1rem;
        max-width: 30rem;
      }
      .trouble p + p {
        margin-top: 0.5rem;
      }
      .folded {
        display: none;
      }
      @container (max-width: 760px) {
        .folded {
          display: block;
        }
        h2 {
          font-size: 1.1875rem;
        }
        .sub {
          font-size: 0.8125rem;
        }
      }
    `,
  ];

  override render() {
    const { session } = this;
    const { indicator, year, level } = session.choice;
    if (!session.city.value) return nothing;
    if (session.leader.plain) {
      const date = this.date(session.city.value.as_of);
      return html`<div class="title">
        <h2>${this.t("projects.map")}</h2>
        <p class="sub num">${this.t("projects.as_of", { date })}</p>
      </div>`;
    }
    if (!indicator && session.state.indicator === null && session.busy) return nothing;
    if (!indicator) return html`<div class="title"><h2>${this.t("map.plain")}</h2></div>`;
    const unit = indicator.unit && this.coded("unit", indicator.unit);
    const standard = standardText(indicator.standard, unit, this.locale);
    const reference = indicator.standard?.reference;
    return html`<div class="title">
        <h2>
          ${this.shows(this.name(indicator.name))}${
            session.desks.coloured
              ? html` <span class="chip suppose">${this.t("whatif.short")}</span>`
              : nothing
          }${session.overlay.loading ? html`<span class="wait"></span>` : nothing}
        </h2>
        <p class="sub num">
          ${this.whole()} ${this.tx(session.levelLabel(level))} · ${year}
          ${
            standard && session.state.show === null
              ? html`· ${this.t(reference ? "legend.reference" : "legend.standard")} ${standard}`
              : nothing
          }
        </p>
      </div>
      ${this.trouble()}`;
  }

  /** The title says what is shown where it is not the indicator's own value. */
  private shows(name: string): string {
    const { session } = this;
    const { show } = session.state;
    const beside = session.shown?.info.versus;
    if (show === "pair") return this.t("map.pair", { name });
    if (show === "score") return this.t("map.score");
    if (!show || !beside) return name;
    if (show.startsWith("year-")) return this.t("map.change", { name, year: beside.year });
    return this.t("map.against", { name, other: this.name(beside.name) });
  }

  private whole() {
    const item = this.session.ranks.total.value?.items[0];
    const { indicator } = this.session.choice;
    const other = this.session.desks.coloured || this.session.state.show !== null;
    if (!item || !indicator || item.value === null || other) return nothing;
    const value = this.amount(item.value, indicator.unit, item.state);
    return html`<span class="whole">${this.t("map.whole_city", { value })}</span> ·`;
  }

  private trouble() {
    const { session } = this;
    const { error, loading } = session.overlay;
    const { indicator, level, levels, gap } = session.choice;
    if (!indicator || loading) return nothing;
    if (!session.city.value?.publication) return this.notice(this.t("error.no_publication"));
    if (!level && levels.length === 0) return this.notice(this.t("error.no_level"));
    if (gap) {
      // beside the legend it would be said twice; where the legend is folded away it is said here
      return html`<div class="trouble card folded"><cim-gap .session=${session}></cim-gap></div>`;
    }
    if (error instanceof ColumnRefused) {
      return this.notice(
        this.t(`error.column_${error.fault}`, { expected: error.expected, found: error.found }),
      );
    }
    return error ? this.notice(this.t("error.overlay")) : nothing;
  }

  private notice(text: string) {
    return html`<div class="trouble card" role="alert">
      <p>${text}</p>
      <p>
        <button class="link" @click=${() => this.session.retry()}>${this.t("app.retry")}</button>
      </p>
    </div>`;
  }
}
