/** All indicators of a unit: value, standard, trend, source; a missing one says why. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { UnitIndicator } from "../api.ts";
import {
  OPEN,
  ORDERS,
  type Order,
  ordered,
  rank,
  type Sieve,
  sieved,
  VERDICTS,
} from "../filesieve.ts";
import { standardText } from "../legend.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";
import { sparkline } from "./spark.ts";

export class ValueTable extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    order: { state: true },
    sieve: { state: true },
    open: { state: true },
  };
  declare order: Order;
  declare sieve: Sieve;
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
      .sieve {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 0.375rem;
        margin-bottom: 0.25rem;
      }
      .sieve :is(select, input) {
        width: 100%;
        min-width: 0;
        height: 1.875rem;
        font-size: 0.75rem;
        font-weight: 500;
      }
      .sieve input {
        padding: 0 0.625rem;
        border: 0;
        border-radius: 0.625rem;
        background: var(--raise);
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
    this.sieve = OPEN;
    this.open = null;
  }

  override render() {
    const items = this.session.unit.value?.indicators ?? [];
    if (items.length === 0) {
      return html`<h3>${this.t("value.title")}</h3>
        <p class="quiet">${this.t("value.none")}</p>`;
    }
    const themes = this.session.planner.themes.value ?? [];
    const kept = sieved(items, this.sieve, themes);
    return html`<div class="top">
        <h3>${this.t("value.title")}</h3>
        <span class="quiet num small" data-shown=${kept.length}>
          ${this.t("filefilter.shown", { n: kept.length, of: items.length })}
        </span>
      </div>
      ${this.fields(items)}
      ${this.groups(kept).map(
        ([title, list]) => html`${title ? html`<h4 class="eyebrow">${title}</h4>` : nothing}
        ${list.map((item) => this.row(item))}`,
      )}`;
  }

  private sift(part: Partial<Sieve>): void {
    this.sieve = { ...this.sieve, ...part };
  }

  private fields(items: readonly UnitIndicator[]) {
    const themes = this.session.planner.themes.value ?? [];
    const categories = new Map(items.map(({ category }) => [category.code, category.label]));
    const pick = (
      key: string,
      value: string,
      options: readonly (readonly [string, string])[],
      set: (value: string) => void,
    ) => html`<select
      data-sieve=${key}
      aria-label=${this.t(`filefilter.${key}`)}
      @change=${(event: Event) => set((event.target as HTMLSelectElement).value)}
    >
      ${options.map(([code, text]) => html`<option value=${code} ?selected=${code === value}>${text}</option>`)}
    </select>`;
    const any = (key: string): readonly [string, string] => ["", this.t(`filefilter.${key}`)];
    return html`<div class="sieve">
      <input
        type="search"
        data-sieve="text"
        aria-label=${this.t("filefilter.text")}
        placeholder=${this.t("filefilter.text")}
        .value=${this.sieve.text}
        @input=${(event: Event) => this.sift({ text: (event.target as HTMLInputElement).value })}
      />
      ${pick(
        "order",
        this.order,
        ORDERS.map((order) => [order, this.t(`filefilter.order_${order}`)] as const),
        (order) => {
          this.order = order as Order;
        },
      )}
      ${pick(
        "category",
        this.sieve.category,
        [
          any("all_categories"),
          ...[...categories].map(([code, label]) => [code, this.name(label)] as const),
        ],
        (category) => this.sift({ category }),
      )}
      ${pick(
        "verdict",
        this.sieve.verdict,
        [
          any("all_verdicts"),
          ...VERDICTS.map((code) => [code, this.t(`filefilter.verdict_${code}`)] as const),
        ],
        (verdict) => this.sift({ verdict: verdict as Sieve["verdict"] }),
      )}
      ${
        themes.length > 0
          ? pick(
              "theme",
              this.sieve.theme,
              [
                any("all_themes"),
                ...themes.map((theme) => [theme.code, this.tx(theme.label)] as const),
              ],
              (theme) => this.sift({ theme }),
            )
          : nothing
      }
    </div>`;
  }

  private groups(items: readonly UnitIndicator[]): [string, UnitIndicator[]][] {
    const sorted = ordered(items, this.order, (item) => this.name(item.name), this.locale);
    if (this.order !== "category" && this.order !== "problems") return [["", sorted]];
    const groups = new Map<string, UnitIndicator[]>();
    for (const item of sorted) {
      const title =
        this.order === "category"
          ? this.name(item.category.label)
          : this.t(`value.group_${rank(item)}`);
      const list = groups.get(title);
      if (list) list.push(item);
      else groups.set(title, [item]);
    }
    return [...groups];
  }

  private row(item: UnitIndicator) {
    const open = this.open === item.code;
    const toggle = () => {
      this.open = open ? null : item.code;
    };
    return html`<button class="row" data-code=${item.code} data-value=${item.value ?? nothing} aria-expanded=${open} @click=${toggle}>
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
      ${item.via === "block" ? html`<p><span class="chip">${this.t("value.private")}</span> ${this.t("value.via_block")}</p>` : nothing}
      ${item.via === "rollup" ? html`<p>${this.t("value.rollup")}</p>` : nothing}
      ${item.conflict ? html`<p>${this.t("value.conflict", { n: item.sources })}</p>` : nothing}
      ${place ? html`<p class="num">${place}</p>` : nothing}
      ${item.note ? html`<p>${item.note}</p>` : nothing}
      <cim-peers .session=${session} .item=${item}></cim-peers>
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
