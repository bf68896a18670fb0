/** Copies the link to this view; where the clipboard is closed it is shown to be taken by hand. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { linkOf } from "../pinned.ts";
import { base } from "../style/base.ts";
import { icon } from "./icons.ts";
import { Panel } from "./panel.ts";

const SAID_MS = 4000;

export class CopyLink extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    said: { state: true },
  };
  declare said: "copied" | "by hand" | null;
  private link = "";
  private timer = 0;

  static override styles = [
    base,
    css`
      :host {
        position: relative;
        display: inline-block;
      }
      .said {
        position: absolute;
        bottom: calc(100% + 0.75rem);
        left: 0;
        z-index: 3;
        width: max-content;
        max-width: min(26rem, 70cqw);
        padding: 0.5rem 0.875rem;
      }
      input {
        width: 22rem;
        max-width: 60cqw;
      }
    `,
  ];

  constructor() {
    super();
    this.said = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  private async copy(): Promise<void> {
    clearTimeout(this.timer);
    this.link = linkOf(this.session, location.href);
    try {
      await navigator.clipboard.writeText(this.link);
      this.said = "copied";
      this.timer = window.setTimeout(() => {
        this.said = null;
      }, SAID_MS);
    } catch {
      this.said = "by hand"; // no clipboard without https, or the reader said no
    }
  }

  private note() {
    if (this.said === null) return nothing;
    if (this.said === "copied") return html`<p class="said card">${this.t("pin.copied")}</p>`;
    return html`<label class="said card"
      >${this.t("pin.take")}
      <input
        readonly
        .value=${this.link}
        @focus=${(event: Event) => (event.target as HTMLInputElement).select()}
        @blur=${() => {
          this.said = null;
        }}
    /></label>`;
  }

  protected override updated(): void {
    if (this.said === "by hand") this.renderRoot.querySelector("input")?.focus();
  }

  override render() {
    return html`<button
        class="icon"
        data-open="link"
        aria-label=${this.t("pin.copy")}
        title=${this.t("pin.copy_what")}
        ?disabled=${!this.session.city.value}
        @click=${() => void this.copy()}
      >
        ${icon("link")}
      </button>
      <span role="status">${this.note()}</span>`;
  }
}
