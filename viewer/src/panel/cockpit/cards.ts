/** The worst problem of each kind as a card: rule, place, people, department, project, deadline. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { Problem } from "../../api.ts";
import { worstOfEach } from "../../order.ts";
import { base } from "../../style/base.ts";
import { cockpit } from "../../style/cockpit.ts";
import { arrowKeys, Panel } from "../panel.ts";

export class ProblemCards extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    most: { type: Number },
  };
  declare most: number;

  static override styles = [
    base,
    cockpit,
    css`
      .list {
        margin-top: 0.25rem;
      }
      .problem {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 0.0625rem 0.625rem;
        align-items: baseline;
        padding-block: var(--line-room, 0.4375rem);
        line-height: var(--line-height, inherit);
      }
      .problem + .problem {
        border-top: 1px solid var(--line);
        border-radius: 0;
      }
      .no {
        width: 1.25rem;
        height: 1.25rem;
        border-radius: 50%;
        background: var(--paint);
        color: var(--panel-solid);
        font-size: 0.75rem;
        font-weight: 700;
        line-height: 1.25rem;
        text-align: center;
      }
      .problem .title {
        font-weight: 620;
        font-size: 0.9375rem;
      }
      .problem .more {
        grid-column: 2 / -1;
        display: flex;
        justify-content: space-between;
        gap: 0.75rem;
        font-size: 0.8125rem;
        color: var(--ink-2);
      }
      .more > * {
        flex: 0 1 auto;
        min-width: 0;
      }
      /* place and people, and the deadline, stay whole as long as they can */
      .more > .who {
        flex: 1 1000 4rem;
        text-align: right;
      }
      .more > .when {
        flex-shrink: 0;
        max-width: 70%;
        text-align: right;
      }
      @container (max-height: 1000px) {
        .problem:nth-child(n + 7) {
          display: none;
        }
      }
      @container (max-height: 880px) {
        .problem:nth-child(n + 6) {
          display: none;
        }
      }
      @container (max-height: 800px) {
        .problem:nth-child(n + 5) {
          display: none;
        }
      }
      .late {
        color: var(--high);
        font-weight: 600;
      }
      .none {
        color: var(--medium);
      }
    `,
  ];

  constructor() {
    super();
    this.most = 7;
  }

  override render() {
    const { session } = this;
    const page = session.problems.value;
    const problems = page?.items ?? [];
    if (!page || !session.city.value?.publication) return nothing;
    const shown = worstOfEach(problems, page.counts ?? null).slice(0, this.most);
    return html`<section class="card" aria-label=${this.t("cockpit.top")}>
      <div class="head">
        <h2>${this.t("cockpit.top")}</h2>
        <span class="small quiet num">${this.t("cockpit.problems", { n: this.count(page.total) })}</span>
      </div>
      ${
        shown.length === 0
          ? html`<p class="quiet">${this.t("cockpit.no_problems")}</p>`
          : html`<div class="list" @keydown=${arrowKeys}>
              ${shown.map(({ problem, n }, at) => this.card(problem, n, at))}
            </div>`
      }
    </section>`;
  }

  private card(problem: Problem, n: number, at: number) {
    const { session } = this;
    const people = problem.people
      ? this.t("cockpit.people", { n: this.count(Math.round(problem.people)) })
      : this.t("cockpit.people_unknown");
    return html`<button
      class="row problem"
      data-rule=${problem.rule}
      title=${this.tx(problem.why)}
      @click=${() => session.select(problem.unit.id)}
    >
      <span
        class="no num"
        style="--paint:var(--${problem.severity})"
        title=${this.t(`severity.${problem.severity}`)}
        >${at + 1}</span
      >
      <span class="title cut">${this.name(problem.title)}</span>
      <span class="small quiet num">${n > 1 ? this.t("overview.places", { n: this.count(n) }) : nothing}</span>
      <span class="more num">
        <span class="cut">${this.tx(problem.unit.label)} · ${people}</span>
        <span class="who cut">${this.tx(problem.department) || this.t("cockpit.no_department")}</span>
      </span>
      <span class="more num">${this.project(problem)}</span>
    </button>`;
  }

  private project(problem: Problem) {
    const project = problem.projects[0];
    if (!project) return html`<span class="none">${this.t("cockpit.no_project")}</span>`;
    const asOf = this.session.city.value?.as_of ?? "";
    const open = !["completed", "verified", "cancelled"].includes(project.state);
    const late = open && project.deadline !== null && project.deadline < asOf;
    const end = project.deadline
      ? this.t(late ? "cockpit.late" : "cockpit.until", { date: this.date(project.deadline) })
      : this.t("cockpit.no_deadline");
    return html`<span class="cut">${this.tx(project.name)}</span>
      <span class="when cut ${late ? "late" : ""}">${this.coded("project", project.state)} · ${end}</span>`;
  }
}
