/** Projects on a line of time, from their start to their deadline; today is a line across. */
import { css, html, nothing } from "lit";
import type { Project } from "../../api.ts";
import { byDeadline, placeOf, type Span, shadeOf, spanOf } from "../../projects.ts";
import { base } from "../../style/base.ts";
import { cockpit } from "../../style/cockpit.ts";
import { arrowKeys, Panel } from "../panel.ts";

export class Timeline extends Panel {
  static override styles = [
    base,
    cockpit,
    css`
      .card {
        padding: 0.625rem 0.875rem 0.5rem;
      }
      .axis {
        position: relative;
        height: 1.125rem;
        margin: 0.25rem 0.5rem 0;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      .axis span {
        position: absolute;
        padding-left: 0.25rem;
        border-left: 1px solid var(--line-2);
      }
      .axis .now {
        color: var(--accent);
        font-weight: 600;
        border-left: 2px solid var(--accent);
        background: var(--panel-solid);
      }
      .rows {
        position: relative;
        max-height: 11.5rem;
        padding: 0.125rem 0.5rem;
      }
      .bar-row {
        position: relative;
        display: block;
        width: 100%;
        height: max(1.5rem, 24px);
        border-radius: 0.25rem;
        content-visibility: auto;
        contain-intrinsic-size: auto 1.5rem;
      }
      .bar-row:hover {
        background: var(--raise);
      }
      .bar-row i {
        position: absolute;
        top: calc(50% - 0.375rem);
        height: 0.75rem;
        min-width: 3px;
        border-radius: 0.1875rem;
        background: var(--paint);
      }
      .bar-row.overdue i {
        box-shadow: 0 0 0 1.5px var(--panel-solid), 0 0 0 3px var(--high);
      }
      .bar-row.unknown i {
        background: none;
        border: 1px dashed var(--ink-3);
      }
      .what {
        position: absolute;
        top: 0;
        line-height: max(1.5rem, 24px);
        font-size: 0.75rem;
        color: var(--ink-2);
        pointer-events: none;
      }
      .field {
        position: relative;
      }
      .today {
        position: absolute;
        top: 0;
        bottom: 0;
        width: 2px;
        background: var(--accent);
        opacity: 0.55;
        pointer-events: none;
      }
    `,
  ];

  override render() {
    const projects = this.session.leader.shownProjects;
    const today = this.session.city.value?.as_of ?? "";
    const span = spanOf(projects, today);
    if (!span) return nothing;
    const now = placeOf(today, span);
    return html`<section class="card" aria-label=${this.t("projects.timeline")}>
      <div class="head">
        <h2>${this.t("projects.timeline")}</h2>
        <span class="small quiet">${this.t("projects.as_of", { date: this.date(today) })}</span>
      </div>
      <div class="axis num" aria-hidden="true">
        ${span.years.map(
          ({
            year,
            at,
          }) => html`<span style="left:${percent((at - span.from) / (span.to - span.from))}"
            >${year}</span
          >`,
        )}
        ${now === null ? nothing : html`<span class="now" style="left:${percent(now)}">${this.t("projects.today")}</span>`}
      </div>
      <div class="rows scroll" @keydown=${arrowKeys}>
        <div class="field">
          ${now === null ? nothing : html`<div class="today" style="left:${percent(now)}"></div>`}
          ${byDeadline(projects).map((project) => this.row(project, span))}
        </div>
      </div>
    </section>`;
  }

  private row(project: Project, span: Span) {
    const [from, to] = [placeOf(project.start, span), placeOf(project.deadline, span)];
    const begin = from ?? to ?? 0;
    const end = to ?? from ?? 1;
    const unknown = from === null || to === null;
    const unit = project.units[0];
    const dates = `${this.date(project.start) || "?"} – ${this.date(project.deadline) || "?"}`;
    const said = `${this.tx(project.name)} · ${this.coded("project", project.state)} · ${dates}`;
    return html`<button
      class="bar-row ${project.overdue ? "overdue" : ""} ${unknown ? "unknown" : ""}"
      data-project=${project.id}
      aria-label=${project.overdue ? `${said} · ${this.t("project.overdue")}` : said}
      title=${said}
      ?disabled=${!unit || unit.row === null}
      @click=${() => unit && this.session.select(unit.id)}
    >
      <i
        style="left:${percent(begin)};width:${percent(Math.max(0, end - begin))};--paint:${shadeOf(project.state)}"
      ></i>
      <span class="what cut" style=${beside(begin, end)}>${this.tx(project.name)}</span>
    </button>`;
  }
}

/** Where a bar's name stands: on its wider side. */
function beside(begin: number, end: number): string {
  const after = 1 - end >= begin;
  const room = percent(after ? 1 - end : begin);
  const side = after
    ? `left:calc(${percent(end)} + 0.5rem)`
    : `right:calc(${percent(1 - begin)} + 0.5rem)`;
  return `${side};max-width:calc(${room} - 0.75rem)`;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(3)}%`;
}
