/** The desk of one problem or project: where it stands, what may come next, what was done. */
import { html, nothing, type PropertyDeclarations } from "lit";
import { actorFits, rememberActor } from "../actor.ts";
import type { WorkAction, Workflow } from "../api.ts";
import { base } from "../style/base.ts";
import { form } from "../style/form.ts";
import { workLook } from "../style/work.ts";
import { asksNothing, lacking, refusal, type StepForm, stepBody } from "../worksteps.ts";
import { askWho } from "./askwho.ts";
import { icon } from "./icons.ts";
import { Panel } from "./panel.ts";

const EMPTY: StepForm = { note: "", department: "", deadline: "" };
const DAY = 10;
const MINUTE = 16;

export class WorkDesk extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    kind: { type: String },
    item: {},
    department: {},
    now: { state: true },
    chosen: { state: true },
    said: { state: true },
    sending: { state: true },
  };
  declare kind: "problem" | "project";
  /** id of the problem or project */
  declare item: string;
  /** the department that the rule proposes */
  declare department: string;
  declare now: Workflow | null;
  declare chosen: string | null;
  declare said: { key: string; detail: string; done: boolean } | null;
  declare sending: boolean;
  private fields: StepForm = EMPTY;

  static override styles = [base, form, workLook];

  constructor() {
    super();
    this.kind = "problem";
    this.now = null;
    this.chosen = null;
    this.said = null;
    this.sending = false;
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has("item")) return;
    this.now = null;
    this.chosen = null;
    this.said = null;
    void this.read();
  }

  private get path(): string {
    return `/api/v1/${this.kind}s/${encodeURIComponent(this.item)}/workflow`;
  }

  private async read(): Promise<void> {
    const { item } = this;
    try {
      const now = await this.session.client.json<Workflow>(this.path);
      if (item === this.item) this.now = now;
    } catch (error) {
      this.say("work.unread", error);
    }
  }

  private say(key: string, error: unknown = "", done = false): void {
    this.said = { key, detail: error ? String(error) : "", done };
  }

  override render() {
    const { now } = this;
    if (!now) {
      return this.said ? this.message() : html`<p class="quiet">${this.t("app.loading")}</p>`;
    }
    const action = now.actions.find((one) => one.code === this.chosen) ?? null;
    return html`${this.standing(now)} ${this.actions(now)} ${action ? this.form(action) : nothing}
      ${this.message()} ${this.asked(now)} ${this.history(now)}`;
  }

  private standing(now: Workflow) {
    const closed = now.state === "verified";
    const { department, deadline } = now.fields;
    return html`<div class="standing ${closed ? "closed" : ""}">
      ${closed ? icon("check") : nothing}
      <b>${this.name(now.label)}</b>
      ${department ? html`<span>${department}</span>` : nothing}
      ${deadline ? html`<span class="num">${this.t("file.deadline", { date: this.date(deadline) })}</span>` : nothing}
    </div>`;
  }

  private actions(now: Workflow) {
    if (now.actions.length === 0) return nothing;
    const may = ({ code }: WorkAction) => this.session.account.mayStep(`${this.kind}.${code}`);
    const open = now.actions.filter(may);
    const others = now.actions
      .filter((action) => !may(action))
      .map(({ label }) => this.name(label));
    return html`${open.length > 0 ? this.choices(open) : nothing}
      ${others.length > 0 ? html`<p class="small quiet others">${this.t("account.others", { steps: others.join(this.t("account.and")) })}</p>` : nothing}`;
  }

  private choices(open: WorkAction[]) {
    return html`<div class="acts" role="group" aria-label=${this.t("work.actions")}>
      ${open.map(
        (action, i) => html`<button
          class="act ${i === 0 && !this.chosen ? "first" : ""}"
          data-action=${action.code}
          aria-pressed=${this.chosen === action.code}
          ?disabled=${this.sending}
          @click=${() => this.choose(action)}
        >
          ${this.name(action.label)}
        </button>`,
      )}
    </div>`;
  }

  private choose(action: WorkAction): void {
    this.said = null;
    this.fields = { ...EMPTY, department: this.now?.fields["department"] || this.department };
    this.chosen = this.chosen === action.code ? null : action.code;
  }

  private form(action: WorkAction) {
    const needs = (name: string) => action.needs.includes(name);
    const set = (name: keyof StepForm) => (event: Event) => {
      this.fields = { ...this.fields, [name]: (event.target as HTMLInputElement).value };
    };
    const { fields } = this;
    return html`<form @submit=${(event: Event) => this.submit(event, action)}>
      ${
        needs("department")
          ? html`<label class="field">${this.t("problem.department")}
              <input type="text" name="department" required .value=${fields.department} @input=${set("department")} /></label>`
          : nothing
      }
      ${
        needs("deadline")
          ? html`<label class="field">${this.t("work.deadline")}
              <input type="date" name="deadline" required @input=${set("deadline")} /></label>`
          : nothing
      }
      <label class="field">${this.t(action.note ? "work.note" : "work.note_free")}
        <textarea name="note" ?required=${action.note} @input=${set("note")}></textarea></label>
      ${askWho(this.session, this.t("work.who"))}
      ${action.not_by.length > 0 ? html`<p class="small quiet">${this.t("work.four_eyes")}</p>` : nothing}
      <div class="acts">
        <button class="act first" type="submit" ?disabled=${this.sending}>${this.name(action.label)}</button>
        <button
          class="act"
          type="button"
          @click=${() => {
            this.chosen = null;
          }}
        >
          ${this.t("work.cancel")}
        </button>
      </div>
    </form>`;
  }

  private async submit(event: Event, action: WorkAction): Promise<void> {
    event.preventDefault();
    const { account } = this.session;
    const place = (event.currentTarget as HTMLFormElement).elements.namedItem("actor");
    const actor = place instanceof HTMLInputElement ? place.value.trim() : "";
    if (!account.named && !actorFits(actor)) return this.say("work.name_wrong");
    if (!asksNothing(action) && lacking(action, this.fields).length > 0) {
      return this.say("work.lacking");
    }
    if (!account.named) rememberActor(actor);
    await this.send(action, actor);
  }

  private async send(action: WorkAction, actor: string): Promise<void> {
    const { session, now } = this;
    if (!now) return;
    const fields = action.needs.length > 0 ? this.fields : { ...EMPTY, note: this.fields.note };
    this.sending = true;
    try {
      const headers = { "if-match": `"${now.version}"`, ...session.account.header(actor) };
      const body = stepBody(action, fields);
      this.now = await session.client.send<Workflow>("POST", this.path, body, headers);
      this.chosen = null;
      this.say("work.done", "", true);
      this.dispatchEvent(new CustomEvent("worked", { detail: this.now.state }));
      session.desks.workDone();
    } catch (error) {
      this.say(refusal(error), error);
      if (this.said?.key === "work.version_changed") await this.read();
    } finally {
      this.sending = false;
    }
  }

  private message() {
    const { said } = this;
    if (!said) return nothing;
    return html`<p class="said ${said.done ? "done" : ""}" role="status" title=${said.detail}>${this.t(said.key)}</p>`;
  }

  /** A finished project brings the problems it answers to verification; it closes none of them. */
  private asked(now: Workflow) {
    const n = now.asks_verification?.length ?? 0;
    if (n === 0) return nothing;
    return html`<p class="said done" data-asks=${n}>${this.t("work.asks_verification", { n: this.count(n) })}</p>`;
  }

  private history(now: Workflow) {
    if (now.history.length === 0) return nothing;
    return html`<h4 class="eyebrow">${this.t("work.history")}</h4>
      <ol class="history">
        ${[...now.history].reverse().map(
          (event) => html`<li>
            <b>${this.coded(this.kind === "problem" ? "problem_state" : "project", event.to_state)}</b>
            <span class="quiet num">${event.actor} · ${this.date(event.time.slice(0, DAY))} ${event.time.slice(DAY + 1, MINUTE)}</span>
            ${this.given(event.fields)} ${event.note ? html`<div>${event.note}</div>` : nothing}
          </li>`,
        )}
      </ol>`;
  }

  private given(fields: Record<string, string>) {
    const until = fields["deadline"]
      ? this.t("file.deadline", { date: this.date(fields["deadline"]) })
      : "";
    const said = [fields["department"], until].filter(Boolean).join(" · ");
    return said ? html`<div class="num">${said}</div>` : nothing;
  }
}
