/** A special area beside the whole city: the same indicators, by the same sums. */
import { html, nothing, type PropertyDeclarations } from "lit";
import type { Area } from "../../api.ts";
import { AREA_KINDS } from "../../planner.ts";
import { base } from "../../style/base.ts";
import { compareLook } from "../../style/compare.ts";
import { Panel } from "../panel.ts";

type Item = Area["indicators"][number];

export class AreaTable extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    chosen: { state: true },
  };
  declare chosen: string;

  static override styles = [base, compareLook];

  constructor() {
    super();
    this.chosen = "";
  }

  override render() {
    const { areas } = this.session.planner;
    if (areas.error && !areas.loading) {
      return html`<p class="quiet" role="alert">${this.t("error.desk")}</p>`;
    }
    if (!areas.value) return html`<p class="quiet">${this.t("app.loading")}</p>`;
    const { items } = areas.value;
    const area = items.find((item) => item.unit.id === this.chosen) ?? items[0];
    if (!area) {
      return html`<div class="sieves">${this.kinds()}</div>
        <p class="hint">${this.t("area.none")}</p>`;
    }
    return html`<div class="sieves">
        ${this.kinds()}
        <select
          aria-label=${this.t("area.choose")}
          @change=${(event: Event) => {
            this.chosen = (event.target as HTMLSelectElement).value;
          }}
        >
          ${items.map(
            (item) => html`<option value=${item.unit.id} ?selected=${item === area}>
              ${this.tx(item.unit.label)}
            </option>`,
          )}
        </select>
        <button class="act" @click=${() => this.session.select(area.unit.id)}>${this.t("area.file")}</button>
      </div>
      <div class="results scroll" tabindex="0">
        <table>
          <thead>
            <tr>
              <th scope="col">${this.t("compare.indicator")}</th>
              <th scope="col">${this.tx(area.unit.label)}</th>
              <th scope="col">${this.t("area.city")}</th>
              <th scope="col">${this.t("area.difference")}</th>
            </tr>
          </thead>
          <tbody>
            ${area.indicators.map((item) => this.line(item))}
          </tbody>
        </table>
      </div>
      <p class="hint">${this.t("area.method")}</p>`;
  }

  private kinds() {
    const { planner } = this.session;
    return html`<select
      data-field="kind"
      aria-label=${this.t("area.kind")}
      @change=${(event: Event) => planner.chooseAreas((event.target as HTMLSelectElement).value)}
    >
      ${AREA_KINDS.map(
        (kind) => html`<option value=${kind} ?selected=${kind === planner.areaKind}>
          ${this.t(`area_kind.${kind}`)}
        </option>`,
      )}
    </select>`;
  }

  private line(item: Item) {
    const unit = item.unit ? this.coded("unit", item.unit) : "";
    return html`<tr data-code=${item.code} class=${this.session.choice.indicator?.code === item.code ? "hot" : ""}>
      <th scope="row">
        <button @click=${() => this.session.store.set({ indicator: item.code })}>
          ${this.name(item.name)} <span class="quiet">${unit}</span>
        </button>
      </th>
      ${this.value(item.value, item.state)} ${this.value(item.city, item.city_state ?? "missing")}
      <td class="num ${item.better === null ? "" : item.better ? "best" : "worst"}">${this.beside(item)}</td>
    </tr>`;
  }

  private value(value: number | null, state: string) {
    if (value === null) return html`<td class="none">${this.coded("state", state)}</td>`;
    return html`<td class="num" data-value=${value}>${this.num(value)}</td>`;
  }

  /** A share of the city's amount, or more and less than the city. */
  private beside(item: Item): string | typeof nothing {
    if (item.share !== null) return this.t("area.share", { share: this.num(item.share * 100) });
    if (item.difference === null) return nothing;
    return item.difference > 0 ? `+${this.num(item.difference)}` : this.num(item.difference);
  }
}
