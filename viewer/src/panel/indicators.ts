/** The list of indicators: systems, the strip of categories, search, the choice. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { Indicator } from "../api.ts";
import { PLAIN } from "../choice.ts";
import { standardText } from "../legend.ts";
import { base } from "../style/base.ts";
import { icon } from "./icons.ts";
import { arrowKeys, Panel } from "./panel.ts";

export class IndicatorList extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    category: { state: true },
    query: { state: true },
  };
  declare category: string | null;
  declare query: string;

  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .card {
        display: flex;
        flex-direction: column;
        min-height: 0;
        flex: 1;
        overflow: hidden;
      }
      .head {
        padding: 0.875rem 0.875rem 0.625rem;
        display: grid;
        gap: 0.625rem;
      }
      .search {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        padding: 0 0.625rem;
        height: 2.125rem;
        border-radius: 0.625rem;
        background: var(--raise);
        color: var(--ink-3);
      }
      .search:focus-within {
        box-shadow: 0 0 0 2px var(--accent);
      }
      .search svg {
        width: 1rem;
        height: 1rem;
      }
      .search input {
        flex: 1;
        min-width: 0;
        border: 0;
        outline: 0;
        background: none;
        color: var(--ink);
        font-size: 0.8125rem;
      }
      .search input::placeholder {
        color: var(--ink-3);
      }
      select {
        width: 100%;
      }
      .strip {
        display: flex;
        flex-wrap: wrap;
        gap: 0.3125rem;
      }
      .strip button {
        padding: 0.125rem 0.5625rem;
        border-radius: 1rem;
        font-size: 0.75rem;
        font-weight: 500;
        color: var(--ink-2);
        background: var(--raise);
      }
      .strip button:hover {
        background: var(--raise-2);
      }
      .strip button[aria-pressed="true"] {
        background: var(--ink);
        color: var(--panel-solid);
      }
      .list {
        flex: 1;
        min-height: 6rem;
        padding: 0 0.5rem 0.5rem;
      }
      .group {
        padding: 0.625rem 0.5rem 0.25rem;
        position: sticky;
        top: 0;
        background: linear-gradient(var(--panel-solid) 70%, transparent);
        z-index: 1;
      }
      .item {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0 0.625rem;
        width: 100%;
        padding: 0.4375rem 0.5rem;
        border-radius: 0.5625rem;
        line-height: 1.35;
      }
      .item:hover {
        background: var(--raise);
      }
      .item[aria-selected="true"] {
        background: var(--accent-soft);
        color: var(--accent);
        font-weight: 600;
      }
      .item .std {
        font-size: 0.75rem;
        font-weight: 400;
        color: var(--ink-3);
        align-self: center;
      }
      .item.empty {
        color: var(--ink-3);
      }
      .none {
        padding: 1.5rem 0.75rem;
        color: var(--ink-3);
        text-align: center;
      }
      @container (max-height: 820px) {
        .head {
          padding: 0.625rem 0.75rem 0.375rem;
          gap: 0.375rem;
        }
        .strip {
          flex-wrap: nowrap;
          overflow-x: auto;
          scrollbar-width: none;
        }
        .strip button {
          flex: none;
        }
        .list {
          min-height: 4rem;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.category = null;
    this.query = "";
  }

  override render() {
    return html`<section class="card" aria-label=${this.t("indicators.title")}>
      <div class="head">
        ${this.systems()}
        <label class="search">
          ${icon("search")}
          <span class="hidden">${this.t("indicators.search")}</span>
          <input
            type="search"
            placeholder=${this.t("indicators.search")}
            .value=${this.query}
            @input=${(event: Event) => {
              this.query = (event.target as HTMLInputElement).value;
            }}
          />
        </label>
        ${this.strip()}
      </div>
      ${this.list()}
    </section>`;
  }

  private systems() {
    const { session } = this;
    const systems = session.city.value?.systems ?? [];
    if (systems.length < 2) return nothing;
    return html`<label class="system">
      <span class="hidden">${this.t("indicators.systems")}</span>
      <select
        @change=${(event: Event) => {
          this.category = null;
          session.store.set({ system: (event.target as HTMLSelectElement).value, indicator: null });
        }}
      >
        ${systems.map(
          (item) => html`<option value=${item.id} ?selected=${item.id === session.choice.system}>
            ${this.tx(item.label)}
          </option>`,
        )}
      </select>
    </label>`;
  }

  private categories() {
    const seen = new Map<string, Indicator["category"]>();
    for (const item of this.session.indicators.value ?? []) {
      if (!seen.has(item.category.code)) seen.set(item.category.code, item.category);
    }
    return [...seen.values()];
  }

  private strip() {
    const all = this.categories();
    if (all.length < 2) return nothing;
    const chip = (code: string | null, label: string) => html`<button
      aria-pressed=${this.category === code}
      @click=${() => {
        this.category = code;
      }}
    >
      ${label}
    </button>`;
    return html`<div
      class="strip"
      role="group"
      aria-label=${this.t("indicators.categories")}
      @keydown=${arrowKeys}
    >
      ${chip(null, this.t("indicators.all"))}
      ${all.map((item) => chip(item.code, this.name(item.label)))}
    </div>`;
  }

  private matching(): Indicator[] {
    const asked = this.query.trim().toLowerCase();
    return (this.session.indicators.value ?? []).filter((item) => {
      if (this.category !== null && item.category.code !== this.category) return false;
      if (!asked) return true;
      return [item.name.zh, item.name.en, item.code].some((text) =>
        (text ?? "").toLowerCase().includes(asked),
      );
    });
  }

  private list() {
    const found = this.matching();
    if (found.length === 0) {
      const busy = this.session.indicators.loading || this.session.city.loading;
      return html`<p class="none">${this.t(busy ? "app.loading" : "indicators.none")}</p>`;
    }
    const groups = this.categories()
      .map((group) => ({
        group,
        items: found.filter((item) => item.category.code === group.code),
      }))
      .filter(({ items }) => items.length > 0);
    return html`<div
      class="list scroll"
      role="listbox"
      aria-label=${this.t("indicators.title")}
      @keydown=${arrowKeys}
    >
      ${groups.map(
        ({ group, items }) => html`
          <h2 class="group eyebrow" role="presentation">${this.name(group.label)}</h2>
          ${items.map((item) => this.item(item))}
        `,
      )}
    </div>`;
  }

  private item(item: Indicator) {
    const { session } = this;
    const chosen = item.code === session.choice.indicator?.code;
    const standard = standardText(
      item.standard,
      item.unit && this.coded("unit", item.unit),
      this.locale,
    );
    const empty = item.levels.length === 0;
    return html`<button
      class="item ${empty ? "empty" : ""}"
      role="option"
      aria-selected=${chosen}
      title=${empty ? this.t("indicators.without_data") : (item.formula ?? "")}
      @click=${() => session.store.set({ indicator: chosen ? PLAIN : item.code })}
    >
      <span>${this.name(item.name)}</span>
      <span class="std num"
        >${empty ? this.t("indicators.no_data_short") : (standard ?? nothing)}</span
      >
    </button>`;
  }
}
