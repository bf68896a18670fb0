/** One project in a unit's file: how far it is, who answers for it until when, the way to work on it. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { Project } from "../api.ts";
import { formatMoney } from "../format.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

export class ProjectCard extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    project: { attribute: false },
    working: { state: true },
    live: { state: true },
  };
  declare project: Project;
  /** id of the project whose desk is open here */
  declare working: string | null;
  /** state after a step done here: the server's lists follow within seconds */
  declare live: { id: string; state: string } | null;

  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      :host(:not(:first-of-type)) {
        margin-top: 0.75rem;
      }
      .name {
        font-weight: 600;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        gap: 0.125rem 0.75rem;
        color: var(--ink-2);
        font-size: 0.8125rem;
      }
      .line button {
        min-height: max(1.5rem, 24px);
        margin-left: auto;
      }
      .meter {
        height: 0.3125rem;
        margin: 0.375rem 0 0.25rem;
        border-radius: 0.25rem;
        background: var(--raise-2);
        overflow: hidden;
      }
      .meter i {
        display: block;
        height: 100%;
        background: var(--accent);
      }
      .meter.late i {
        background: var(--high);
      }
    `,
  ];

  constructor() {
    super();
    this.working = null;
    this.live = null;
  }

  override render() {
    const { project } = this;
    const state = this.live?.id === project.id ? this.live.state : project.state;
    const late = project.overdue && state === project.state;
    const open = this.working === project.id;
    return html`<div class="name">${this.tx(project.name)}</div>
      ${
        project.progress === null
          ? nothing
          : html`<div class="meter ${late ? "late" : ""}" aria-hidden="true">
              <i style="width:${Math.max(0, Math.min(100, project.progress))}%"></i>
            </div>`
      }
      <div class="line num">
        <span class="chip ${late ? "high" : ""}"
          >${late ? this.t("project.overdue") : this.coded("project", state)}</span
        >
        ${project.progress === null ? nothing : html`<span>${this.count(project.progress)}%</span>`}
        <span>${this.tx(project.department)}</span>
        ${
          project.deadline
            ? html`<span>${this.t("file.deadline", { date: this.date(project.deadline) })}</span>`
            : nothing
        }
        ${
          project.investment_10k === null
            ? nothing
            : html`<span>${this.money(project.investment_10k)}</span>`
        }
        <button
          class="link work"
          aria-expanded=${open}
          @click=${() => {
            this.working = open ? null : project.id;
          }}
        >
          ${this.t(open ? "work.close" : "work.open")}
        </button>
      </div>
      ${
        open
          ? html`<cim-work
              kind="project"
              .session=${this.session}
              .item=${project.id}
              @worked=${(event: CustomEvent<string>) => {
                this.live = { id: project.id, state: event.detail };
              }}
            ></cim-work>`
          : nothing
      }`;
  }

  /** `amount` in 万元 (10,000 CNY). */
  private money(amount: number): string {
    return this.t("file.investment", { amount: formatMoney(amount, this.locale) });
  }
}
