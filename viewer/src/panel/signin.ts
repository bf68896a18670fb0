/** The server wants to know who asks: a calm card with the way to the sign-in, and back. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { signInAddress } from "../account.ts";
import { base } from "../style/base.ts";
import { icon } from "./icons.ts";
import { Panel } from "./panel.ts";

/** Between two looks whether somebody has signed in elsewhere, milliseconds. */
const LOOK_MS = 3000;
/** Where a sign-in in a tab of its own ends. */
const DONE = "/auth/signed-in";

export class SignInCard extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    aside: { state: true },
  };
  /** put away by a person, who copies what they typed, say */
  declare aside: boolean;
  private timer = 0;

  static override styles = [
    base,
    css`
      .card {
        position: absolute;
        left: 50%;
        top: 42%;
        transform: translate(-50%, -50%);
        z-index: 8;
        width: min(27rem, calc(100vw - 2rem));
        padding: 1.5rem 1.75rem;
        background: var(--panel-solid);
      }
      .aside {
        top: auto;
        bottom: 4.5rem;
        transform: translateX(-50%);
        width: max-content;
        padding: 0.625rem 1rem;
      }
      h2 {
        margin-bottom: 0.375rem;
        font-size: 1.25rem;
        font-weight: 650;
      }
      .acts {
        display: flex;
        align-items: center;
        gap: 1rem;
        margin-top: 1.125rem;
      }
      .solid {
        display: inline-flex;
        align-items: center;
        gap: 0.5rem;
        padding: 0.5rem 1.25rem;
        border-radius: 0.625rem;
        background: var(--accent);
        color: var(--on-accent);
        font-weight: 600;
        text-decoration: none;
      }
      .solid svg {
        width: 1.125rem;
        height: 1.125rem;
      }
    `,
  ];

  constructor() {
    super();
    this.aside = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(this.look, LOOK_MS);
    addEventListener("focus", this.look);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    removeEventListener("focus", this.look);
  }

  /** Goes on as soon as somebody is signed in; what failed is asked for again. */
  private readonly look = async () => {
    const { session } = this;
    if (!(await session.account.read()) || !session.standing.asksHere) return;
    session.standing.take(session.client.token);
    session.retry();
  };

  /** Whether there is a page to lose: then the sign-in opens beside it. */
  private get begun(): boolean {
    return this.session.city.value !== null;
  }

  override render() {
    if (this.aside) {
      return html`<div class="card aside">
        <button class="link" @click=${() => this.put(false)}>${this.t("account.sign_in")}</button>
      </div>`;
    }
    const title = this.begun ? "account.ended" : "account.please";
    return html`<section class="card" role="alert">
      <h2>${this.t(title)}</h2>
      <p>${this.t(`${title}_way`)}</p>
      <div class="acts">
        ${this.door()}
        ${this.begun ? html`<button class="link" @click=${() => this.put(true)}>${this.t("account.later")}</button>` : nothing}
      </div>
    </section>`;
  }

  private door() {
    const { account, client } = this.session;
    const here = `${location.pathname}${location.search}${location.hash}`;
    const way = signInAddress(account.me, client.base, this.begun ? DONE : here);
    if (way === null) {
      return html`<button class="solid" @click=${() => location.reload()}>${this.t("account.platform")}</button>`;
    }
    return html`<a class="solid" href=${way} target=${this.begun ? "_blank" : nothing}>
      ${icon("person")} ${this.t("account.sign_in")}
    </a>`;
  }

  private put(aside: boolean): void {
    this.aside = aside;
  }
}
