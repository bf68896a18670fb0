/** The file of a unit 一块一档: who it is, its problems first, projects, satisfaction, indicators. */
import { html, nothing, type PropertyDeclarations } from "lit";
import type { UnitFile } from "../api.ts";
import { ApiError } from "../client.ts";
import type { Stage } from "../stage.ts";
import { base } from "../style/base.ts";
import { fileLook } from "../style/file.ts";
import { printFile } from "../style/print.ts";
import { icon } from "./icons.ts";
import { arrowKeys, Panel } from "./panel.ts";

/** Identity fields in the order they are read, with their unit key. */
const FACTS: readonly [string, string][] = [
  ["use", ""],
  ["year_built", "year"],
  ["storeys", "storeys"],
  ["height", "m"],
  ["structure", ""],
  ["area", "m2"],
  ["floor_area", "m2"],
  ["buildings", "buildings"],
  ["population", "people"],
  ["ground", "m"],
];

type Tab = "now" | "years" | "sources";
const TABS: readonly Tab[] = ["now", "years", "sources"];

export class UnitFilePanel extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    stage: { attribute: false },
    tab: { state: true },
  };
  declare tab: Tab;
  declare stage: Stage | null;

  constructor() {
    super();
    this.tab = "now";
    this.stage = null;
  }

  static override styles = [base, fileLook, printFile];

  override render() {
    const { session } = this;
    const unit = session.unit.value;
    const id = session.state.selection;
    if (session.unit.error && !session.unit.loading) return this.trouble(session.unit.error);
    if (!unit || unit.id !== id) {
      return html`<section class="card wait" aria-busy="true">
        ${this.closeRow(null)}
        <p class="quiet">${this.t("app.loading")}</p>
      </section>`;
    }
    return html`<section class="card" aria-label=${this.t("file.title", { name: this.tx(unit.label) })}>
      <div class="head">
        ${this.closeRow(unit)}
        <h2>${this.tx(unit.label) || unit.source_id}</h2>
        <div class="sub">
          <span>${this.tx(session.levelLabel(unit.level)) || unit.level}</span>
          <span class="num">${unit.source_id}</span>
        </div>
        <cim-export .session=${session} .stage=${this.stage} .unit=${unit.id}></cim-export>
        ${this.through(unit)} ${this.supposing()} ${this.tabs(unit)}
      </div>
      <div class="body scroll" tabindex="0">${this.page(unit)}</div>
    </section>`;
  }

  private page(unit: UnitFile) {
    const { session } = this;
    if (this.tab === "years") {
      return html`<cim-evaluation .session=${session} .unit=${unit}></cim-evaluation>`;
    }
    if (this.tab === "sources") return this.sources(unit);
    return html`${this.facts(unit)} ${this.problems(unit)} ${this.projects(unit)} ${this.mood(unit)}
      <cim-about .session=${session} .unit=${unit}></cim-about>
      <section class="part">
        <cim-values .session=${session}></cim-values>
      </section>
      ${this.origin(unit)}`;
  }

  private tabs(unit: UnitFile) {
    const n = disagreeing(unit).length;
    return html`<div class="segments tabs" role="group" aria-label=${this.t("file.tabs")} @keydown=${arrowKeys}>
      ${TABS.map(
        (tab) => html`<button
          aria-pressed=${this.tab === tab}
          data-tab=${tab}
          @click=${() => {
            this.tab = tab;
          }}
        >
          ${this.t(`file.tab_${tab}`)} ${tab === "sources" && n > 0 ? html`<span class="num quiet">${n}</span>` : nothing}
        </button>`,
      )}
    </div>`;
  }

  /** Indicators on which sources disagree, with what each says. */
  private sources(unit: UnitFile) {
    const list = disagreeing(unit);
    return html`<section class="first">
      <p class="small quiet">${this.t(list.length > 0 ? "conflict.what" : "conflict.none")}</p>
      ${list.map((item) => html`<cim-conflict .session=${this.session} .item=${item}></cim-conflict>`)}
    </section>`;
  }

  private closeRow(unit: UnitFile | null) {
    const { session } = this;
    return html`<div class="crumbs">
      <nav aria-label=${this.t("file.parents")}>
        ${(unit?.parents ?? []).map(
          (parent) => html`<button
              @click=${() => session.select(parent.level === "city" ? null : parent.id)}
            >
              ${this.tx(parent.label)}</button
            ><span aria-hidden="true">/</span>`,
        )}
      </nav>
      <button
        class="icon"
        aria-label=${this.t("app.close")}
        title=${this.t("app.close")}
        @click=${() => session.select(null)}
      >
        ${icon("close")}
      </button>
    </div>`;
  }

  private through(unit: UnitFile) {
    const { session } = this;
    const building = session.through;
    if (building && building !== unit.id) {
      return html`<div class="through">
        <span>${this.t("file.through", { level: this.tx(session.levelLabel(unit.level)) })}</span>
        <button class="link" @click=${() => session.select(building)}>
          ${this.t("file.open_building")}
        </button>
      </div>`;
    }
    return nothing;
  }

  /** In a what-if the file still tells what is published, and says so. */
  private supposing() {
    const { session } = this;
    if (!session.desks.supposing) return nothing;
    return html`<div class="through">
      <span>${this.t("whatif.file")}</span>
      <button class="link" @click=${() => session.select(null)}>${this.t("whatif.back")}</button>
    </div>`;
  }

  private facts(unit: UnitFile) {
    const known = FACTS.filter(([key]) => {
      const value = unit.identity[key];
      return value !== null && value !== undefined && value !== "";
    });
    if (known.length === 0) return nothing;
    return html`<dl class="facts">
      ${known.map(
        ([key, kind]) => html`<div>
          <dt>${this.t(`fact.${key}`)}</dt>
          <dd class="num">${this.fact(unit.identity[key] ?? null, key, kind)}</dd>
        </div>`,
      )}
    </dl>`;
  }

  private fact(value: number | string | null, key: string, kind: string): string {
    if (typeof value === "string") return this.coded(key, value);
    if (kind === "year") return String(value);
    if (kind === "m2" && value !== null && value >= 1e6) {
      return this.t("fact_unit.km2", { value: this.num(value / 1e6) });
    }
    const text = key === "height" || key === "ground" ? this.num(value) : this.count(value);
    return this.t(`fact_unit.${kind}`, { value: text });
  }

  private problems(unit: UnitFile) {
    const context = unit.context?.filter((item) => item.problems > 0) ?? [];
    return html`<section class="part">
      <h3>
        ${this.t("file.problems")}
        <span class="num quiet">${unit.problems.length > 0 ? unit.problems.length : nothing}</span>
      </h3>
      ${
        unit.problems.length === 0
          ? html`<p class="quiet">${this.t("file.no_problem")}</p>`
          : unit.problems.map(
              (problem) =>
                html`<cim-problem .session=${this.session} .problem=${problem}></cim-problem>`,
            )
      }
      ${context.map(
        (item) => html`<p class="small" style="margin-top:0.5rem">
          <button class="link" @click=${() => this.session.select(item.unit.id)}>
            ${this.t("file.context", { name: this.tx(item.unit.label), n: item.problems })}
          </button>
        </p>`,
      )}
    </section>`;
  }

  private projects(unit: UnitFile) {
    if (unit.projects.length === 0) return nothing;
    return html`<section class="part">
      <h3>${this.t("file.projects")} <span class="num quiet">${unit.projects.length}</span></h3>
      ${unit.projects.map(
        (project) => html`<cim-project .session=${this.session} .project=${project}></cim-project>`,
      )}
    </section>`;
  }

  private mood(unit: UnitFile) {
    const mood = unit.satisfaction;
    if (!mood || mood.value === null) return nothing;
    return html`<section class="part">
      <h3>${this.t("file.satisfaction")}</h3>
      <p class="mood num">
        <b>${this.num(mood.value)}</b>
        <span class="quiet">
          ${mood.n === null ? nothing : this.t("file.sample", { n: this.count(mood.n) })}
          ${mood.period ? html`· ${mood.period}` : nothing}
        </span>
        ${mood.small_sample ? html`<span class="chip medium">${this.t("file.small_sample")}</span>` : nothing}
      </p>
    </section>`;
  }

  private origin(unit: UnitFile) {
    const name = typeof unit.source === "string" ? unit.source : unit.source?.name;
    const ids = Object.entries(unit.external_ids);
    if (!name && ids.length === 0) return nothing;
    return html`<section class="part small quiet">
      ${name ? html`<div>${this.t("file.source", { name: this.source(name) })}</div>` : nothing}
      ${ids.map(([key, value]) => html`<div class="num">${key}: ${value}</div>`)}
    </section>`;
  }

  private trouble(error: unknown) {
    const missing = error instanceof ApiError && error.kind === "not_found";
    return html`<section class="card wait" role="alert">
      ${this.closeRow(null)}
      <p>${this.t(missing ? "error.no_unit" : "error.unit")}</p>
      <p>
        <button class="link" @click=${() => this.session.retry()}>${this.t("app.retry")}</button>
      </p>
    </section>`;
  }
}

function disagreeing(unit: UnitFile): UnitFile["indicators"] {
  return unit.indicators.filter((item) => item.conflict && item.address);
}
