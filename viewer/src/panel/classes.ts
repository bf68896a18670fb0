/** The legend as an editor: what is shown, how it is classed, in which colours. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { OverlayInfo } from "../api.ts";
import { yearsAt } from "../choice.ts";
import { PALETTES } from "../palette.ts";
import { base } from "../style/base.ts";
import { form } from "../style/form.ts";
import { AUTO, classesOf } from "../variant.ts";
import { Panel } from "./panel.ts";

const METHODS = ["quantiles", "natural", "equal", "deviations", "headtails"] as const;
/** Methods that choose the number of classes themselves. */
const FREE: readonly string[] = ["deviations", "headtails"];
const FEWEST = 2;
const MOST = 9;

export class ClassEditor extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    info: { attribute: false },
    open: { state: true },
  };
  declare info: OverlayInfo;
  declare open: boolean;

  static override styles = [
    base,
    form,
    css`
      :host {
        margin-top: 0.5rem;
      }
      .opener {
        font-size: 0.75rem;
        font-weight: 550;
        color: var(--accent);
      }
      .editor {
        display: grid;
        gap: 0.5rem;
        margin-top: 0.5rem;
        padding: 0.625rem;
        border-radius: 0.75rem;
        background: var(--raise);
      }
      .line {
        display: grid;
        grid-template-columns: 3.5rem 1fr;
        gap: 0.5rem;
        align-items: center;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      select {
        width: 100%;
        height: 1.75rem;
        background-color: var(--panel-solid);
      }
      .step {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        color: var(--ink);
      }
      .step button {
        width: 1.625rem;
        height: 1.625rem;
        border-radius: 0.5rem;
        background: var(--panel-solid);
        text-align: center;
      }
      .step button:disabled {
        opacity: 0.4;
      }
      input[type="text"] {
        margin: 0;
        height: 1.75rem;
        background: var(--panel-solid);
      }
      .ramps {
        display: flex;
        gap: 0.25rem;
      }
      .ramps button {
        flex: 1;
        height: 1.375rem;
        border-radius: 0.375rem;
      }
      .ramps button[aria-pressed="true"] {
        box-shadow:
          0 0 0 2px var(--panel-solid),
          0 0 0 4px var(--accent);
      }
      label {
        display: flex;
        gap: 0.375rem;
        font-size: 0.75rem;
        color: var(--ink-2);
      }
      .switches {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1rem;
      }
    `,
  ];

  constructor() {
    super();
    this.open = false;
  }

  override render() {
    if (this.session.desks.supposing) return nothing;
    return html`<button
        class="opener"
        aria-expanded=${this.open}
        @click=${() => {
          this.open = !this.open;
        }}
      >
        ${this.t(this.open ? "classes.close" : "classes.open")}
      </button>
      ${this.open ? html`<div class="editor">${this.shown()} ${this.method()} ${this.breaks()} ${this.colours()} ${this.switches()}</div>` : nothing}`;
  }

  /** The indicator itself, its change, its distance from another one, or both with feelings. */
  private shown() {
    const { session } = this;
    const { indicator, level, year } = session.choice;
    if (!indicator || !level) return nothing;
    const years = yearsAt(indicator, [level]).filter((item) => item !== year);
    const others = (session.indicators.value ?? []).filter(
      (item) => item.code !== indicator.code && (item.columns[level] ?? []).includes(year ?? 0),
    );
    const { show } = session.state;
    const option = (value: string, text: string) =>
      html`<option value=${value} ?selected=${(show ?? "") === value}>${text}</option>`;
    return html`<div class="line">
      <span>${this.t("classes.show")}</span>
      <select
        data-field="show"
        aria-label=${this.t("classes.show")}
        @change=${(event: Event) =>
          session.store.set({ show: (event.target as HTMLSelectElement).value || null })}
      >
        ${option("", this.t("classes.show_value"))} ${option("pair", this.t("classes.show_pair"))}
        ${option("score", this.t("classes.show_score"))}
        ${years.length > 0 ? html`<optgroup label=${this.t("classes.show_year")}>${years.map((item) => option(`year-${item}`, this.t("classes.against", { name: item })))}</optgroup>` : nothing}
        ${others.length > 0 ? html`<optgroup label=${this.t("classes.show_with")}>${others.map((item) => option(`with-${item.code}`, this.t("classes.against", { name: this.name(item.name) })))}</optgroup>` : nothing}
      </select>
    </div>`;
  }

  private get plain(): boolean {
    return this.session.state.show === null;
  }

  private method() {
    if (!this.plain) return nothing;
    const { store, state } = this.session;
    const chosen = classesOf(state.classes);
    const method = typeof chosen?.["method"] === "string" ? chosen["method"] : chosen ? "at" : "";
    const k = typeof chosen?.["k"] === "number" ? chosen["k"] : this.info.legend.classes.length;
    const set = (name: string, count: number) =>
      store.set({ classes: name ? `${name}-${Math.min(MOST, Math.max(FEWEST, count))}` : null });
    const option = (value: string) => html`<option value=${value} ?selected=${method === value}>
      ${this.t(`classes.method_${value || "published"}`)}
    </option>`;
    return html`<div class="line">
        <span>${this.t("classes.method")}</span>
        <select
          data-field="method"
          aria-label=${this.t("classes.method")}
          @change=${(event: Event) => set((event.target as HTMLSelectElement).value, k)}
        >
          ${["", ...METHODS].map(option)} ${method === "at" ? option("at") : nothing}
        </select>
      </div>
      ${
        method && method !== "at" && !FREE.includes(method)
          ? html`<div class="line">
            <span>${this.t("classes.count")}</span>
            <span class="step num">
              <button aria-label=${this.t("classes.fewer")} ?disabled=${k <= FEWEST} @click=${() => set(method, k - 1)}>−</button>
              ${k}
              <button aria-label=${this.t("classes.more")} ?disabled=${k >= MOST} @click=${() => set(method, k + 1)}>+</button>
            </span>
          </div>`
          : nothing
      }`;
  }

  /** The breaks between classes as numbers that may be typed over. */
  private breaks() {
    if (!this.plain) return nothing;
    const inner = this.info.legend.classes
      .slice(1)
      .map((item) => item.from)
      .filter((value): value is number => value !== null);
    const text = inner.map((value) => String(Number(value.toPrecision(6)))).join(", ");
    return html`<div class="line">
      <span>${this.t("classes.breaks")}</span>
      <input
        type="text"
        data-field="breaks"
        inputmode="decimal"
        aria-label=${this.t("classes.breaks_what")}
        title=${this.t("classes.breaks_what")}
        .value=${text}
        @change=${(event: Event) => this.typed((event.target as HTMLInputElement).value)}
      />
    </div>`;
  }

  private typed(text: string): void {
    const parts = text.split(/[\s,;，；、]+/).filter(Boolean);
    const numbers = [...new Set(parts.map(Number))].sort((a, b) => a - b);
    const sound = numbers.length > 0 && numbers.length < MOST && numbers.every(Number.isFinite);
    if (sound) this.session.store.set({ classes: `at-${numbers.join(",")}` });
    else this.requestUpdate();
  }

  private colours() {
    const { store, state } = this.session;
    const fixed = ["difference", "places", "pair"].includes(this.info.legend.method);
    if (fixed) return nothing;
    const ramp = (name: string | null, colours: readonly string[]) => html`<button
      data-palette=${name ?? "published"}
      aria-pressed=${state.palette === name}
      aria-label=${this.t(`classes.palette_${name ?? "published"}`)}
      title=${this.t(`classes.palette_${name ?? "published"}`)}
      style="background:linear-gradient(90deg,${colours.join(",")})"
      @click=${() => store.set({ palette: name })}
    ></button>`;
    const own = ["#1d6a72", "#8dbcae", "#ecd9a8", "#cb7c48", "#9c4426"];
    return html`<div class="line">
      <span>${this.t("classes.palette")}</span>
      <span class="ramps">
        ${ramp(null, own)} ${Object.entries(PALETTES).map(([name, colours]) => ramp(name, colours))}
      </span>
    </div>`;
  }

  private switches() {
    const { store, state, choice } = this.session;
    const tick = (key: string, on: boolean, set: (on: boolean) => void) => html`<label>
      <input
        type="checkbox"
        data-switch=${key}
        .checked=${on}
        @change=${(event: Event) => set((event.target as HTMLInputElement).checked)}
      />
      ${this.t(`classes.${key}`)}
    </label>`;
    return html`<div class="switches">
      ${tick("auto", state.level === AUTO, (on) => store.set({ level: on ? AUTO : choice.level }))}
      ${tick("prisms", state.solid === "prisms", (on) => store.set({ solid: on ? "prisms" : null }))}
    </div>`;
  }
}
