/** How the problems of the year before were mended, and which they are. */
import { html, nothing } from "lit";
import type { Problem, Rectification } from "../api.ts";
import { formatPercent } from "../format.ts";
import { base } from "../style/base.ts";
import { deskLook } from "../style/desk.ts";
import { arrowKeys, Panel } from "./panel.ts";

export class RectificationDesk extends Panel {
  static override styles = [base, deskLook];

  override render() {
    const { rectification } = this.session.desks;
    const found = rectification.value;
    if (rectification.error) {
      return html`<section class="card"><p>${this.t("error.desk")}</p></section>`;
    }
    if (!found) return html`<section class="card quiet">${this.t("app.loading")}</section>`;
    const { of } = found;
    if (of === null)
      return html`<section class="card"><p>${this.t("mended.no_year")}</p></section>`;
    return html`<section class="card" aria-label=${this.t("mended.title", { year: of })}>
      <p class="eyebrow">${this.t("mended.title", { year: of })}</p>
      <p class="rate num">
        <b>${found.rate === null ? this.t("mended.no_rate") : formatPercent(found.rate, 1, this.locale)}</b>
        <span class="quiet">${this.t("mended.counts", { some: this.count(found.verified), all: this.count(found.total) })}</span>
      </p>
      ${found.candidates > 0 ? html`<p class="small quiet">${this.t("mended.candidates", { n: this.count(found.candidates) })}</p>` : nothing}
      ${found.not_found_again > 0 ? html`<p class="small quiet">${this.t("mended.not_again", { n: this.count(found.not_found_again) })}</p>` : nothing}
      ${this.shares("mended.departments", found.departments)} ${this.list()}
    </section>`;
  }

  private shares(key: string, list: Rectification["departments"]) {
    if (list.length === 0) return nothing;
    return html`<h3 class="eyebrow">${this.t(key)}</h3>
      ${list.map(
        (item) => html`<div class="share">
          <span>${this.tx(item.label)}</span>
          <span class="bar" aria-hidden="true"><i style="width:${item.rate * 100}%"></i></span>
          <span class="num">${this.count(item.verified)} / ${this.count(item.total)}</span>
        </div>`,
      )}`;
  }

  private list() {
    const list = this.session.desks.lastYear.value ?? [];
    if (list.length === 0) return nothing;
    return html`<h3 class="eyebrow">${this.t("mended.list")}</h3>
      <div class="list scroll" @keydown=${arrowKeys}>${list.map((item) => this.problem(item))}</div>`;
  }

  private problem(item: Problem) {
    const closed = item.state === "verified";
    return html`<button class="row" @click=${() => this.session.select(item.unit.id)}>
      <span class="what">${this.name(item.title)}</span>
      <span class="chip ${closed ? "good" : ""}">${this.coded("problem_state", item.state)}</span>
      <span class="where">${[this.tx(item.unit.label), this.tx(item.department)].filter(Boolean).join(" · ")}</span>
    </button>`;
  }
}
