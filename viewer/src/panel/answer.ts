/** The answer of a what-if: problems before and after, each with its place, and what stays unsaid. */
import { html, nothing, type PropertyDeclarations } from "lit";
import type { Severity, WhatIf, WhatIfProblem } from "../api.ts";
import { formatMoney, formatPercent } from "../format.ts";
import { isEmpty, recoloured } from "../scenario.ts";
import { answerLook } from "../style/answer.ts";
import { base } from "../style/base.ts";
import { form } from "../style/form.ts";
import { arrowKeys, Panel } from "./panel.ts";

type Change = "gone" | "new" | "milder" | "graver";
const CHANGES: readonly Change[] = ["gone", "new", "milder", "graver"];
const SEVERITIES: readonly Severity[] = ["high", "medium", "low"];
const MAPS = 6;

export class AnswerPanel extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    change: { state: true },
  };
  declare change: Change | null;
  static override styles = [base, form, answerLook];

  constructor() {
    super();
    this.change = null;
  }

  override render() {
    const { answer, question } = this.session.desks;
    if (isEmpty(question)) {
      return html`<section class="card"><p class="eyebrow">${this.t("whatif.answer")}</p>
        <p class="lead">${this.t("whatif.begin")}</p></section>`;
    }
    if (answer.error) {
      return html`<section class="card" role="alert"><p>${this.t("error.whatif")}</p>
        <p><button class="link" @click=${() => this.again()}>${this.t("app.retry")}</button></p></section>`;
    }
    const found = answer.value;
    return html`<section class="card" aria-label=${this.t("whatif.answer")} aria-busy=${answer.loading}>
      <p class="eyebrow">${this.t("whatif.answer")}${answer.loading ? html`<span class="wait"></span>` : nothing}</p>
      ${found ? this.whole(found) : html`<p class="quiet">${this.t("app.loading")}</p>`}
    </section>`;
  }

  private again(): void {
    this.session.desks.answer.retry();
    this.session.refresh();
  }

  private whole(found: WhatIf) {
    return html`<div class="heads">${SEVERITIES.map((severity) => this.head(found, severity))}</div>
      <p class="small quiet">${this.t("whatif.counted", { n: found.rules.length })}</p>
      ${this.portfolio(found)} ${this.maps(found)} ${this.changes(found)} ${this.unsaid(found)}`;
  }

  private head(found: WhatIf, severity: Severity) {
    const before = found.counts.before[severity];
    const after = found.counts.after[severity];
    return html`<div class="head ${severity}">
      <b>${this.count(before)}<i aria-hidden="true">→</i><span class="hidden">${this.t("whatif.then")}</span>${this.count(after)}</b>
      <span>${this.t(`severity.${severity}`)}</span>
    </div>`;
  }

  private portfolio(found: WhatIf) {
    const plan = found.portfolio;
    if (!plan) return nothing;
    const proof =
      plan.gap === null
        ? this.t("whatif.gap_unknown")
        : plan.gap === 0
          ? this.t("whatif.gap_none")
          : this.t("whatif.gap", { share: formatPercent(plan.gap, 1, this.locale) });
    const names = found.projects.map((id) => this.project(id));
    return html`<section class="part">
      <h3>${this.t("whatif.chosen", { n: names.length, of: plan.of.length })}
        <span class="num quiet">${formatMoney(plan.cost_10k, this.locale)} / ${formatMoney(plan.budget_10k, this.locale)}</span></h3>
      <ul class="names">${names.map((name) => html`<li>${name}</li>`)}</ul>
      <p class="small quiet">${proof}</p>
      ${plan.without_cost.length > 0 ? html`<p class="small quiet">${this.t("whatif.without_cost", { names: this.list(plan.without_cost) })}</p>` : nothing}
    </section>`;
  }

  private project(id: string): string {
    const found = this.session.desks.projects.value?.find((item) => item.id === id);
    return found ? this.tx(found.name) : id;
  }

  private list(ids: readonly string[]): string {
    const names = ids.map((id) => this.project(id));
    return new Intl.ListFormat(this.locale, { type: "conjunction" }).format(names);
  }

  private maps(found: WhatIf) {
    const { session } = this;
    const { system, indicator, level } = session.choice;
    const maps = recoloured(found, system, session.drawn()).slice(0, MAPS);
    if (maps.length === 0) return nothing;
    return html`<section class="part">
      <h3>${this.t("whatif.maps")}</h3>
      <div class="chips">
        ${maps.map(
          (item) => html`<button
            class="act"
            aria-pressed=${item.indicator === indicator?.code && item.level === level}
            @click=${() => session.store.set({ indicator: item.indicator, level: item.level })}
          >
            ${this.indicator(item.indicator)} · ${this.tx(session.levelLabel(item.level))}
            <span class="num quiet">${this.count(item.changed)}</span>
          </button>`,
        )}
      </div>
    </section>`;
  }

  private indicator(code: string): string {
    const here = this.session.indicators.value?.find((item) => item.code === code);
    const found = here ?? this.session.desks.known.value?.get(code);
    return found ? this.name(found.name) : code;
  }

  private changes(found: WhatIf) {
    const most = CHANGES.find((item) => found[item].length > 0) ?? "gone";
    const shown = this.change ?? most;
    const list = found[shown] as WhatIfProblem[];
    return html`<section class="part grow">
      <div class="segments num" role="group" aria-label=${this.t("whatif.changes")} @keydown=${arrowKeys}>
        ${CHANGES.map(
          (item) => html`<button
            aria-pressed=${item === shown}
            @click=${() => {
              this.change = item;
            }}
          >
            ${this.t(`whatif.${item}`)} ${this.count(found[item].length)}
          </button>`,
        )}
      </div>
      <div class="list scroll" @keydown=${arrowKeys}>
        ${list.length === 0 ? html`<p class="quiet none">${this.t(`whatif.none_${shown}`)}</p>` : list.map((item) => this.problem(item))}
      </div>
    </section>`;
  }

  private problem(item: WhatIfProblem) {
    const { unit } = item;
    const standing =
      item.threshold === null || item.value === null
        ? ""
        : `${this.num(item.value)} / ${this.num(item.threshold)}`;
    return html`<button
      class="problem"
      ?disabled=${!unit}
      @click=${() => unit && this.session.select(unit.id)}
    >
      <span class="dot ${item.severity}" title=${this.t(`severity.${item.severity}`)}></span>
      <span class="title">${this.name(item.title)}</span>
      <span class="num small quiet">${standing}</span>
      <span class="where">${unit ? this.tx(unit.label) : ""}</span>
    </button>`;
  }

  private unsaid(found: WhatIf) {
    const lines: string[] = [];
    if (found.projects_without_effect.length > 0) {
      lines.push(this.t("whatif.silent", { names: this.list(found.projects_without_effect) }));
    }
    if (found.projects_unknown.length > 0) {
      lines.push(this.t("whatif.unknown", { names: this.list(found.projects_unknown) }));
    }
    for (const item of found.effects_unmet) {
      const params = {
        name: this.project(item.project),
        indicator: this.indicator(item.indicator),
        n: item.units,
      };
      lines.push(this.t("whatif.unmet", params));
    }
    if (found.rules_without_line.length > 0) {
      lines.push(this.t("whatif.untouched", { rules: found.rules_without_line.join(", ") }));
    }
    if (lines.length === 0) return nothing;
    return html`<section class="part unsaid">
      <h3>${this.t("whatif.unsaid")}</h3>
      <ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>
    </section>`;
  }
}
