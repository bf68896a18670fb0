/** The task table: who owes which indicator until when, and what has come in. */
import { html } from "lit";
import type { TaskPage } from "../api.ts";
import { base } from "../style/base.ts";
import { deskLook } from "../style/desk.ts";
import { Panel } from "./panel.ts";

const LOOKS: Record<string, string> = { overdue: "high", partly: "medium", delivered: "good" };

export class TaskDesk extends Panel {
  static override styles = [base, deskLook];

  override render() {
    const { tasks } = this.session.desks;
    if (tasks.error) return html`<section class="card"><p>${this.t("error.desk")}</p></section>`;
    const page = tasks.value;
    if (!page) return html`<section class="card quiet">${this.t("app.loading")}</section>`;
    const year = this.session.choice.year ?? "";
    return html`<section class="card" aria-label=${this.t("tasks.title", { year })}>
      <p class="eyebrow">${this.t("tasks.title", { year })}</p>
      ${
        page.items.length === 0
          ? html`<p>${this.t("tasks.none")}</p>`
          : html`<p class="num quiet">${this.counts(page)}</p>
              <div class="list scroll" tabindex="0">${page.items.map((item) => this.task(item))}</div>`
      }
    </section>`;
  }

  private counts(page: TaskPage): string {
    return Object.entries(page.counts)
      .filter(([, n]) => n > 0)
      .map(([state, n]) => `${this.coded("task_state", state)} ${this.count(n)}`)
      .join(" · ");
  }

  private task(item: TaskPage["items"][number]) {
    const until = item.deadline
      ? this.t("file.deadline", { date: this.date(item.deadline) })
      : this.t("problem.no_deadline");
    const some = this.t("tasks.delivered", {
      some: this.count(item.units_with_value),
      all: this.count(item.units),
    });
    return html`<div class="row" data-code=${item.indicator}>
      <span class="what">${this.name(item.name)}</span>
      <span class="chip ${LOOKS[item.state] ?? ""}">${this.coded("task_state", item.state)}</span>
      <span class="where num">${[this.tx(item.department), until, some].filter(Boolean).join(" · ")}</span>
    </div>`;
  }
}
