/** The desk of scenes: which there are, and what their stops say; kept with the version one saw. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { actorFits, actorName, rememberActor } from "../../actor.ts";
import type { SceneDocument, SceneStop, Text } from "../../api.ts";
import { ApiError } from "../../client.ts";
import { STAY } from "../../scenes.ts";
import { base } from "../../style/base.ts";
import { cockpit } from "../../style/cockpit.ts";
import { form } from "../../style/form.ts";
import { refusal } from "../../worksteps.ts";
import { icon } from "../icons.ts";
import { Panel } from "../panel.ts";

export class SceneEditor extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    said: { state: true },
  };
  declare said: string;

  /** what is being edited; null shows the list */
  get draft(): SceneDocument | null {
    return this.session.shelf.draft;
  }

  set draft(draft: SceneDocument | null) {
    this.session.shelf.draft = draft;
    this.requestUpdate();
  }

  private get version(): string | null {
    return this.session.shelf.version;
  }

  private set version(version: string | null) {
    this.session.shelf.version = version;
  }

  static override styles = [
    base,
    form,
    cockpit,
    css`
      :host {
        display: flex;
        min-height: 0;
      }
      .card {
        flex: 1;
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .list {
        flex: 1;
        min-height: 0;
        margin: 0.5rem -0.5rem 0;
        padding: 0 0.5rem;
      }
      .scene {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0 0.75rem;
      }
      .scene .under {
        grid-column: 1 / -1;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      .stop {
        padding: 0.625rem 0;
        border-top: 1px solid var(--line);
      }
      .stop .acts,
      .foot {
        display: flex;
        align-items: center;
        gap: 0.25rem;
      }
      .foot {
        padding-top: 0.625rem;
        gap: 0.5rem;
        flex-wrap: wrap;
      }
      .stop .acts > :first-child {
        margin-right: auto;
      }
      label {
        display: grid;
        gap: 0.125rem;
        margin-top: 0.375rem;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      input,
      textarea {
        font: inherit;
        font-size: 0.875rem;
        color: var(--ink);
        background: var(--raise);
        border: 0;
        border-radius: 0.5rem;
        padding: 0.375rem 0.5rem;
        width: 100%;
        resize: vertical;
      }
      .solid {
        padding: 0.375rem 0.875rem;
        border-radius: 0.625rem;
        background: var(--accent);
        color: var(--on-accent);
        font-weight: 600;
      }
      .foot .link {
        display: inline-flex;
        align-items: center;
        gap: 0.25rem;
      }
      .foot svg {
        width: 1rem;
        height: 1rem;
      }
      textarea {
        line-height: 1.45;
      }
      .wrong {
        color: var(--high);
      }
    `,
  ];

  constructor() {
    super();
    this.said = "";
  }

  override render() {
    const { draft } = this;
    return html`<section class="card" aria-label=${this.t("scenes.title")}>
      ${draft ? this.editing(draft) : this.listing()}
      ${this.said ? html`<p class="wrong" role="alert">${this.said}</p>` : nothing}
    </section>`;
  }

  private listing() {
    const { shelf, desks } = this.session;
    const items = shelf.list.value ?? [];
    return html`<div class="head">
        <h2>${this.t("scenes.title")}</h2>
        <button class="icon" aria-label=${this.t("app.close")} @click=${() => desks.open(null)}>
          ${icon("close")}
        </button>
      </div>
      <div class="list scroll">
        ${items.length === 0 ? html`<p class="quiet">${this.t("tour.empty")}</p>` : nothing}
        ${items.map(
          (item) => html`<button
            class="row scene"
            aria-current=${item.name === shelf.name}
            @click=${() => shelf.choose(item.name)}
          >
            <b class="cut">${this.tx(item.title)}</b>
            <span class="small quiet num"
              >${item.stops > 0 ? this.t("scenes.stops", { n: item.stops }) : this.t("scenes.view")}</span
            >
            <span class="under"
              >${this.t(item.own ? "scenes.own" : "scenes.given")}${item.stale ? ` · ${this.t("tour.stale")}` : ""}</span
            >
          </button>`,
        )}
      </div>
      <div class="foot">
        <button class="solid" ?disabled=${!shelf.open.value} @click=${() => this.play()}>
          ${this.t("scenes.play")}
        </button>
        ${
          this.session.account.may("compose")
            ? html`<button class="link" ?disabled=${!shelf.open.value} @click=${() => this.edit()}>
                  ${this.t("scenes.edit")}
                </button>
                <button class="link" @click=${() => this.begin()}>${this.t("scenes.new")}</button>`
            : html`<span class="small quiet others">${this.t("account.no_compose")}</span>`
        }
      </div>`;
  }

  private play(): void {
    const { shelf, store } = this.session;
    store.set({ desk: "tour", scene: shelf.name, stop: null, selection: null });
  }

  private edit(): void {
    const found = this.session.shelf.open.value;
    if (!found) return;
    const { $schema: _schema, publication: _made, ...scene } = found.scene;
    this.version = found.own ? found.version : null;
    this.draft = structuredClone(scene);
    this.said = "";
  }

  private begin(): void {
    const title = { zh: this.t("scenes.untitled"), en: this.t("scenes.untitled") };
    this.version = null;
    this.said = "";
    this.draft = { name: this.session.shelf.nameFor(""), title, stops: [this.captured()] };
  }

  /** The view of this moment, under the words of what it shows. */
  private captured(): SceneStop {
    const { choice, unit, state } = this.session;
    const chosen = state.selection ? unit.value?.label : null;
    const title = chosen ?? choice.indicator?.name ?? this.session.city.value?.name;
    return this.session.shelf.capture({
      title: { zh: title?.zh ?? "", en: title?.en ?? "" },
      caption: null,
      duration: STAY,
    });
  }

  private editing(draft: SceneDocument) {
    const stops = draft.stops ?? [];
    return html`<div class="head">
        <h2>${this.t("scenes.edit")}</h2>
        <button
          class="icon"
          aria-label=${this.t("app.close")}
          @click=${() => {
            this.draft = null;
          }}
        >
          ${icon("close")}
        </button>
      </div>
      <div class="list scroll">
        ${this.words(draft, "title", "scenes.name")}
        <label
          >${this.t("scenes.file")}<input
            .value=${draft.name}
            ?disabled=${this.version !== null}
            pattern="[a-z0-9][a-z0-9-]*"
            @change=${(event: Event) =>
              this.change((it) => {
                it.name = (event.target as HTMLInputElement).value.trim();
              })}
        /></label>
        ${stops.map((stop, at) => this.stop(stop, at, stops.length))}
      </div>
      <div class="foot">
        <button class="link" @click=${() =>
          this.change((it) => {
            it.stops = [...(it.stops ?? []), this.captured()];
          })}>
          ${icon("plus")} ${this.t("scenes.add")}
        </button>
        ${
          this.session.account.named
            ? nothing
            : html`<input
                aria-label=${this.t("scenes.actor")}
                placeholder=${this.t("scenes.actor")}
                style="width:9rem;margin-left:auto"
                .value=${actorName()}
                @change=${(event: Event) => rememberActor((event.target as HTMLInputElement).value.trim())}
              />`
        }
        <button class="solid" @click=${() => this.save()}>${this.t("scenes.save")}</button>
        ${
          this.version
            ? html`<button class="link wrong" @click=${() => this.takeOut()}>${this.t("scenes.delete")}</button>`
            : nothing
        }
      </div>`;
  }

  private stop(stop: SceneStop, at: number, many: number) {
    const act = (
      key: string,
      name: Parameters<typeof icon>[0],
      off: boolean,
      change: (it: SceneStop[]) => void,
    ) => html`<button
      class="icon"
      aria-label=${this.t(key)}
      title=${this.t(key)}
      ?disabled=${off}
      @click=${() =>
        this.change((it) => {
          const stops = [...(it.stops ?? [])];
          change(stops);
          it.stops = stops;
        })}
    >
      ${icon(name)}
    </button>`;
    return html`<div class="stop">
      <div class="acts">
        <b class="num">${this.t("scenes.stop", { n: at + 1 })}</b>
        ${act("scenes.retake", "fly", false, (stops) => {
          const { title, caption, duration } = stop;
          stops[at] = this.session.shelf.capture({
            title,
            caption: caption ?? null,
            duration: duration ?? STAY,
          });
        })}
        ${act("scenes.up", "up", at === 0, (stops) => {
          stops.splice(at - 1, 0, ...stops.splice(at, 1));
        })}
        ${act("scenes.down", "down", at + 1 === many, (stops) => {
          stops.splice(at + 1, 0, ...stops.splice(at, 1));
        })}
        ${act("scenes.drop", "close", many === 1, (stops) => {
          stops.splice(at, 1);
        })}
      </div>
      ${this.words(stop, "title", "scenes.name")} ${this.words(stop, "caption", "scenes.caption", true)}
      <label
        >${this.t("scenes.seconds")}<input
          type="number"
          min="1"
          max="600"
          .value=${String(stop.duration ?? STAY)}
          @change=${(event: Event) => {
            stop.duration = Number((event.target as HTMLInputElement).value) || STAY;
          }}
      /></label>
    </div>`;
  }

  /** Both languages of a text, one under the other. */
  private words(
    of: { title?: Text | null; caption?: Text | null },
    field: "title" | "caption",
    key: string,
    long = false,
  ) {
    return (["zh", "en"] as const).map((language) => {
      const write = (event: Event) => {
        const { value } = event.target as HTMLInputElement;
        of[field] = { zh: "", en: "", ...(of[field] ?? {}), [language]: value };
      };
      const label = `${this.t(key)} (${this.t(`scenes.${language}`)})`;
      const value = of[field]?.[language] ?? "";
      return html`<label
        >${label}${
          long
            ? html`<textarea rows="3" maxlength="2000" .value=${value} @input=${write}></textarea>`
            : html`<input maxlength="200" .value=${value} @input=${write} />`
        }</label
      >`;
    });
  }

  private change(act: (draft: SceneDocument) => void): void {
    if (!this.draft) return;
    act(this.draft);
    this.draft = { ...this.draft };
  }

  private async save(): Promise<void> {
    const { draft } = this;
    if (!draft) return;
    if (!this.session.account.named && !actorFits(actorName())) {
      this.said = this.t("scenes.who");
      return;
    }
    await this.attempt(() => this.session.shelf.save(cleaned(draft), this.version));
  }

  private async takeOut(): Promise<void> {
    const { draft, version } = this;
    if (!draft || !version) return;
    await this.attempt(() => this.session.shelf.remove(draft.name, version));
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.draft = null;
      this.said = "";
    } catch (error) {
      const key = refusal(error);
      const told = error instanceof ApiError ? error.detail : String(error);
      this.said = key.startsWith("account.")
        ? this.t(key)
        : this.t("scenes.refused", { why: told });
    }
  }
}

/** Captions without words are no captions. */
function cleaned(draft: SceneDocument): SceneDocument {
  const stops = (draft.stops ?? []).map((stop) => {
    const { caption, ...rest } = stop;
    return caption?.zh || caption?.en ? { ...rest, caption } : rest;
  });
  return { ...draft, stops };
}
