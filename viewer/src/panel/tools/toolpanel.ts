/** What every tool's panel has: the bench it works on, and an end that leaves nothing behind. */
import { html, type PropertyDeclarations } from "lit";
import { base } from "../../style/base.ts";
import { form } from "../../style/form.ts";
import { toolStyle } from "../../style/tool.ts";
import type { Bench } from "../../tools/bench.ts";
import { numberOf, type Settings } from "../../tools/settings.ts";
import { icon } from "../icons.ts";
import { Panel } from "../panel.ts";

export class ToolPanel extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    bench: { attribute: false },
  };
  declare bench: Bench;
  static override styles = [base, form, toolStyle];
  private applied: string | null | undefined = undefined;
  private readonly again = () => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    this.bench.addEventListener("change", this.again);
    this.begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.bench.removeEventListener("change", this.again);
    this.end();
    this.bench.rest();
  }

  /** Called once when the tool opens, and once when it is left. */
  protected begin(): void {}
  protected end(): void {}

  /** Called when what the tool is set to differs from what was last put into the city. */
  protected apply(): void {}

  protected override updated(): void {
    if (!this.isConnected) return; // a last update after the tool was left
    const { toolSet, theme } = this.session.state;
    const now = `${toolSet}|${theme}`;
    if (this.applied === now) return;
    this.applied = now;
    this.apply();
  }

  protected get settings(): Settings {
    return this.bench.settings;
  }

  protected setting(key: string, standard: number, bounds: readonly [number, number]): number {
    return numberOf(this.settings, key, standard, bounds);
  }

  /** Metres as a person says them. */
  protected metres(value: number): string {
    const far = Math.abs(value) >= 10_000;
    const shown = far ? value / 1000 : value;
    const digits = far ? 2 : Math.abs(value) >= 1000 ? 0 : 1;
    const text = shown.toLocaleString(this.locale, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    return `${text} ${far ? "km" : "m"}`;
  }

  protected squareMetres(value: number): string {
    const wide = value >= 1_000_000;
    const shown = wide ? value / 1_000_000 : value;
    const text = shown.toLocaleString(this.locale, { maximumFractionDigits: wide ? 3 : 0 });
    return `${text} ${wide ? "km²" : "m²"}`;
  }

  protected degrees(value: number): string {
    return `${value.toLocaleString(this.locale, { maximumFractionDigits: 1 })}°`;
  }

  /** For those without a mouse: the middle of the free view is the place. */
  protected middleButton() {
    return html`<button class="act middle" @click=${() => this.bench.takeMiddle()}>
      ${this.t("tools.middle")}
    </button>`;
  }

  /** A slider with its value in words. */
  protected slider(
    label: string,
    shown: string,
    range: { name: string; value: number; low: number; high: number; step: number },
    put: (value: number) => void,
  ) {
    const { name, value, low, high, step } = range;
    return html`<label class="slide">
      <span>${label}</span><output>${shown}</output>
      <input
        type="range"
        name=${name}
        min=${low}
        max=${high}
        step=${step}
        .value=${String(value)}
        @input=${(event: Event) => put(Number((event.target as HTMLInputElement).value))}
      />
    </label>`;
  }

  protected segments<T extends string>(
    name: string,
    items: readonly T[],
    now: T,
    put: (item: T) => void,
  ) {
    return html`<div class="segments" role="group" aria-label=${this.t(name)}>
      ${items.map(
        (item) => html`<button
          data-choice=${item}
          aria-pressed=${item === now}
          @click=${() => put(item)}
        >
          ${this.t(`${name}.${item}`)}
        </button>`,
      )}
    </div>`;
  }

  protected iconButton(key: string, name: Parameters<typeof icon>[0], act: () => void) {
    return html`<button class="icon" aria-label=${this.t(key)} title=${this.t(key)} @click=${act}>
      ${icon(name)}
    </button>`;
  }
}

/** Hands a text to the person as a file. */
export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
