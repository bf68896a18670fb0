/** Every shortcut, and the way back to the first steps. */
import { css, html } from "lit";
import { base } from "../../style/base.ts";
import { dialogs } from "../../style/dialog.ts";
import { icon } from "../icons.ts";
import { Panel } from "../panel.ts";

/** Keys by where they work; what they do is help.<name>. */
export const SHORTCUTS: Readonly<
  Record<string, readonly (readonly [string, readonly string[]])[]>
> = {
  everywhere: [
    ["help", ["?"]],
    ["escape", ["Esc"]],
    ["tab", ["Tab", "⇧ Tab"]],
    ["lists", ["↑", "↓", "Home", "End"]],
    ["back", ["Alt ←"]],
  ],
  map: [
    ["slide", ["←", "↑", "→", "↓"]],
    ["turn", ["⇧ ←", "⇧ →"]],
    ["tilt", ["⇧ ↑", "⇧ ↓"]],
    ["zoom", ["+", "−"]],
    ["home", ["Home"]],
  ],
  tour: [
    ["play", ["Space"]],
    ["step", ["←", "→"]],
    ["leave", ["Esc"]],
  ],
};

export class HelpDialog extends Panel {
  static override styles = [
    base,
    dialogs,
    css`
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0.375rem 1rem;
        align-items: baseline;
      }
      dt {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem;
      }
      kbd {
        min-width: 1.625rem;
        padding: 0.0625rem 0.4375rem;
        border-radius: 0.375rem;
        background: var(--raise-2);
        font: inherit;
        font-size: 0.75rem;
        font-weight: 600;
        text-align: center;
        white-space: nowrap;
      }
    `,
  ];

  private next: "close" | "guide" = "close";

  protected override firstUpdated(): void {
    this.renderRoot.querySelector("dialog")?.showModal?.();
  }

  /** The dialog tells that it is shut a moment later; what comes next is told then. */
  private say(kind: "close" | "guide"): void {
    this.next = kind;
    this.renderRoot.querySelector("dialog")?.close();
  }

  override render() {
    return html`<dialog
      aria-label=${this.t("help.title")}
      @close=${() => this.dispatchEvent(new Event(this.next))}
      @click=${(event: Event) => {
        if (event.target === event.currentTarget) this.say("close");
      }}
    >
      <div class="top">
        <h2>${this.t("help.title")}</h2>
        <button class="icon" aria-label=${this.t("app.close")} @click=${() => this.say("close")}>
          ${icon("close")}
        </button>
      </div>
      ${Object.entries(SHORTCUTS).map(
        ([part, rows]) => html`<h3>${this.t(`help.${part}`)}</h3>
          <dl>
            ${rows.map(
              ([name, keys]) => html`<dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt>
                <dd>${this.t(`help.${part}_${name}`)}</dd>`,
            )}
          </dl>`,
      )}
      <h3>${this.t("help.reader")}</h3>
      <p class="small">${this.t("help.reader_how")}</p>
      <div class="foot">
        <button class="solid" @click=${() => this.say("guide")}>${this.t("help.guide")}</button>
        <a class="link" href="${this.session.client.base}/releases" target="_blank" rel="noopener"
          >${this.t("account.releases")}</a
        >
      </div>
    </dialog>`;
  }
}
