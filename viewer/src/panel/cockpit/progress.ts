/** How far the work is, and how much is known: last year's problems, projects, coverage, sources. */
import { css, html, nothing } from "lit";
import { formatPercent } from "../../format.ts";
import { PROJECT_SHADES, PROJECT_STATES } from "../../projects.ts";
import { base } from "../../style/base.ts";
import { cockpit } from "../../style/cockpit.ts";
import { Panel } from "../panel.ts";

export class Progress extends Panel {
  static override styles = [
    base,
    cockpit,
    css`
      .line + .line {
        margin-top: 0.75rem;
      }
      .line .head {
        font-size: 0.8125rem;
      }
      .line strong {
        font-weight: 620;
      }
      .bar {
        height: 0.5rem;
        margin-top: 0.3125rem;
      }
      .keys {
        display: flex;
        flex-wrap: wrap;
        gap: 0.125rem 0.75rem;
        margin-top: 0.3125rem;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      .keys .dot {
        margin-right: 0.3125rem;
      }
      .source {
        margin-top: 0.625rem;
        padding-top: 0.5rem;
        border-top: 1px solid var(--line);
        font-size: 0.75rem;
        line-height: 1.45;
        color: var(--ink-3);
      }
    `,
  ];

  override render() {
    if (!this.session.city.value?.publication) return nothing;
    return html`<section class="card" aria-label=${this.t("cockpit.progress")}>
      ${this.mended()} ${this.projects()} ${this.coverage()} ${this.origin()}
    </section>`;
  }

  private mended() {
    const found = this.session.desks.rectification.value;
    if (!found || found.of === null || found.rate === null) return nothing;
    const rest = found.total - found.verified;
    return html`<div class="line">
      <div class="head">
        <button class="link" @click=${() => this.session.desks.open("rectification")}>
          ${this.t("overview.mended", { year: found.of })}
        </button>
        <span class="num quiet"
          >${this.t("mended.counts", { some: this.count(found.verified), all: this.count(found.total) })} ·
          ${formatPercent(found.rate, 1, this.locale)}</span
        >
      </div>
      <div class="bar" aria-hidden="true">
        ${found.verified > 0 ? html`<i style="flex:${found.verified};background:var(--good)"></i>` : nothing}
        ${rest > 0 ? html`<i style="flex:${rest}"></i>` : nothing}
      </div>
    </div>`;
  }

  private projects() {
    const counts = this.session.city.value?.projects ?? {};
    const rows = PROJECT_STATES.map((state) => ({ state, n: counts[state] ?? 0 })).filter(
      ({ n }) => n > 0,
    );
    const total = rows.reduce((sum, { n }) => sum + n, 0);
    if (total === 0) return nothing;
    return html`<div class="line">
      <div class="head">
        <button class="link" @click=${() => this.session.desks.open("projects")}>
          ${this.t("overview.projects")}
        </button>
        <span class="num quiet">${this.t("overview.projects_count", { n: this.count(total) })}</span>
      </div>
      <div class="bar" aria-hidden="true">
        ${rows.map(({ state, n }) => html`<i style="flex:${n};background:${PROJECT_SHADES[state]}"></i>`)}
      </div>
      <div class="keys num">
        ${rows.map(
          ({ state, n }) => html`<span
            ><i class="dot" style="--paint:${PROJECT_SHADES[state]}"></i>${this.t(`project.${state}`)}
            ${this.count(n)}</span
          >`,
        )}
      </div>
    </div>`;
  }

  private coverage() {
    const { system, year } = this.session.choice;
    const cover = this.session.city.value?.coverage[system ?? ""]?.[String(year)];
    if (!cover || cover.indicators === 0) return nothing;
    const rest = cover.indicators - cover.with_values;
    return html`<div class="line">
      <div class="head">
        <strong>${this.t("overview.coverage")}</strong>
        <span class="num quiet"
          >${this.t("overview.coverage_count", { some: cover.with_values, all: cover.indicators })} ·
          ${formatPercent(cover.with_values, cover.indicators, this.locale)}</span
        >
      </div>
      <div class="bar" aria-hidden="true">
        <i style="flex:${cover.with_values};background:var(--ink-2)"></i>
        ${rest > 0 ? html`<i style="flex:${rest}"></i>` : nothing}
      </div>
    </div>`;
  }

  /** Until when the figures speak, who gave them, and which publication this is. */
  private origin() {
    const city = this.session.city.value;
    const year = city?.years.find((item) => item.year === this.session.choice.year);
    if (!city || !year) return nothing;
    const givers = city.sources.filter((item) => item.kind === "values").length;
    return html`<p class="source">
      ${this.t("app.cutoff", { date: this.date(year.cutoff) })} ·
      ${this.t("cockpit.sources", { n: this.count(givers) })} ·
      ${this.t("cockpit.publication", {
        n: city.publication?.seq ?? "",
        date: this.date(city.publication?.created ?? null),
      })}
    </p>`;
  }
}
