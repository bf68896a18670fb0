/** Three calm steps for whoever is here for the first time: colours, places, sources. */
import { css, html, type PropertyDeclarations } from "lit";
import { base } from "../../style/base.ts";
import { dialogs } from "../../style/dialog.ts";
import { type IconName, icon } from "../icons.ts";
import { Panel } from "../panel.ts";

const STEPS: readonly (readonly [string, IconName])[] = [
  ["colours", "paint"],
  ["places", "target"],
  ["sources", "link"],
];

export class GuideDialog extends Panel {
  static override properties: PropertyDeclarations = { ...Panel.properties, at: { state: true } };
  declare at: number;

  static override styles = [
    base,
    dialogs,
    css`
      dialog {
        width: min(29rem, calc(100cqw - 2rem));
      }
      .sign {
        display: grid;
        place-items: center;
        flex: none;
        width: 2.75rem;
        height: 2.75rem;
        border-radius: 0.875rem;
        background: var(--accent-soft);
        color: var(--accent);
      }
      .sign svg {
        width: 1.5rem;
        height: 1.5rem;
      }
      .step {
        display: flex;
        gap: 1rem;
        margin-top: 0.75rem;
        min-height: 7rem;
      }
      .step p {
        margin-top: 0.25rem;
        line-height: 1.6;
        color: var(--ink-2);
      }
      .colours {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1rem;
        margin-top: 0.625rem;
        font-size: 0.8125rem;
        font-weight: 600;
      }
      .colours span {
        display: inline-flex;
        align-items: center;
        gap: 0.375rem;
      }
      .colours i {
        width: 0.75rem;
        height: 0.75rem;
        border-radius: 50%;
        background: var(--paint);
      }
      .dots {
        display: flex;
        gap: 0.375rem;
        margin-right: auto;
      }
      .dots i {
        width: 0.5rem;
        height: 0.5rem;
        border-radius: 50%;
        background: var(--line-2);
      }
      .dots i.now {
        width: 1.125rem;
        border-radius: 0.25rem;
        background: var(--accent);
      }
    `,
  ];

  constructor() {
    super();
    this.at = 0;
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector("dialog")?.showModal?.();
    this.renderRoot.querySelector<HTMLElement>(".solid")?.focus();
  }

  private end(): void {
    this.renderRoot.querySelector("dialog")?.close();
  }

  override render() {
    const [name, sign] = STEPS[this.at] ?? ["colours", "paint"];
    const last = this.at === STEPS.length - 1;
    const told = { n: this.at + 1, of: STEPS.length };
    return html`<dialog
      aria-label=${this.t("guide.title")}
      @close=${() => this.dispatchEvent(new Event("close"))}
    >
      <div class="top">
        <span class="eyebrow num">${this.t("guide.step", told)}</span>
        <button class="icon" aria-label=${this.t("guide.skip")} @click=${this.end}>
          ${icon("close")}
        </button>
      </div>
      <div class="step" aria-live="polite">
        <span class="sign">${icon(sign)}</span>
        <div>
          <h2>${this.t(`guide.${name}`)}</h2>
          <p>${this.t(`guide.${name}_what`)}</p>
          ${name === "colours" ? this.colours() : ""}
        </div>
      </div>
      <div class="foot">
        <span class="dots" aria-hidden="true">
          ${STEPS.map((_, i) => html`<i class=${i === this.at ? "now" : ""}></i>`)}
        </span>
        ${
          this.at > 0
            ? html`<button class="plain" @click=${() => this.step(-1)}>${this.t("guide.back")}</button>`
            : html`<button class="plain" @click=${this.end}>${this.t("guide.skip")}</button>`
        }
        <button class="solid" @click=${() => (last ? this.end() : this.step(1))}>
          ${this.t(last ? "guide.begin" : "guide.next")}
        </button>
      </div>
    </dialog>`;
  }

  private step(by: number): void {
    this.at += by;
  }

  private colours() {
    const one = (paint: string, key: string) =>
      html`<span><i style="--paint:var(--${paint})"></i>${this.t(key)}</span>`;
    return html`<p class="colours">
      ${one("high", "guide.red")} ${one("warn", "guide.yellow")} ${one("good", "guide.normal")}
      ${one("void", "guide.unknown")}
    </p>`;
  }
}
