/** Units side by side, and special areas beside the whole city. */
import { html, nothing, type PropertyDeclarations, svg } from "lit";
import type { UnitFile, UnitIndicator } from "../../api.ts";
import { differs, type Line, linesOf, TONES, yearLines } from "../../beside.ts";
import { SIDE_BY_SIDE } from "../../planner.ts";
import { base } from "../../style/base.ts";
import { compareLook } from "../../style/compare.ts";
import { icon } from "../icons.ts";
import { arrowKeys, Panel } from "../panel.ts";

type Page = "units" | "areas";
type Sieve = "all" | "differs" | "unmet";
const SIEVES: readonly Sieve[] = ["differs", "unmet", "all"];
const WIDTH = 300;
const HEIGHT = 72;

export class CompareDesk extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    page: { state: true },
    sieve: { state: true },
    category: { state: true },
    open: { state: true },
  };
  declare page: Page | null;
  declare sieve: Sieve;
  declare category: string;
  /** the indicator whose years are shown */
  declare open: string | null;

  static override styles = [base, compareLook];

  constructor() {
    super();
    this.page = null;
    this.sieve = "differs";
    this.category = "";
    this.open = null;
  }

  private get shown(): Page {
    return this.page ?? (this.session.planner.picked.length === 0 ? "areas" : "units");
  }

  override render() {
    return html`<section class="card" aria-label=${this.t("compare.title")}>
      <div class="top">
        <h2>${this.t("compare.title")}</h2>
        <div class="segments" role="group" aria-label=${this.t("compare.title")} @keydown=${arrowKeys}>
          ${(["units", "areas"] as const).map(
            (page) => html`<button
              data-page=${page}
              aria-pressed=${this.shown === page}
              @click=${() => {
                this.page = page;
              }}
            >
              ${this.t(`compare.${page}`)}
            </button>`,
          )}
        </div>
      </div>
      ${this.shown === "units" ? this.units() : html`<cim-areas .session=${this.session}></cim-areas>`}
    </section>`;
  }

  private units() {
    const { planner } = this.session;
    const { picked } = planner;
    if (picked.length === 0) return html`<p class="hint">${this.t("compare.how")}</p>`;
    if (planner.files.error && !planner.files.loading) {
      return html`<p class="quiet" role="alert">${this.t("error.unit")}</p>`;
    }
    const files = planner.files.value ?? [];
    if (files.length === 0) return html`<p class="quiet">${this.t("app.loading")}</p>`;
    const lines = this.sieved(linesOf(files));
    return html`${this.sieves(files)}
      <div class="results scroll" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">${this.t("compare.indicator")}</th>
              ${files.map((file, i) => this.head(file, i))}
            </tr>
          </thead>
          <tbody>
            ${lines.map((line) => this.line(line, files))}
          </tbody>
        </table>
        ${lines.length === 0 ? html`<p class="quiet" style="padding:0.5rem">${this.t("compare.nothing")}</p>` : nothing}
      </div>
      <p class="hint">${this.t("compare.more", { n: SIDE_BY_SIDE })}</p>`;
  }

  private sieved(lines: readonly Line[]): Line[] {
    return lines.filter((line) => {
      if (this.category && line.first.category.code !== this.category) return false;
      if (this.sieve === "differs") return differs(line);
      if (this.sieve === "unmet") return line.cells.some((cell) => cell?.meets === false);
      return true;
    });
  }

  private sieves(files: readonly UnitFile[]) {
    const categories = new Map(
      files.flatMap((file) =>
        file.indicators.map((item) => [item.category.code, item.category.label] as const),
      ),
    );
    return html`<div class="sieves">
      <div class="segments" role="group" aria-label=${this.t("compare.sieve")} @keydown=${arrowKeys}>
        ${SIEVES.map(
          (sieve) => html`<button
            aria-pressed=${this.sieve === sieve}
            @click=${() => {
              this.sieve = sieve;
            }}
          >
            ${this.t(`compare.sieve_${sieve}`)}
          </button>`,
        )}
      </div>
      <select
        aria-label=${this.t("filefilter.category")}
        @change=${(event: Event) => {
          this.category = (event.target as HTMLSelectElement).value;
        }}
      >
        <option value="">${this.t("filefilter.all_categories")}</option>
        ${[...categories].map(([code, label]) => html`<option value=${code}>${this.name(label)}</option>`)}
      </select>
    </div>`;
  }

  private head(file: UnitFile, i: number) {
    const { planner } = this.session;
    return html`<th scope="col">
      <i class="tone" style="background:${TONES[i]}"></i>
      <button class="name" @click=${() => this.session.select(file.id)}>${this.tx(file.label)}</button>
      <button
        class="icon out"
        aria-label=${this.t("compare.out", { name: this.tx(file.label) })}
        title=${this.t("compare.out", { name: this.tx(file.label) })}
        @click=${() => planner.toggle(file.id)}
      >
        ${icon("close")}
      </button>
    </th>`;
  }

  private line(line: Line, files: readonly UnitFile[]) {
    const key = `${line.system}/${line.code}`;
    const open = this.open === key;
    const { first } = line;
    const current = this.session.choice.indicator?.code === line.code;
    return html`<tr class=${current ? "hot" : ""} data-code=${line.code}>
        <th scope="row">
          <button
            aria-expanded=${open}
            @click=${() => {
              this.open = open ? null : key;
              this.session.store.set({ indicator: line.code });
            }}
          >
            ${this.name(first.name)}
            <span class="quiet">${first.unit ? this.coded("unit", first.unit) : nothing}</span>
          </button>
        </th>
        ${line.cells.map((cell, i) => this.cell(cell, line, i))}
      </tr>
      ${open ? html`<tr><td colspan=${files.length + 1}>${this.years(line, files)}</td></tr>` : nothing}`;
  }

  private cell(cell: UnitIndicator | null, line: Line, i: number) {
    if (!cell || cell.value === null) {
      return html`<td class="none">${this.coded("state", cell?.state ?? "not_applicable")}</td>`;
    }
    const look = line.best === i ? "best" : line.worst === i ? "worst" : "";
    return html`<td class="num ${look}" data-value=${cell.value}>
      ${cell.meets === false ? html`<i class="unmet" title=${this.t("value.unmet")}></i>` : nothing}${this.num(cell.value)}
    </td>`;
  }

  /** Five years of every unit in one picture; a year without a value leaves a gap. */
  private years(line: Line, files: readonly UnitFile[]) {
    const trends = line.cells.map((cell) => cell?.trend ?? []);
    const drawn = yearLines(trends, WIDTH, HEIGHT);
    if (!drawn) return html`<p class="quiet small">${this.t("compare.no_years")}</p>`;
    return html`<svg class="years" viewBox="-8 -8 ${WIDTH + 16} ${HEIGHT + 28}" role="img"
        aria-label=${this.t("compare.years", { name: this.name(line.first.name) })}>
        ${drawn.paths.map((path, i) => svg`<path d=${path} fill="none" stroke=${TONES[i] ?? ""} stroke-width="2" />`)}
        ${drawn.dots.map((dot) => svg`<circle cx=${dot.x} cy=${dot.y} r="3" fill=${TONES[dot.unit] ?? ""} />`)}
        ${drawn.years.map(
          (
            year,
            i,
          ) => svg`<text x=${drawn.years.length > 1 ? (i / (drawn.years.length - 1)) * WIDTH : WIDTH / 2}
            y=${HEIGHT + 17} text-anchor="middle" font-size="10" fill="var(--ink-3)">${year}</text>`,
        )}
      </svg>
      <p class="small quiet num">
        ${this.num(drawn.low)} – ${this.num(drawn.high)} ${line.first.unit ? this.coded("unit", line.first.unit) : ""}
        ${files.map((file, i) => html`<span class="key"><i class="tone" style="background:${TONES[i]}"></i>${this.tx(file.label)}</span>`)}
      </p>`;
  }
}
