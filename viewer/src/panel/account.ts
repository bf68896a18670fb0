/** Who is signed in: a small button on the bar, and behind it roles, districts, and the way out. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { signInAddress } from "../account.ts";
import type { Me } from "../api.ts";
import { base } from "../style/base.ts";
import { icon } from "./icons.ts";
import { arrowKeys, Panel } from "./panel.ts";

/** Districts that are named in the menu; more are counted. */
const MOST = 8;
const EVERYWHERE = "*";

export class AccountButton extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    open: { state: true },
    names: { state: true },
    failed: { state: true },
  };
  declare open: boolean;
  /** names of districts by their ids, as far as they were asked for */
  declare names: ReadonlyMap<string, string>;
  declare failed: boolean;

  static override styles = [
    base,
    css`
      :host {
        position: relative;
      }
      .who {
        display: inline-flex;
        align-items: center;
        gap: 0.375rem;
        height: 2rem;
        max-width: 9rem;
        padding: 0 0.5rem;
        border-radius: 0.5625rem;
        color: var(--ink-2);
        font-size: 0.8125rem;
        font-weight: 600;
      }
      .who:hover,
      .who[aria-expanded="true"] {
        background: var(--raise-2);
        color: var(--ink);
      }
      .who svg {
        flex: none;
        width: 1.125rem;
        height: 1.125rem;
      }
      .who span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .menu {
        position: absolute;
        top: calc(100% + 0.75rem);
        right: 0;
        z-index: 6;
        width: 17rem;
        max-width: calc(100vw - 1.5rem);
        padding: 0.875rem 0.5rem 0.5rem;
        background: var(--panel-solid);
      }
      .head,
      dl,
      .wrong {
        margin: 0;
        padding: 0 0.75rem;
      }
      .head {
        font-size: 1rem;
        font-weight: 650;
        overflow-wrap: anywhere;
      }
      dt {
        margin-top: 0.5rem;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      dd {
        margin: 0;
      }
      .acts {
        display: grid;
        margin-top: 0.75rem;
        padding-top: 0.5rem;
        border-top: 1px solid var(--line);
      }
      .acts > * {
        padding: 0.4375rem 0.75rem;
        border-radius: 0.5rem;
        color: inherit;
        font-weight: 550;
        text-align: left;
        text-decoration: none;
      }
      .acts > :hover {
        background: var(--raise-2);
      }
      .wrong {
        color: var(--high);
        font-size: 0.8125rem;
      }
      @container (max-width: 1480px) {
        .who span {
          display: none;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.open = false;
    this.names = new Map();
    this.failed = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("pointerdown", this.onOutside);
  }

  override render() {
    const { account, standing } = this.session;
    const { me } = account;
    if (!me || !account.named || !standing.ownsWindow || standing.framed) return nothing;
    if (!me.signed_in) return nothing; // the card in the middle leads to the sign-in
    const name = me.name ?? "";
    return html`<button
        class="who"
        aria-haspopup="true"
        aria-expanded=${this.open}
        aria-label=${this.t("account.of", { name })}
        title=${this.t("account.of", { name })}
        @click=${() => this.fold(!this.open)}
      >
        ${icon("person")} <span>${name}</span>
      </button>
      ${this.open ? this.menu(me) : nothing}`;
  }

  private menu(me: Me) {
    const { base: at } = this.session.client;
    const roles = me.roles.map((role) => this.t(`account.role_${role}`));
    return html`<div class="menu card" role="group" aria-label=${this.t("account.menu")} @keydown=${this.onKey}>
      <p class="head">${me.name}</p>
      <dl>
        <dt>${this.t("account.roles")}</dt>
        <dd>${roles.join(this.t("account.and")) || this.t("account.no_roles")}</dd>
        <dt>${this.t("account.districts")}</dt>
        <dd>${this.places(me.districts)}</dd>
      </dl>
      ${this.failed ? html`<p class="wrong" role="alert">${this.t("account.still_in")}</p>` : nothing}
      <div class="acts">
        <a href="${at}/releases" target="_blank" rel="noopener">${this.t("account.releases")}</a>
        <a href="${at}/docs" target="_blank" rel="noopener">${this.t("account.docs")}</a>
        ${me.via === "session" ? html`<button @click=${() => this.leave()}>${this.t("account.sign_out")}</button>` : nothing}
      </div>
    </div>`;
  }

  private places(districts: string[]): string {
    if (districts.includes(EVERYWHERE)) return this.t("account.everywhere");
    if (districts.length === 0) return this.t("account.nowhere");
    const shown = districts.slice(0, MOST).map((id) => this.names.get(id) ?? id);
    const more = districts.length - shown.length;
    const list = shown.join(this.t("account.and"));
    return more > 0 ? this.t("account.more", { list, n: more }) : list;
  }

  private fold(open: boolean): void {
    this.open = open;
    this.failed = false;
    if (open) {
      addEventListener("pointerdown", this.onOutside);
      void this.nameDistricts();
    } else removeEventListener("pointerdown", this.onOutside);
  }

  private async nameDistricts(): Promise<void> {
    const asked = (this.session.account.me?.districts ?? []).slice(0, MOST);
    const wanted = asked.filter((id) => id !== EVERYWHERE && !this.names.has(id));
    const none = { year: null, system: null };
    const units = await Promise.allSettled(wanted.map((id) => this.session.client.unit(id, none)));
    const found = new Map(this.names);
    for (const one of units) {
      if (one.status === "fulfilled") found.set(one.value.id, this.tx(one.value.label));
    }
    this.names = found;
  }

  private async leave(): Promise<void> {
    const { client, account } = this.session;
    try {
      // the answer leads to the page of the sign-in, which forgets where one was
      const answer = await fetch(`${client.base}/auth/sign-out`, {
        method: "POST",
        redirect: "manual",
      });
      if (answer.type !== "opaqueredirect" && !answer.ok) throw new Error(String(answer.status));
    } catch {
      this.failed = true;
      return;
    }
    const back = `${location.pathname}${location.search}`;
    location.assign(signInAddress(account.me, client.base, back) ?? back);
  }

  private readonly onOutside = (event: Event) => {
    if (!event.composedPath().includes(this)) this.fold(false);
  };

  private readonly onKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return arrowKeys(event);
    event.stopPropagation();
    this.fold(false);
    this.renderRoot.querySelector<HTMLElement>(".who")?.focus();
  };
}
