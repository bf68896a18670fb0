/** One field to find a unit by label, address or id, or an indicator; also what is not on the screen. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { Indicator, Page, UnitItem } from "../../api.ts";
import { Resource } from "../../resource.ts";
import { base } from "../../style/base.ts";
import { icon } from "../icons.ts";
import { Panel } from "../panel.ts";

const WAIT_MS = 180;
const UNITS = 8;
const INDICATORS = 4;

export class FindBox extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    text: { state: true },
    at: { state: true },
  };
  declare text: string;
  /** place of the marked suggestion */
  declare at: number;
  private readonly units = new Resource<Page<UnitItem>>(() => this.requestUpdate());
  private timer = 0;

  constructor() {
    super();
    this.text = "";
    this.at = 0;
  }

  static override styles = [
    base,
    css`
      .field {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        height: 2.375rem;
        padding: 0 0.75rem;
        border-radius: 0.75rem;
        background: var(--raise);
        color: var(--ink-3);
      }
      .field:focus-within {
        box-shadow: inset 0 0 0 2px var(--accent);
      }
      .field svg {
        flex: none;
        width: 1rem;
        height: 1rem;
      }
      input {
        flex: 1;
        min-width: 0;
        border: 0;
        background: none;
        outline: none;
        color: var(--ink);
      }
      ul {
        margin: 0.375rem 0 0;
        padding: 0.25rem;
        border-radius: 0.75rem;
        background: var(--panel-solid);
        box-shadow: var(--shadow);
      }
      li {
        display: flex;
        justify-content: space-between;
        gap: 0.75rem;
        padding: 0.3125rem 0.5rem;
        border-radius: 0.5rem;
        cursor: pointer;
      }
      li[aria-selected="true"],
      li:hover {
        background: var(--accent-soft);
      }
      li span:first-child {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
    `,
  ];

  private ask(text: string): void {
    this.text = text;
    this.at = 0;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      const q = text.trim();
      if (!q) this.units.clear();
      else {
        this.units.load(q, (signal) => this.session.client.units({ q, limit: UNITS }, signal));
      }
      this.requestUpdate();
    }, WAIT_MS);
  }

  private indicators(): Indicator[] {
    const q = this.text.trim().toLowerCase();
    if (!q) return [];
    const fits = ({ code, name }: Indicator) =>
      [code, name.zh, name.en].some((word) => word.toLowerCase().includes(q));
    return (this.session.indicators.value ?? []).filter(fits).slice(0, INDICATORS);
  }

  private choices(): { key: string; name: string; kind: string; act: () => void }[] {
    const { session } = this;
    const units = this.text.trim() ? (this.units.value?.items ?? []) : [];
    return [
      ...units.map((unit) => ({
        key: unit.id,
        name: this.tx(unit.label) || unit.id,
        kind: this.tx(session.levelLabel(unit.level)),
        act: () => session.select(unit.id),
      })),
      ...this.indicators().map((item) => ({
        key: item.code,
        name: this.name(item.name),
        kind: this.t("find.indicator"),
        act: () => session.store.set({ indicator: item.code }),
      })),
    ];
  }

  private onKey(event: KeyboardEvent): void {
    const choices = this.choices();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && choices.length > 0) {
      event.preventDefault();
      this.at = (this.at + step + choices.length) % choices.length;
    }
    if (event.key === "Enter") choices[this.at]?.act();
    if (event.key === "Escape" && this.text) {
      event.stopPropagation();
      this.ask("");
    }
  }

  override render() {
    const choices = this.choices();
    return html`<label class="field">
        ${icon("search")}
        <input
          type="search"
          role="combobox"
          aria-expanded=${choices.length > 0}
          aria-controls="choices"
          aria-activedescendant=${choices.length > 0 ? `choice-${this.at}` : nothing}
          aria-label=${this.t("find.box")}
          placeholder=${this.t("find.box")}
          .value=${this.text}
          @input=${(event: InputEvent) => this.ask((event.target as HTMLInputElement).value)}
          @keydown=${this.onKey}
        />
      </label>
      ${this.list(choices)}`;
  }

  private list(choices: ReturnType<FindBox["choices"]>) {
    const total = this.units.value?.total ?? 0;
    if (!this.text.trim() || this.units.loading) return nothing;
    if (choices.length === 0) return html`<p class="small quiet">${this.t("find.nothing")}</p>`;
    return html`<ul id="choices" role="listbox" aria-label=${this.t("find.box")}>
        ${choices.map(
          (item, i) => html`<li
            id="choice-${i}"
            role="option"
            aria-selected=${i === this.at}
            data-key=${item.key}
            @click=${item.act}
          >
            <span>${item.name}</span><span class="small quiet">${item.kind}</span>
          </li>`,
        )}
      </ul>
      ${total > UNITS ? html`<p class="small quiet">${this.t("find.more", { n: this.count(total) })}</p>` : nothing}`;
  }
}
