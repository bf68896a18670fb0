/** Values of a unit on which sources disagree, and the decision between them. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { actorFits, actorName, rememberActor } from "../actor.ts";
import type { ConflictPage, Decision, UnitIndicator, ValueRecord } from "../api.ts";
import { base } from "../style/base.ts";
import { form } from "../style/form.ts";
import { refusal } from "../worksteps.ts";
import { askWho } from "./askwho.ts";
import { Panel } from "./panel.ts";

type Way = "adopt" | "adjust";

function path(address: string): string {
  return `/api/v1/values/${address.split("/").map(encodeURIComponent).join("/")}`;
}

export class ConflictCard extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    item: { attribute: false },
    way: { state: true },
    record: { state: true },
    decision: { state: true },
    said: { state: true },
  };
  declare item: UnitIndicator;
  declare way: Way | null;
  declare record: ValueRecord | null;
  declare decision: Decision | null;
  declare said: { key: string; done: boolean } | null;
  private asked = "";

  static override styles = [
    base,
    form,
    css`
      article {
        padding: 0.75rem 0.875rem;
        border-radius: 0.75rem;
        background: var(--raise);
        margin-bottom: 0.5rem;
      }
      h4 {
        margin: 0;
        font-size: 0.875rem;
        font-weight: 650;
      }
      li {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0 0.75rem;
        padding: 0.3125rem 0;
        border-top: 1px solid var(--line);
        font-size: 0.8125rem;
      }
      ul {
        margin-top: 0.375rem;
      }
      li .quiet {
        font-weight: 400;
        font-size: 0.75rem;
      }
      .now {
        font-weight: 600;
      }
      form {
        display: grid;
        gap: 0.5rem;
        margin-top: 0.5rem;
      }
      .pick {
        display: flex;
        gap: 0.5rem;
        font-size: 0.8125rem;
      }
    `,
  ];

  constructor() {
    super();
    this.way = null;
    this.record = null;
    this.decision = null;
    this.said = null;
  }

  protected override willUpdate(): void {
    const address = this.item.address ?? "";
    if (address === this.asked) return;
    this.asked = address;
    this.record = null;
    this.decision = null;
    this.said = null;
    void this.read(address);
  }

  private async read(address: string): Promise<void> {
    const { client, choice, state } = this.session;
    try {
      const query = { year: choice.year, indicator: this.item.code, unit: state.selection };
      const [record, page] = await Promise.all([
        client.value(address),
        client.json<ConflictPage>("/api/v1/conflicts", query),
      ]);
      if (address !== this.asked) return;
      this.record = record;
      this.decision = page.items.find((one) => one.address === record.address)?.decision ?? null;
    } catch {
      this.said = { key: "error.address", done: false };
    }
  }

  override render() {
    const { item, record } = this;
    return html`<article data-code=${item.code}>
      <h4>${this.name(item.name)}</h4>
      ${record ? this.candidates(record) : this.said ? nothing : html`<p class="quiet">${this.t("app.loading")}</p>`}
      ${record ? this.decided() : nothing}
      ${record && this.way ? this.form(record, this.way) : nothing}
      ${this.said ? html`<p class="said ${this.said.done ? "done" : ""}" role="status">${this.t(this.said.key)}</p>` : nothing}
    </article>`;
  }

  private candidates(record: ValueRecord) {
    return html`<ul>
      ${record.candidates.map(
        (one) => html`<li class=${one.adopted ? "now" : ""}>
          <span>${this.source(one.source)}</span>
          <span class="num">${this.amount(one.value, record.unit, one.state)}</span>
          <span class="quiet">${[one.place, one.note].filter(Boolean).join(" · ")}</span>
          <span class="quiet">${one.adopted ? this.t("conflict.in_use") : nothing}</span>
        </li>`,
      )}
    </ul>`;
  }

  private decided() {
    const { decision } = this;
    const turn = (way: Way) => html`<button
      class="act"
      data-way=${way}
      aria-pressed=${this.way === way}
      @click=${() => {
        this.way = this.way === way ? null : way;
        this.said = null;
      }}
    >
      ${this.t(`conflict.${way}`)}
    </button>`;
    const may = this.session.account.may("decide");
    const reader = html`<p class="small quiet others">${this.t("account.no_decide")}</p>`;
    if (!decision) {
      return may ? html`<div class="acts">${turn("adopt")} ${turn("adjust")}</div>` : reader;
    }
    const params = {
      source: this.source(decision.source),
      value: this.num(decision.value),
      who: decision.actor,
      date: this.date(decision.time),
    };
    return html`<p class="said done">
        ${this.t(`conflict.${decision.kind}_done`, params)} ${this.t("conflict.reason_was", { reason: decision.reason })}
        ${this.t("conflict.next_publication")}
      </p>
      ${
        may
          ? html`<div class="acts">
              ${turn("adopt")} ${turn("adjust")}
              <button class="act" data-way="withdraw" @click=${() => this.withdraw()}>${this.t("conflict.withdraw")}</button>
            </div>`
          : reader
      }`;
  }

  private form(record: ValueRecord, way: Way) {
    const sources = [...new Set(record.candidates.map((one) => one.source ?? ""))].filter(Boolean);
    return html`<form @submit=${(event: Event) => this.submit(event, way)}>
      ${
        way === "adopt"
          ? html`<div role="radiogroup" aria-label=${this.t("conflict.which")}>
              ${sources.map(
                (source) =>
                  html`<label class="pick"><input type="radio" name="source" required .value=${source} /> ${this.source(source)}</label>`,
              )}
            </div>`
          : html`<label class="field">${this.t("conflict.value", { unit: this.coded("unit", record.unit) })}
              <input type="number" name="value" step="any" required /></label>`
      }
      <label class="field">${this.t("conflict.reason")}<textarea name="reason" required maxlength="4000"></textarea></label>
      ${askWho(this.session, this.t("work.who"))}
      <div class="acts"><button class="act first" type="submit">${this.t("conflict.decide")}</button></div>
    </form>`;
  }

  private async submit(event: Event, kind: Way): Promise<void> {
    event.preventDefault();
    const told = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(told.get(name) ?? "").trim();
    const actor = text("actor");
    const { named } = this.session.account;
    if (!named && !actorFits(actor)) {
      this.said = { key: "work.name_wrong", done: false };
      return;
    }
    if (!named) rememberActor(actor);
    const value = kind === "adjust" ? Number(text("value")) : null;
    const body = { kind, source: text("source"), value, reason: text("reason") };
    await this.act("POST", body, actor);
  }

  private async withdraw(): Promise<void> {
    await this.act("DELETE", undefined, actorName());
  }

  private async act(method: "POST" | "DELETE", body: unknown, actor: string): Promise<void> {
    const { client, account } = this.session;
    try {
      const address = `${path(this.asked)}/decision`;
      const headers = { "if-match": this.seen, ...account.header(actor) };
      const made = await client.send<Decision>(method, address, body, headers);
      this.decision = method === "POST" ? made : null;
      this.way = null;
      this.said = method === "POST" ? null : { key: "conflict.withdrawn", done: true };
    } catch (error) {
      this.said = { key: refusal(error), done: false };
      if (this.said.key === "work.version_changed") await this.read(this.asked);
    }
  }

  /** The decision that stands here, as `If-Match` names it: one that came since is not undone. */
  private get seen(): string {
    return `"${this.decision?.version ?? "none"}"`;
  }
}
