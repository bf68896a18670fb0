/** What a question found: how many, which, what cannot be judged; one thing with the map. */
import { html, nothing, type PropertyDeclarations } from "lit";
import type { Found, FoundUnit } from "../../api.ts";
import { ApiError } from "../../client.ts";
import { targetOfExtent } from "../../framing.ts";
import { LISTED, SIDE_BY_SIDE } from "../../planner.ts";
import { asks } from "../../question.ts";
import type { Stage } from "../../stage.ts";
import { base } from "../../style/base.ts";
import { findLook } from "../../style/find.ts";
import { arrowKeys, Panel } from "../panel.ts";

/** Height allowed for what is flown to, metres above the ellipsoid of the found places. */
const ROOM = 60;

export class FindResult extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    stage: { attribute: false },
  };
  declare stage: Stage | null;

  static override styles = [base, findLook];

  override render() {
    const { planner } = this.session;
    const found = planner.found.value;
    if (!asks(planner.question)) return nothing;
    if (planner.found.error && !planner.found.loading) return this.trouble(planner.found.error);
    if (!found)
      return html`<section class="card quiet" aria-busy="true">${this.t("app.loading")}</section>`;
    const level = this.tx(this.session.levelLabel(found.level));
    return html`<section class="card" aria-label=${this.t("find.result")} aria-busy=${planner.found.loading}>
      <p class="eyebrow">${this.t("find.result")} · ${level} · ${found.year}</p>
      <p class="number num" role="status">
        <b data-total=${found.total}>${this.count(found.total)}</b>
        <span class="quiet">${this.t("find.of", { n: this.count(found.of) })}</span>
      </p>
      ${
        found.unknown > 0
          ? html`<p class="small quiet">${this.t("find.unknown", { n: this.count(found.unknown) })}</p>`
          : nothing
      }
      ${found.total > 0 ? this.ways(found) : nothing} ${this.table(found)}
    </section>`;
  }

  private ways(found: Found) {
    const { planner } = this.session;
    return html`<div class="ways">
      <a href=${planner.tableUrl("csv")} download>${this.t("find.csv")}</a>
      <a href=${planner.tableUrl("xlsx")} download>${this.t("find.xlsx")}</a>
      ${this.stage ? html`<button @click=${() => this.fly(found)}>${this.t("find.fly")}</button>` : nothing}
      ${
        found.total > 1
          ? html`<button @click=${() => this.compare(found)}>
            ${this.t("find.compare_first", { n: Math.min(SIDE_BY_SIDE, found.items.length) })}
          </button>`
          : nothing
      }
    </div>`;
  }

  private compare(found: Found): void {
    this.session.planner.pick(found.items.map((item) => item.id));
    this.session.desks.open("compare");
  }

  private fly(found: Found): void {
    const boxes = found.items.map((item) => item.bbox);
    const heights = found.items.map((item) => item.centroid[2]);
    const low = Math.min(...heights);
    this.stage?.flights.to(
      targetOfExtent({
        west: Math.min(...boxes.map((box) => box[0])),
        south: Math.min(...boxes.map((box) => box[1])),
        east: Math.max(...boxes.map((box) => box[2])),
        north: Math.max(...boxes.map((box) => box[3])),
        min_height: low - ROOM,
        max_height: Math.max(...heights),
      }),
      found.level,
    );
  }

  private table(found: Found) {
    if (found.total === 0) return html`<p class="quiet">${this.t("find.none_fit")}</p>`;
    const rest = found.total - found.items.length;
    return html`<div class="results scroll" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">${this.t("find.unit")}</th>
            ${found.fields.map(
              (field) => html`<th scope="col">
                ${this.name(field.label)}${field.unit ? html` <span class="quiet">${this.coded("unit", field.unit)}</span>` : nothing}
                ${
                  field.level && field.level !== found.level
                    ? html`<br /><span class="quiet">${this.t("find.of_level", { level: this.tx(this.session.levelLabel(field.level)) })}</span>`
                    : nothing
                }
              </th>`,
            )}
          </tr>
        </thead>
        <tbody @keydown=${arrowKeys} @pointerleave=${() => this.session.setHover(null)}>
          ${found.items.map((item) => this.row(item, found))}
        </tbody>
      </table>
      ${rest > 0 ? html`<p class="small quiet" style="padding:0.5rem">${this.t("find.listed", { n: LISTED })}</p>` : nothing}
    </div>`;
  }

  private row(item: FoundUnit, found: Found) {
    const { session } = this;
    const row = item.row ?? -1;
    const hot = session.hover?.level === item.level && session.hover.row === row;
    const point = () => session.setHover({ level: item.level, row, id: item.id, at: null });
    return html`<tr class=${hot ? "hot" : ""} @pointerenter=${point}>
      <td>
        <button data-unit=${item.id} @focus=${point} @click=${() => session.select(item.id)}>
          ${this.tx(item.label)}
        </button>
      </td>
      ${found.fields.map((field, i) => html`<td class="num">${this.cell(field.key, item.cells[i])}</td>`)}
    </tr>`;
  }

  private cell(key: string, value: unknown): string {
    if (typeof value === "number") return key === "year_built" ? String(value) : this.num(value);
    return typeof value === "string" ? this.coded(key, value) : "";
  }

  private trouble(error: unknown) {
    const why = error instanceof ApiError ? error.detail : "";
    return html`<section class="card" role="alert">
      <p>${this.t("find.refused")}</p>
      <p class="small quiet">${why}</p>
    </section>`;
  }
}
