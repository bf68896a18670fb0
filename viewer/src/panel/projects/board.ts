/** Who mends what until when: projects by department, by state, overdue first. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { Project } from "../../api.ts";
import {
  type Board,
  boardsOf,
  moneyOf,
  PROJECT_STATES,
  type ProjectSieve,
  shadeOf,
  spokenMoney,
} from "../../projects.ts";
import { base } from "../../style/base.ts";
import { cockpit } from "../../style/cockpit.ts";
import { icon } from "../icons.ts";
import { arrowKeys, Panel } from "../panel.ts";

export class ProjectBoard extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    open: { state: true },
  };
  declare open: string | null;

  static override styles = [
    base,
    cockpit,
    css`
      :host {
        display: flex;
        min-height: 0;
      }
      .card {
        flex: 1;
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .sums {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        gap: 0.5rem;
        margin: 0.625rem 0 0.5rem;
      }
      .sum {
        padding: 0.5rem 0.75rem;
        border-radius: 0.75rem;
        background: var(--raise);
        min-width: 0;
      }
      .sum b {
        display: block;
        font-size: 1.3125rem;
        font-weight: 640;
        line-height: 1.2;
        letter-spacing: -0.02em;
        font-variant-numeric: tabular-nums;
      }
      .sum span {
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      .sum.late {
        background: var(--high-soft);
      }
      .sum.late b,
      .late {
        color: var(--high);
      }
      .keys {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem;
        padding-bottom: 0.5rem;
        border-bottom: 1px solid var(--line);
      }
      .keys button {
        display: inline-flex;
        align-items: center;
        gap: 0.3125rem;
        min-height: 24px;
        padding: 0.125rem 0.5rem;
        border-radius: 1rem;
        font-size: 0.75rem;
        color: var(--ink-2);
      }
      .keys button:hover,
      .keys button[aria-pressed="true"] {
        background: var(--raise-2);
        color: var(--ink);
      }
      .list {
        flex: 1;
        min-height: 0;
        margin: 0.25rem -0.5rem 0;
        padding: 0 0.5rem;
      }
      .board {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 0.1875rem 0.5rem;
        align-items: center;
        text-align: left;
      }
      .board svg {
        width: 0.875rem;
        height: 0.875rem;
        color: var(--ink-3);
        transform: rotate(-90deg);
      }
      .board[aria-expanded="true"] svg {
        transform: rotate(0);
      }
      .board b {
        font-weight: 620;
      }
      .board .bar {
        grid-column: 2 / -1;
      }
      .project {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0 0.75rem;
        padding-left: 1.875rem;
      }
      .project .name {
        font-weight: 550;
      }
      .project .under {
        grid-column: 1 / -1;
        display: flex;
        justify-content: space-between;
        gap: 0.75rem;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
    `,
  ];

  constructor() {
    super();
    this.open = null;
  }

  override render() {
    const { projects } = this.session.leader;
    if (projects.error) {
      return html`<section class="card"><p>${this.t("error.desk")}</p></section>`;
    }
    if (!projects.value) return nothing;
    const all = projects.value;
    const shown = this.session.leader.shownProjects;
    const boards = boardsOf(shown);
    return html`<section class="card" aria-label=${this.t("projects.title")}>
      <div class="head">
        <h2>${this.t("projects.title")}</h2>
        <button class="icon" aria-label=${this.t("app.close")} @click=${() => this.session.desks.open(null)}>
          ${icon("close")}
        </button>
      </div>
      ${this.sums(shown)} ${this.keys(all)}
      ${
        shown.length === 0
          ? html`<p class="quiet">${this.t("projects.none")}</p>`
          : html`<div class="list scroll" @keydown=${arrowKeys}>
              ${boards.map((board) => this.board(board, boards.length === 1))}
            </div>`
      }
    </section>`;
  }

  private sums(shown: readonly Project[]) {
    const late = shown.filter((item) => item.overdue).length;
    const { sum, unknown } = moneyOf(shown);
    const { language } = this.session.state;
    const hint = unknown > 0 ? this.t("projects.money_unknown", { n: this.count(unknown) }) : "";
    return html`<div class="sums">
      <div class="sum"><b>${this.count(shown.length)}</b><span>${this.t("projects.count")}</span></div>
      <div class="sum" title=${hint}>
        <b>${sum === null ? "–" : this.num(spokenMoney(sum, language).n)}</b
        ><span>${this.t(`projects.${spokenMoney(sum ?? 0, language).key}`)}</span>
      </div>
      <button
        class="sum ${late > 0 ? "late" : ""}"
        aria-pressed=${this.session.state.projectState === "overdue"}
        @click=${() => this.sieve("overdue")}
      >
        <b>${this.count(late)}</b><span>${this.t("project.overdue")}</span>
      </button>
    </div>`;
  }

  /** States as a sieve and as the legend of the bars. */
  private keys(all: readonly Project[]) {
    const { projectState } = this.session.state;
    return html`<div class="keys num" role="group" aria-label=${this.t("projects.states")}>
      ${PROJECT_STATES.map((state) => ({
        state,
        n: all.filter((item) => item.state === state).length,
      }))
        .filter(({ n }) => n > 0)
        .map(
          ({ state, n }) => html`<button
            aria-pressed=${projectState === state}
            @click=${() => this.sieve(state)}
          >
            <i class="dot" style="--paint:${shadeOf(state)}"></i>${this.t(`project.${state}`)} ${this.count(n)}
          </button>`,
        )}
    </div>`;
  }

  private sieve(wished: ProjectSieve): void {
    const { store, state } = this.session;
    store.set({ projectState: state.projectState === wished ? null : wished });
  }

  private board(board: Board, alone: boolean) {
    const open = alone || this.open === board.key;
    const money = board.money === null ? "" : this.told(board.money);
    return html`<button
        class="row board"
        data-department=${board.key}
        aria-expanded=${open}
        @click=${() => {
          this.open = this.open === board.key ? null : board.key;
        }}
      >
        ${icon("down")}
        <b class="cut">${this.tx(board.label) || this.t("cockpit.no_department")}</b>
        <span class="num small quiet"
          >${board.overdue > 0 ? html`<span class="late">${this.t("project.overdue")} ${board.overdue}</span> · ` : nothing}${this.t("projects.n", { n: this.count(board.projects.length) })}${money ? ` · ${money}` : ""}</span
        >
        <span class="bar" aria-hidden="true"
          >${PROJECT_STATES.filter((state) => board.states.has(state)).map(
            (state) =>
              html`<i style="flex:${board.states.get(state)};background:${shadeOf(state)}"></i>`,
          )}</span
        >
      </button>
      ${open ? board.projects.map((project) => this.project(project)) : nothing}`;
  }

  private project(project: Project) {
    const unit = project.units[0];
    const until = project.deadline
      ? this.t(project.overdue ? "cockpit.late" : "cockpit.until", {
          date: this.date(project.deadline),
        })
      : this.t("cockpit.no_deadline");
    return html`<button
      class="row project"
      data-project=${project.id}
      title=${this.tx(project.description)}
      ?disabled=${!unit || unit.row === null}
      @click=${() => unit && this.session.select(unit.id)}
    >
      <span class="name cut">${this.tx(project.name)}</span>
      <span class="small"
        ><i class="dot" style="--paint:${shadeOf(project.state)}"></i> ${this.coded("project", project.state)}</span
      >
      <span class="under num">
        <span class="cut"
          >${project.investment_10k === null ? this.t("projects.no_money") : this.told(project.investment_10k)}${project.fund_source ? ` · ${project.fund_source}` : ""}</span
        >
        <span class=${project.overdue ? "late" : ""}>${until}</span>
      </span>
    </button>`;
  }

  private told(sum: number): string {
    const { n, key } = spokenMoney(sum, this.session.state.language);
    return this.t(`projects.in_${key}`, { n: this.num(n) });
  }
}
