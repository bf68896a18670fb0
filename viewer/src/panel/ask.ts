/** The question of a what-if: projects taken as finished, standards moved, or a budget. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { Indicator, Project } from "../api.ts";
import { formatMoney } from "../format.ts";
import { type Question, rangeOf } from "../scenario.ts";
import { base } from "../style/base.ts";
import { form } from "../style/form.ts";
import { icon } from "./icons.ts";
import { arrowKeys, Panel } from "./panel.ts";

type Way = "projects" | "standards" | "budget";
const WAYS: readonly Way[] = ["projects", "standards", "budget"];
const CLOSED: readonly string[] = ["completed", "verified", "cancelled"];
const ROUND = 100;

export class AskPanel extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    way: { state: true },
    moving: { state: true },
  };
  declare way: Way | null;
  /** a slider under the hand: its value is shown, and asked when it is let go */
  declare moving: Record<string, number>;

  static override styles = [
    base,
    form,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .card {
        flex: 1;
        display: flex;
        flex-direction: column;
        min-height: 0;
        padding: 0.875rem 1rem 0.75rem;
      }
      h2 {
        font-size: 1.0625rem;
        font-weight: 650;
      }
      .segments {
        margin: 0.625rem 0 0.375rem;
      }
      .list {
        flex: 1;
        min-height: 0;
        margin: 0 -0.5rem;
      }
      .row {
        display: grid;
        grid-template-columns: 1rem 1fr auto;
        gap: 0 0.625rem;
        padding: 0.4375rem 0.5rem;
        border-radius: 0.625rem;
        cursor: pointer;
        line-height: 1.35;
      }
      .row:hover {
        background: var(--raise);
      }
      .row .effects {
        grid-column: 2 / -1;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      .standard {
        padding: 0.5rem;
        border-radius: 0.625rem;
      }
      .standard + .standard {
        margin-top: 0.25rem;
      }
      .standard .top {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        font-weight: 550;
      }
      .standard .top span {
        flex: 1;
      }
      .standard .line {
        display: grid;
        grid-template-columns: 1fr 5rem;
        gap: 0.625rem;
        align-items: center;
      }
      .standard input[type="number"] {
        margin: 0;
        text-align: right;
      }
      .add,
      .budget {
        width: 100%;
        margin-top: 0.375rem;
      }
      .budget label + input {
        margin-top: 0.625rem;
      }
      .budget p {
        margin-top: 0.625rem;
      }
      .foot {
        display: flex;
        justify-content: space-between;
        gap: 0.75rem;
        margin-top: 0.5rem;
        padding-top: 0.5rem;
        border-top: 1px solid var(--line);
        font-size: 0.8125rem;
      }
    `,
  ];

  constructor() {
    super();
    this.way = null;
    this.moving = {};
  }

  private get shownWay(): Way {
    const { budget, standards, projects } = this.session.desks.question;
    if (this.way) return this.way;
    if (budget !== null) return "budget";
    return Object.keys(standards).length > 0 && projects.length === 0 ? "standards" : "projects";
  }

  private ask(patch: Partial<Question>): void {
    this.session.desks.ask({ ...this.session.desks.question, ...patch });
  }

  override render() {
    const way = this.shownWay;
    return html`<section class="card" aria-label=${this.t("whatif.ask")}>
      <h2>${this.t("whatif.ask")}</h2>
      <p class="small quiet">${this.t("whatif.ask_what")}</p>
      <div class="segments" role="group" aria-label=${this.t("whatif.ways")} @keydown=${arrowKeys}>
        ${WAYS.map(
          (item) => html`<button
            aria-pressed=${item === way}
            @click=${() => {
              this.way = item;
            }}
          >
            ${this.t(`whatif.way_${item}`)}
          </button>`,
        )}
      </div>
      ${way === "projects" ? this.projects() : way === "standards" ? this.standards() : this.budget()}
      ${this.foot()}
    </section>`;
  }

  private open(): Project[] {
    const chosen = this.session.desks.question.projects;
    return (this.session.desks.projects.value ?? [])
      .filter((item) => !CLOSED.includes(item.state) || chosen.includes(item.id))
      .sort((a, b) => Number(b.effects.length > 0) - Number(a.effects.length > 0));
  }

  private projects() {
    const { desks } = this.session;
    if (desks.projects.error) return html`<p class="said">${this.t("error.desk")}</p>`;
    const chosen = new Set(desks.question.projects);
    const list = this.open();
    if (list.length === 0 && !desks.projects.loading) {
      return html`<p class="quiet">${this.t("whatif.no_project")}</p>`;
    }
    const turn = (id: string, on: boolean) => {
      if (on) chosen.add(id);
      else chosen.delete(id);
      this.ask({ projects: [...chosen].sort() });
    };
    return html`<div class="list scroll">
      ${list.map(
        (item) => html`<label class="row">
          <input
            type="checkbox"
            .checked=${chosen.has(item.id)}
            @change=${(event: Event) => turn(item.id, (event.target as HTMLInputElement).checked)}
          />
          <span>${this.tx(item.name)}</span>
          <span class="num quiet">${this.money(item.investment_10k)}</span>
          <span class="effects">${this.effects(item)}</span>
        </label>`,
      )}
    </div>`;
  }

  private effects(item: Project) {
    if (item.effects.length === 0) return this.t("whatif.no_effect");
    return item.effects.map(({ indicator, sets, amount }) => {
      const found = this.indicator(indicator);
      const unit = found?.unit ? ` ${this.coded("unit", found.unit)}` : "";
      const sign = sets ? "→ " : amount < 0 ? "− " : "+ ";
      const name = found ? this.name(found.name) : indicator;
      return html`<div>
        ${name} <span class="num">${sign}${this.num(Math.abs(amount))}${unit}</span>
      </div>`;
    });
  }

  private indicator(code: string): Indicator | undefined {
    const here = this.session.indicators.value?.find((item) => item.code === code);
    return here ?? this.session.desks.known.value?.get(code);
  }

  private money(amount: number | null): string {
    return amount === null ? this.t("whatif.no_cost") : formatMoney(amount, this.locale);
  }

  private standards() {
    const { standards } = this.session.desks.question;
    const list = (this.session.indicators.value ?? []).filter(
      (item) => item.standard?.value != null && !(item.code in standards),
    );
    const add = (event: Event) => {
      const select = event.target as HTMLSelectElement;
      const standard = this.indicator(select.value)?.standard?.value;
      if (standard != null) this.ask({ standards: { ...standards, [select.value]: standard } });
      select.value = "";
    };
    return html`<div class="list scroll">
      ${Object.entries(standards).map(([code, value]) => this.standard(code, value))}
      <select class="add" aria-label=${this.t("whatif.add_standard")} @change=${add}>
        <option value="">${this.t("whatif.add_standard")}</option>
        ${list.map((item) => html`<option value=${item.code}>${this.name(item.name)}</option>`)}
      </select>
    </div>`;
  }

  private standard(code: string, value: number) {
    const { standards } = this.session.desks.question;
    const item = this.indicator(code);
    const name = item ? this.name(item.name) : code;
    const unit = item?.unit ? this.coded("unit", item.unit) : "";
    const published = item?.standard?.value ?? value;
    const [least, most, step] = rangeOf(published, item?.unit ?? null);
    const at = this.moving[code] ?? value;
    const set = (event: Event) => {
      const number = (event.target as HTMLInputElement).valueAsNumber;
      const { [code]: _let_go, ...rest } = this.moving;
      this.moving = rest;
      if (Number.isFinite(number)) this.ask({ standards: { ...standards, [code]: number } });
    };
    const { [code]: _gone, ...others } = standards;
    return html`<div class="standard">
      <div class="top">
        <span>${name}</span>
        <button
          class="icon"
          aria-label=${this.t("whatif.drop_standard", { name })}
          @click=${() => this.ask({ standards: others })}
        >
          ${icon("close")}
        </button>
      </div>
      <div class="line">
        <input
          type="range"
          aria-label=${name}
          min=${least}
          max=${most}
          step=${step}
          .value=${String(at)}
          @input=${(event: Event) => {
            this.moving = {
              ...this.moving,
              [code]: (event.target as HTMLInputElement).valueAsNumber,
            };
          }}
          @change=${set}
        />
        <input type="number" aria-label=${name} step="any" .value=${String(at)} @change=${set} />
      </div>
      <p class="small quiet num">${this.t("whatif.published", { value: `${this.num(published)} ${unit}` })}</p>
    </div>`;
  }

  private budget() {
    const { budget, projects } = this.session.desks.question;
    const total = this.open().reduce((sum, item) => sum + (item.investment_10k ?? 0), 0);
    const most = Math.ceil(Math.max(total, budget ?? 0) / ROUND) * ROUND;
    const at = this.moving["budget"] ?? budget;
    const set = (event: Event) => {
      const number = (event.target as HTMLInputElement).valueAsNumber;
      this.moving = {};
      this.ask({ budget: Number.isFinite(number) && number >= 0 ? number : null });
    };
    return html`<div class="list budget scroll" style="padding:0 0.5rem">
      <label class="field"
        >${this.t("whatif.budget_10k")}
        <input type="number" name="budget" min="0" step="any" .value=${at === null ? "" : String(at)} @change=${set} />
      </label>
      <input
        type="range"
        aria-label=${this.t("whatif.budget_10k")}
        min="0"
        max=${most}
        step=${ROUND}
        .value=${String(at ?? 0)}
        @input=${(event: Event) => {
          this.moving = { budget: (event.target as HTMLInputElement).valueAsNumber };
        }}
        @change=${set}
      />
      ${at === null ? nothing : html`<p class="num"><b>${formatMoney(at, this.locale)}</b></p>`}
      <p class="small quiet">
        ${projects.length > 0 ? this.t("whatif.budget_some", { n: projects.length }) : this.t("whatif.budget_all")}
      </p>
    </div>`;
  }

  private foot() {
    const { projects, standards, budget } = this.session.desks.question;
    const chosen = this.open().filter((item) => projects.includes(item.id));
    const cost = chosen.reduce((sum, item) => sum + (item.investment_10k ?? 0), 0);
    const said = [
      projects.length > 0
        ? this.t("whatif.n_projects", { n: projects.length, cost: this.money(cost) })
        : "",
      Object.keys(standards).length > 0
        ? this.t("whatif.n_standards", { n: Object.keys(standards).length })
        : "",
      budget === null
        ? ""
        : this.t("whatif.n_budget", { amount: formatMoney(budget, this.locale) }),
    ].filter(Boolean);
    return html`<div class="foot">
      <span class="num">${said.join(" · ") || this.t("whatif.nothing")}</span>
      ${
        said.length > 0
          ? html`<button class="link" @click=${() => this.ask({ projects: [], standards: {}, budget: null })}>
              ${this.t("whatif.clear")}
            </button>`
          : nothing
      }
    </div>`;
  }
}
