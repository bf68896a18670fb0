/** Troubles that come while the page stands open: what happened, what still holds, the way on. */
import { css, html, nothing } from "lit";
import { base } from "../../style/base.ts";
import { gravest, resourcesOf, type Trouble } from "../../trouble.ts";
import { icon } from "../icons.ts";
import { Panel } from "../panel.ts";

/** Between two looks whether a server that was away is back, milliseconds. */
const AGAIN_MS = 5000;

export class TroubleNote extends Panel {
  private timer = 0;
  /** the trouble that a person put aside; another one is told again */
  private aside: Trouble | null = null;

  static override styles = [
    base,
    css`
      .card {
        position: absolute;
        left: 50%;
        bottom: 4.5rem;
        transform: translateX(-50%);
        z-index: 7;
        display: flex;
        align-items: center;
        gap: 0.875rem;
        width: max-content;
        max-width: min(40rem, calc(100cqw - 2rem));
        padding: 0.75rem 0.75rem 0.75rem 1.125rem;
      }
      .said b {
        display: block;
        font-weight: 650;
      }
      .said span {
        font-size: 0.8125rem;
        color: var(--ink-2);
      }
      .solid {
        flex: none;
        padding: 0.4375rem 1rem;
        border-radius: 0.625rem;
        background: var(--accent);
        color: var(--on-accent);
        font-weight: 600;
      }
      @container (max-width: 760px) {
        .card {
          bottom: 5rem;
        }
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    removeEventListener("online", this.again);
  }

  private get answers() {
    const { session } = this;
    return resourcesOf(session, session.desks, session.planner, session.leader, session.shelf);
  }

  private get trouble(): Trouble | null {
    const { city, standing } = this.session;
    if (!city.value || standing.asksHere) return null; // the page itself says it
    return gravest(this.answers.flatMap((item) => (item.error ? [item.error] : [])));
  }

  /** Asks again for everything that failed; what did not fail is left as it is. */
  private readonly again = () => {
    for (const item of this.answers) if (item.error) item.retry();
    this.session.refresh();
  };

  protected override updated(): void {
    clearTimeout(this.timer);
    removeEventListener("online", this.again);
    if (this.trouble !== "offline") return;
    addEventListener("online", this.again);
    const waiting = this.answers.some((item) => item.loading);
    if (!waiting) this.timer = window.setTimeout(this.again, AGAIN_MS);
  }

  override render() {
    const { trouble } = this;
    if (!trouble) this.aside = null;
    if (!trouble || trouble === this.aside) return nothing;
    const reload = trouble === "model" || trouble === "sign_in";
    return html`<div class="card" role="alert" data-trouble=${trouble}>
      <span class="said"
        ><b>${this.t(`trouble.${trouble}`)}</b><span>${this.t(`trouble.${trouble}_way`)}</span></span
      >
      <button class="solid" @click=${() => (reload ? location.reload() : this.again())}>
        ${this.t(reload ? "trouble.reload" : "app.retry")}
      </button>
      <button
        class="icon"
        aria-label=${this.t("app.close")}
        @click=${() => {
          this.aside = trouble;
          this.requestUpdate();
        }}
      >
        ${icon("close")}
      </button>
    </div>`;
  }
}
