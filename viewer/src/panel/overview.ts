/** Beside the planner's map: how many problems, how far the work is, which are the worst. */
import { css, html, nothing } from "lit";
import type { Problem, Severity } from "../api.ts";
import { worstOfEach } from "../order.ts";
import { base } from "../style/base.ts";
import { arrowKeys, Panel } from "./panel.ts";

const SEVERITIES: readonly Severity[] = ["high", "medium", "low"];
const SHOWN = 5;

export class Overview extends Panel {
  static override styles = [
    base,
    css`
      .card {
        padding: 1rem 1.125rem 0.625rem;
      }
      .heads {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        gap: 0.5rem;
      }
      .head {
        padding: 0.5rem 0.75rem 0.5625rem;
        border-radius: 0.75rem;
        background: var(--raise);
      }
      .head b {
        display: block;
        font-size: 2.125rem;
        font-weight: 640;
        line-height: 1.1;
        letter-spacing: -0.03em;
        font-variant-numeric: tabular-nums;
      }
      .head.high {
        background: var(--high-soft);
        color: var(--high);
      }
      .head.medium {
        background: var(--medium-soft);
        color: var(--medium);
      }
      .head.low {
        background: var(--low-soft);
        color: var(--low);
      }
      .head span {
        font-size: 0.75rem;
        font-weight: 600;
      }
      h2 {
        margin: 1rem 0 0.25rem;
      }
      .problem {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 0 0.625rem;
        width: calc(100% + 1rem);
        margin: 0 -0.5rem;
        padding: 0.4375rem 0.5rem;
        border-radius: 0.625rem;
        align-items: baseline;
      }
      .problem:hover {
        background: var(--raise);
      }
      .problem .dot {
        width: 0.5rem;
        height: 0.5rem;
        border-radius: 50%;
        align-self: center;
      }
      .dot.high {
        background: var(--high);
      }
      .dot.medium {
        background: var(--medium);
      }
      .dot.low {
        background: var(--low);
      }
      .problem .title {
        display: flex;
        align-items: baseline;
        gap: 0.375rem;
        min-width: 0;
        font-weight: 600;
      }
      .problem .title > :first-child {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .problem .title > .small {
        flex: none;
      }
      @container (max-height: 820px) {
        .problem:nth-child(n + 5) {
          display: none;
        }
      }
      .problem .where {
        grid-column: 2 / -1;
        color: var(--ink-3);
        font-size: 0.75rem;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
    `,
  ];

  override render() {
    const city = this.session.city.value;
    if (!city) return nothing;
    if (!city.publication) {
      return html`<section class="card">
        <p>${this.t("error.no_publication")}</p>
      </section>`;
    }
    return html`<section class="card" aria-label=${this.t("overview.title")}>
      <p class="eyebrow" style="margin-bottom:0.5rem">
        ${this.t("overview.problems", { year: this.session.choice.year ?? "" })}
      </p>
      ${this.heads()}
      <cim-progress shape="inner" .session=${this.session}></cim-progress>
      ${this.top()}
    </section>`;
  }

  private heads() {
    const counts = this.session.city.value?.problems[String(this.session.choice.year)];
    return html`<div class="heads">
      ${SEVERITIES.map(
        (severity) => html`<div class="head ${severity}">
          <b>${this.count(counts?.[severity] ?? 0)}</b>
          <span>${this.t(`severity.${severity}`)}</span>
        </div>`,
      )}
    </div>`;
  }

  private top() {
    const page = this.session.problems.value;
    const problems = page?.items ?? [];
    if (problems.length === 0) return nothing;
    const shown = worstOfEach(problems, page?.counts ?? null).slice(0, SHOWN);
    return html`<h2 class="eyebrow">${this.t("overview.top")}</h2>
      <div @keydown=${arrowKeys}>${shown.map(({ problem, n }) => this.problem(problem, n))}</div>`;
  }

  private problem(problem: Problem, n: number) {
    const { session } = this;
    const measured = this.tx(problem.department);
    return html`<button class="problem" @click=${() => session.select(problem.unit.id)}>
      <span class="dot ${problem.severity}" title=${this.t(`severity.${problem.severity}`)}></span>
      <span class="title"
        ><span>${this.name(problem.title)}</span>
        ${n > 1 ? html`<span class="small quiet">${this.t("overview.places", { n: this.count(n) })}</span>` : nothing}</span
      >
      <span class="num small quiet"
        >${
          problem.value === null
            ? nothing
            : this.amount(problem.value, problem.unit_of_measure, "measured")
        }</span
      >
      <span class="where">${this.tx(problem.unit.label)}${measured ? ` · ${measured}` : ""}</span>
    </button>`;
  }
}
