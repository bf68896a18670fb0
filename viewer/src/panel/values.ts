/** All indicators of a unit: value, standard, trend, source; a missing one says why. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { UnitIndicator } from "../api.ts";
import { standardText } from "../legend.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";
import { sparkline } from "./spark.ts";

type Order = "problems" | "category";

export class ValueTable extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    order: { state: true },
    open: { state: true },
  };
  declare order: Order;
  declare open: string | null;

  static override styles = [
    base,
    css`
      .top {
        display: flex;
        justify-content: space-between;
        align-items: center;
        gap: 0.75rem;
        margin-bottom: 0.375rem;
      }
      h3 {
        font-size: 0.9375rem;
        font-weight: 650;
      }
      h4 {
        padding: 0.75rem 0 0.125rem;
      }
      .row {
        display: grid;
        grid-template-columns: 0.625rem 1fr 3.5rem minmax(4.5rem, auto);
        align-items: center;
        gap: 0 0.5rem;
        width: calc(100% + 1rem);
        margin: 0 -0.5rem;
        padding: 0.3125rem 0.5rem;
        border-radius: 0.5rem;
        line-height: 1.35;
      }
      .row:hover,
      .row[aria-expanded="true"] {
        background: var(--raise);
      }
      .tone {
        width: 0.625rem;
        height: 0.625rem;
        border-radius: 0.1875rem;
      }
      .value {
        text-align: right;
        font-weight: 600;
      }
      .value.none {
        font-weight: 400;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      .value .unit {
        font-weight: 400;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      .judged {
        display: block;
        font-size: 0.6875rem;
        font-weight: 600;
      }
      .judged.met {
        color: var(--good);
      }
      .judged.unmet {
        color: var(--high);
      }
      .more {
        padding: 0.25rem 0.125rem 0.875rem 1.125rem;
        font-size: 0.8125rem;
        color: var(--ink-2);
      }
      .more p + p {
        margin-top: 0.125rem;
      }
      .ways {
        display: flex;
        gap: 1rem;
        margin-top: 0.375rem;
      }
      .spark {
        width: 3.5rem;
        height: 1.25rem;
      }
    `,
  ];

  constructor() {
    super();
    this.order = "problems";
    this.open = null;
  }

  override render() {
    const items = this.session.unit.value?.indicators ?? [];
    if (items.length === 0) {
      return html`<h3>${this.t("value.title")}</h3>
        <p class="quiet">${this.t("value.none")}</p>`;
    }
    return html`<div class="top">
        <h3>${this.t("value.title")}</h3>
        <div class="segments" role="group" aria-label=${this.t("value.order")}>
          ${(["problems", "category"] as const).map(
            (order) => html`<button
              aria-pressed=${this.order === order}
              @click=${() => {
                this.order = order;
              }}
            >
              ${this.t(`value.order_${order}`)}
            </button>`,
          )}
        </div>
      </div>
      ${this.groups(items).map(
        ([title, list]) => html`${title ? html`<h4 class="eyebrow">${title}</h4>` : nothing}
        ${list.map((item) => this.row(item))}`,
      )}`;
  }

  private groups(items: UnitIndicator[]): [string, UnitIndicator[]][] {
    const groups = new Map<string, UnitIndicator[]>();
    for (const item of items) {
      const title =
        this.order === "category"
          ? this.name(item.category.label)
          : this.t(`value.group_${rank(item)}`);
      const list = groups.get(title);
      if (list) list.push(item);
      else groups.set(title, [item]);
    }
    if (this.order === "category") return [...groups];
    const order = [0, 1, 2, 3].map((n) => this.t(`value.group_${n}`));
    return [...groups].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  }

  private row(item: UnitIndicator) {
    const open = this.open === item.code;
    const toggle = () => {
      this.open = open ? null : item.code;
    };
    return html`<button class="row" aria-expanded=${open} @click=${toggle}>
        <span class="tone" style="background:${item.color ?? "var(--raise-2)"}"></span>
        <span>${this.name(item.name)}</span>
        <span class="spark">${sparkline(item.trend)}</span>
        <span class="value num ${item.value === null ? "none" : ""}">
          ${
            item.value === null
              ? this.coded("state", item.state)
              : html`${this.num(item.value)}
                  <span class="unit">${item.unit ? this.coded("unit", item.unit) : nothing}</span>`
          }
          ${this.judged(item)}
        </span>
      </button>
      ${open ? this.more(item) : nothing}`;
  }

  private why(item: UnitIndicator): string {
    return this.tx(item.reason) || this.coded("state_why", item.state);
  }

  private judged(item: UnitIndicator) {
    if (item.meets === null || item.value === null) return nothing;
    return item.meets
      ? html`<span class="judged met">${this.t("value.met")}</span>`
      : html`<span class="judged unmet">${this.t("value.unmet")}</span>`;
  }

  private more(item: UnitIndicator) {
    const { session } = this;
    const standard = standardText(
      item.standard,
      item.unit && this.coded("unit", item.unit),
      this.locale,
    );
    const judged = item.standard?.reference ? "legend.reference" : "legend.standard";
    const place =
      item.rank !== null && item.of ? this.t("value.rank", { rank: item.rank, of: item.of }) : "";
    const kind = item.source_kind ? this.coded("source_kind", item.source_kind) : "";
    const source = this.source(item.source);
    const facts = [item.period, source, kind === source ? "" : kind];
    return html`<div class="more">
      ${
        item.trend.length > 1
          ? html`<cim-trend .session=${session} .item=${item}></cim-trend>`
          : nothing
      }
      ${item.value === null ? html`<p>${this.why(item)}</p>` : nothing}
      ${standard ? html`<p>${this.t(judged)} <span class="num">${standard}</span></p>` : nothing}
      <p class="num">${facts.filter(Boolean).join(" · ")}</p>
      ${item.via === "rollup" ? html`<p>${this.t("value.rollup")}</p>` : nothing}
      ${item.conflict ? html`<p>${this.t("value.conflict", { n: item.sources })}</p>` : nothing}
      ${place ? html`<p class="num">${place}</p>` : nothing}
      ${item.note ? html`<p>${item.note}</p>` : nothing}
      <div class="ways">
        <button class="link" @click=${() => session.store.set({ indicator: item.code })}>
          ${this.t("value.show")}
        </button>
        ${
          item.address
            ? html`<button class="link" @click=${() => session.showAddress(item.address ?? "")}>
                ${this.t("value.address")}
              </button>`
            : nothing
        }
      </div>
    </div>`;
  }
}

/** 0 not met, 1 met, 2 a value without a standard, 3 no value. */
function rank(item: UnitIndicator): number {
  if (item.value === null) return 3;
  if (item.meets === null) return 2;
  return item.meets ? 1 : 0;
}
