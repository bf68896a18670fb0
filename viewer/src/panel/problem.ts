/** One problem: what, why, by how much, on what evidence, who answers for it until when. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { Evidence, Problem, ProjectRef } from "../api.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

const MOST_EVIDENCE = 8;

export class ProblemCard extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    problem: { attribute: false },
    working: { state: true },
    live: { state: true },
  };
  declare problem: Problem;
  /** id of the problem whose desk is open here */
  declare working: string | null;
  /** state after a step done here: the server's lists follow within seconds */
  declare live: { id: string; state: string } | null;

  static override styles = [
    base,
    css`
      article {
        position: relative;
        padding: 0.75rem 0.875rem 0.75rem 1.125rem;
        border-radius: 0.75rem;
        background: var(--raise);
        margin-bottom: 0.5rem;
      }
      article::before {
        content: "";
        position: absolute;
        left: 0.375rem;
        top: 0.75rem;
        bottom: 0.75rem;
        width: 0.1875rem;
        border-radius: 0.125rem;
        background: var(--low);
      }
      article.high::before {
        background: var(--high);
      }
      article.medium::before {
        background: var(--medium);
      }
      .title {
        display: flex;
        gap: 0.5rem;
        align-items: baseline;
        justify-content: space-between;
        font-weight: 650;
      }
      .why {
        margin-top: 0.1875rem;
        color: var(--ink-2);
      }
      .figures {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1.25rem;
        margin-top: 0.5rem;
      }
      .figures dt {
        font-size: 0.6875rem;
        color: var(--ink-3);
      }
      .figures dd {
        font-weight: 600;
      }
      .rest {
        margin-top: 0.5rem;
        font-size: 0.8125rem;
        color: var(--ink-2);
        display: grid;
        gap: 0.125rem;
      }
      .desk {
        display: flex;
        justify-content: space-between;
        align-items: center;
        margin-top: 0.625rem;
        font-size: 0.8125rem;
      }
      article.closed::before {
        background: var(--good);
      }
      article.closed .title > span:first-child {
        text-decoration: line-through;
        text-decoration-color: var(--ink-3);
      }
      .rest b {
        font-weight: 500;
        color: var(--ink-3);
        margin-right: 0.375rem;
      }
    `,
  ];

  constructor() {
    super();
    this.working = null;
    this.live = null;
  }

  private get standing(): string {
    const { problem, live } = this;
    return live?.id === problem.id ? live.state : problem.state;
  }

  override render() {
    const { problem } = this;
    const closed = this.standing === "verified";
    return html`<article class="${problem.severity} ${closed ? "closed" : ""}">
      <div class="title">
        <span>${this.name(problem.title)}</span>
        <span class="chip ${problem.severity}">${this.t(`severity.${problem.severity}`)}</span>
      </div>
      ${problem.why ? html`<p class="why">${this.tx(problem.why)}</p>` : nothing} ${this.figures()}
      <div class="rest">
        ${problem.evidence.slice(0, MOST_EVIDENCE).map((item) => this.evidence(item))}
        ${this.line("problem.department", this.tx(problem.department))}
        ${problem.projects.map((item) => this.project(item))}
        ${problem.projects.length === 0 ? this.line("problem.project", this.t("problem.no_project")) : nothing}
        ${this.line("problem.fix", this.tx(problem.fix))}
      </div>
      ${this.desk()}
    </article>`;
  }

  /** Where it stands, and the way to work on it. */
  private desk() {
    const { problem } = this;
    const open = this.working === problem.id;
    return html`<div class="desk">
        ${
          open
            ? html`<span></span>`
            : html`<span class="chip ${this.standing === "verified" ? "good" : ""}"
                >${this.coded("problem_state", this.standing)}</span
              >`
        }
        <button
          class="link work"
          aria-expanded=${open}
          @click=${() => {
            this.working = open ? null : problem.id;
          }}
        >
          ${this.t(open ? "work.close" : "work.open")}
        </button>
      </div>
      ${
        open
          ? html`<cim-work
              .session=${this.session}
              .item=${problem.id}
              @worked=${(event: CustomEvent<string>) => {
                this.live = { id: problem.id, state: event.detail };
              }}
              .department=${this.tx(problem.department)}
            ></cim-work>`
          : nothing
      }`;
  }

  private figures() {
    const { value, threshold, margin, unit_of_measure: unit, people } = this.problem;
    const shown: [string, string][] = [];
    if (value !== null) shown.push(["problem.value", this.amount(value, unit, "measured")]);
    if (threshold !== null) {
      shown.push(["problem.threshold", this.amount(threshold, unit, "measured")]);
    }
    if (margin !== null) shown.push(["problem.margin", this.amount(margin, unit, "measured")]);
    if (people) shown.push(["problem.people", this.count(people)]);
    if (shown.length === 0) return nothing;
    return html`<dl class="figures num">
      ${shown.map(([key, text]) => html`<div><dt>${this.t(key)}</dt><dd>${text}</dd></div>`)}
    </dl>`;
  }

  private evidence(item: Evidence) {
    const label = this.name(item.label);
    const value = this.evidenceValue(item);
    const origin = [this.source(item.source), item.period].filter(Boolean).join(", ");
    return html`<div>
      <b>${this.t("problem.evidence")}</b>${label} <span class="num">${value}</span>
      ${origin ? html`<span class="quiet">(${origin})</span>` : nothing} ${this.address(item.address)}
    </div>`;
  }

  private evidenceValue(item: Evidence): string {
    if (typeof item.value === "string") return this.coded(item.name ?? "", item.value);
    if (item.name === "year_built" && item.value !== null) return String(item.value);
    return this.amount(item.value, item.unit, item.state ?? "missing");
  }

  private address(address: string | null) {
    if (!address) return nothing;
    return html`<button class="link" @click=${() => this.session.showAddress(address)}>
      ${this.t("value.address")}
    </button>`;
  }

  private project(item: ProjectRef) {
    const until = item.deadline
      ? this.t("file.deadline", { date: this.date(item.deadline) })
      : this.t("problem.no_deadline");
    return html`<div>
      <b>${this.t("problem.project")}</b>${this.tx(item.name)} ·
      ${this.coded("project", item.state)} · <span class="num">${until}</span>
    </div>`;
  }

  private line(key: string, text: string) {
    return text ? html`<div><b>${this.t(key)}</b>${text}</div>` : nothing;
  }
}
