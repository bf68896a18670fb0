/** How far the work is, and how much is known: last year's problems, projects, coverage, sources. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { formatPercent } from "../../format.ts";
import { PROJECT_SHADES, PROJECT_STATES } from "../../projects.ts";
import { base } from "../../style/base.ts";
import { cockpit } from "../../style/cockpit.ts";
import { Panel } from "../panel.ts";

export class Progress extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    shape: { type: String, reflect: true },
  };
  /** a card that tells whence its figures come, a part of another card, or words alone in a row */
  declare shape: "card" | "inner" | "row";

  constructor() {
    super();
    this.shape = "card";
  }

  static override styles = [
    base,
    cockpit,
    css`
      :host([shape="inner"]) {
        display: block;
        margin-top: 0.875rem;
      }
      :host([shape="row"]) section {
        display: flex;
        gap: 0.25rem 1.25rem;
      }
      :host([shape="row"]) .line {
        min-width: 0;
        margin: 0;
      }
      :host([shape="row"]) .head {
        gap: 0.5rem;
        white-space: nowrap;
      }
      :host([shape="row"]) .head > * {
        flex: none;
      }
      :host([shape="row"]) .head > .link {
        flex: 0 1 auto;
        min-width: 2rem;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      :host([shape="row"]) :is(.keys, .bar) {
        display: none;
      }
      .line + .line {
        margin-top: 0.75rem;
      }
      .line .head {
        font-size: 0.8125rem;
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
      .keys button {
        min-height: max(1.5rem, 24px); /* what a finger can hit */
      }
      .keys button:hover {
        color: var(--ink);
      }
      .keys .dot {
        margin-right: 0.3125rem;
      }
      @container (max-height: 820px) {
        :host([shape="inner"]) .mended {
          display: none;
        }
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
    const { shape } = this;
    const own = shape === "card" ? "card" : "";
    return html`<section class=${own} aria-label=${this.t("cockpit.progress")}>
      ${this.mended()} ${this.projects()} ${this.coverage()}
      ${shape === "card" ? this.origin() : nothing}
    </section>`;
  }

  /** What a line is about; a row has room for few words. */
  private titled(what: "mended" | "projects" | "coverage", params: { year?: number } = {}): string {
    return this.t(`${this.shape === "row" ? "cockpit.row_" : "overview."}${what}`, params);
  }

  /** Some of all, in words with a share; in a row as figures alone. */
  private told(some: number, all: number, key: string) {
    const counts = { some: this.count(some), all: this.count(all) };
    const said = `${this.t(key, counts)} · ${formatPercent(some, all, this.locale)}`;
    return html`<span class="num quiet" title=${said}
      >${this.shape === "row" ? `${counts.some} / ${counts.all}` : said}</span
    >`;
  }

  private mended() {
    const found = this.session.desks.rectification.value;
    if (!found || found.of === null || found.rate === null) return nothing;
    const rest = found.total - found.verified;
    return html`<div class="line mended">
      <div class="head">
        <button class="link" @click=${() => this.session.desks.open("rectification")}>
          ${this.titled("mended", { year: found.of })}
        </button>
        ${this.told(found.verified, found.total, "mended.counts")}
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
          ${this.titled("projects")}
        </button>
        <span class="num quiet"
          >${this.shape === "row" ? this.count(total) : this.t("overview.projects_count", { n: this.count(total) })}</span
        >
      </div>
      <div class="bar" aria-hidden="true">
        ${rows.map(({ state, n }) => html`<i style="flex:${n};background:${PROJECT_SHADES[state]}"></i>`)}
      </div>
      <div class="keys num">
        ${rows.map(
          ({ state, n }) => html`<button
            data-state=${state}
            @click=${() => this.session.desks.open("projects", { projectState: state })}
          >
            <i class="dot" style="--paint:${PROJECT_SHADES[state]}"></i>${this.t(`project.${state}`)}
            ${this.count(n)}
          </button>`,
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
        <button
          class="link"
          title=${this.t("cockpit.uncovered")}
          @click=${() => this.session.desks.open("tasks")}
        >
          ${this.titled("coverage")}
        </button>
        ${this.told(cover.with_values, cover.indicators, "overview.coverage_count")}
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
