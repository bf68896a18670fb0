/** The page: the map and the panels around it, and on a phone the sheet they share. */
import { html, LitElement, nothing, type PropertyDeclarations } from "lit";
import { ApiError, Client } from "../client.ts";
import type { Quality } from "../engine.ts";
import { hasWords, pick, words } from "../i18n.ts";
import { ownWindow } from "../mirror.ts";
import { stageIn } from "../ownstage.ts";
import { Session } from "../session.ts";
import type { Stage } from "../stage.ts";
import type { Standing } from "../standing.ts";
import { DEFAULTS, type State, Store } from "../state.ts";
import { layout } from "../style/app.ts";
import { base } from "../style/base.ts";
import { printPage } from "../style/print.ts";
import { ATTRIBUTES, startAsGuest, takeAttribute } from "./attributes.ts";
import { type IconName, icon } from "./icons.ts";
import { focusInto } from "./people/focus.ts";
import { FocusKeeper } from "./people/focuskeeper.ts";
import { PlanGate } from "./people/plangate.ts";
import { deskOf } from "./seam.ts";
import { ToolGate } from "./toolgate.ts";

type Sheet = "indicators" | "legend" | "overview" | null;

/** Narrower than this, pixels, there is no room for a strip below the map. */
const NARROW = 1020;

/** Room kept for the map's title, in letter sizes of the page. */
const TITLE_ROOM = 4.25;

function hasWebGl2(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

export class TwinPage extends LitElement {
  static override properties: PropertyDeclarations = { sheet: { state: true } };
  declare sheet: Sheet;
  readonly store = new Store({ ...DEFAULTS });
  readonly session = new Session(this.store, new Client());
  readonly tools = new ToolGate(this, this.session);
  readonly keeper = new FocusKeeper(this, this.session);
  readonly plan = new PlanGate(this, this.session, () => this.free(), {
    end: () => this.end(),
    begin: () => this.raiseMap(),
  });
  stage: Stage | null = null;
  private stops: (() => void)[] = [];
  /** too narrow for a strip below the map: it stands with what is at the left */
  private narrow = false;

  static override styles = [base, layout, printPage];

  constructor() {
    super();
    this.sheet = null;
  }

  private t(key: string): string {
    return words(this.store.state.language, key);
  }

  static override get observedAttributes(): string[] {
    // biome-ignore lint/complexity/noThisInStatic: the getter above finishes the class that asks
    return [...super.observedAttributes, ...ATTRIBUTES];
  }

  override attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    super.attributeChangedCallback(name, old, value);
    if (old !== value) takeAttribute(this, name, value);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { session } = this;
    const own = this.hasAttribute("mirror-url");
    const change = () => this.requestUpdate();
    const keys = own ? document : this;
    const key = (event: Event) => this.onKey(event as KeyboardEvent);
    session.addEventListener("change", change);
    keys.addEventListener("keydown", key);
    this.stops = [
      () => session.removeEventListener("change", change),
      () => keys.removeEventListener("keydown", key),
      this.store.subscribe((state, before) => this.onState(state, before)),
      own ? ownWindow(session, () => this.heading) : startAsGuest(this),
    ];
    this.dress(this.store.state);
    if (this.hasUpdated) this.begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.stops.splice(0)) stop();
    this.end();
  }

  private end(): void {
    this.stage?.dispose();
    this.stage = null;
  }

  protected override firstUpdated(): void {
    this.begin();
  }

  private begin(): void {
    this.narrow = this.clientWidth <= NARROW;
    this.raiseMap();
    this.watch();
    this.session.start();
  }

  private raiseMap(): void {
    const place = this.renderRoot.querySelector<HTMLElement>(".map");
    const asked = this.getAttribute("quality") ?? "";
    const low = (asked || new URLSearchParams(location.search).get("quality")) === "low";
    const quality: Quality = low ? "low" : "high";
    if (!place || !hasWebGl2()) this.plan.show("no_webgl");
    else this.raise(place, quality);
  }

  private raise(place: HTMLElement, quality: Quality): void {
    try {
      this.stage = stageIn(place, this.session, quality, () => this.free());
      const canvas = this.stage.globe.scene.canvas;
      canvas.tabIndex = 0;
      canvas.setAttribute("role", "application");
      canvas.addEventListener("keydown", (event) => this.onMapKey(event));
      this.plan.watch(canvas);
      this.dress(this.store.state);
    } catch {
      this.plan.show("engine");
    }
    this.requestUpdate();
  }

  /** The rectangle of the map that no panel covers, in its own pixels. */
  private free(): DOMRect {
    const page = this.getBoundingClientRect();
    const inPage = ({ x, y, width, height }: DOMRect) =>
      new DOMRect(x - page.x, y - page.y, width, height);
    const view = this.renderRoot.querySelector(".whole > *")?.shadowRoot?.querySelector(".view");
    if (view) return inPage(view.getBoundingClientRect());
    const box = (name: string) => {
      const found = this.renderRoot.querySelector(name);
      return found ? inPage(found.getBoundingClientRect()) : new DOMRect();
    };
    const [title, controls, sheet] = [box("cim-maptitle"), box("cim-controls"), box(".right")];
    const below = sheet.width > 0 && sheet.height > 0 && sheet.left < title.right;
    const strip = box(".bottom");
    const low =
      (strip.height > 0 && strip.top) || (controls.height > 0 && controls.top) || page.height;
    const bottom = below ? Math.min(low, sheet.top) : low;
    // not the title's own height: its words come later, and the view must not depend on when
    const top = title.top + TITLE_ROOM * Number.parseFloat(getComputedStyle(this).fontSize);
    return new DOMRect(title.left, top, title.width, bottom - top);
  }

  /** A page that is laid out anew leaves another part of the map free. */
  private watch(): void {
    const anew = () => this.stage?.flights.reframe();
    const strip = this.renderRoot.querySelector(".bottom");
    const observer = new ResizeObserver(() => {
      this.narrow = this.clientWidth <= NARROW;
      this.requestUpdate();
      anew();
    });
    observer.observe(this);
    if (strip) observer.observe(strip);
    this.addEventListener("cim-reframe", anew);
    this.stops.push(
      () => observer.disconnect(),
      () => this.removeEventListener("cim-reframe", anew),
    );
  }

  private onState(state: Readonly<State>, before: Readonly<State>): void {
    this.dress(state);
    if (state.selection !== before.selection && state.selection) this.sheet = "overview";
    if (state.tool !== before.tool && state.tool) this.sheet = null; // one card at a time on a phone
    if (state.desk !== before.desk && state.desk) {
      this.sheet = state.desk === "whatif" ? "indicators" : "overview";
    }
    this.requestUpdate();
  }

  private dress(state: Readonly<State>): void {
    this.dataset["theme"] = state.theme;
    this.lang = state.language === "zh" ? "zh-CN" : "en";
    const canvas = this.stage?.globe.scene.canvas;
    canvas?.setAttribute("aria-label", this.t("map.aria"));
  }

  private get heading(): string {
    const name = this.session.city.value?.name[this.store.state.language];
    return name ? `${name} · ${this.t("app.what")}` : this.t("app.name");
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape" || this.tools.leave()) return;
    if (this.store.state.desk === "present") this.session.desks.open(null);
    else if (this.session.address) this.session.showAddress(null);
    else if (this.session.notice) {
      this.session.notice = null;
      this.session.tell();
    } else if (this.store.state.selection) this.session.select(null);
    else this.sheet = null;
  }

  private onMapKey(event: KeyboardEvent): void {
    const globe = this.stage?.globe;
    const acts: Record<string, () => void> = {
      ArrowLeft: () => (event.shiftKey ? globe?.turn(-15) : globe?.slide(-0.15, 0)),
      ArrowRight: () => (event.shiftKey ? globe?.turn(15) : globe?.slide(0.15, 0)),
      ArrowUp: () => (event.shiftKey ? globe?.turn(0, -6) : globe?.slide(0, 0.15)),
      ArrowDown: () => (event.shiftKey ? globe?.turn(0, 6) : globe?.slide(0, -0.15)),
      "+": () => globe?.zoom(0.75),
      "=": () => globe?.zoom(0.75),
      "-": () => globe?.zoom(1.3),
      Home: () => this.stage?.home(),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  override render() {
    const { session, stage } = this;
    this.toggleAttribute("data-sheet", this.sheet !== null);
    const selected = this.store.state.selection !== null;
    const around = { session, stage };
    const desk = deskOf(this.store.state.desk);
    const strip = html`<cim-strip .session=${session}></cim-strip>`;
    const bottom = desk ? (desk.bottom?.(around) ?? nothing) : strip;
    this.toggleAttribute("data-plan", this.plan.why !== "");
    const now = session.city.value?.publication?.id;
    const pinned = Boolean(now && this.store.state.pin && this.store.state.pin !== now);
    this.toggleAttribute("data-suppose", session.desks.supposing || pinned); // room for a banner
    this.toggleAttribute("data-whole", desk?.whole !== undefined);
    this.toggleAttribute("data-tool", this.store.state.tool !== null);
    this.toggleAttribute("data-wide", desk?.wide === true && !selected);
    return html`<cim-people
        .session=${session}
        .sight=${this.plan.sight(stage)}
        @cim-focus=${this.onFocus}
      ></cim-people>
      <div class="map"></div>
      ${this.plan.why ? this.plan.render() : this.overMap()}
      <cim-tip .session=${session}></cim-tip>
      <cim-topbar .session=${session}></cim-topbar>
      <cim-banner class="middle" .session=${session}></cim-banner>
      <cim-pinned class="middle" .session=${session}></cim-pinned>
      <cim-maptitle class="middle" .session=${session}></cim-maptitle>
      <aside class="left" data-sheet=${this.sheet ?? nothing}>
        ${desk ? (desk.left?.(around) ?? this.list()) : this.verdict()}
        ${this.narrow ? bottom : nothing}
        ${session.leader.plain ? nothing : html`<cim-legend .session=${session}></cim-legend>`}
      </aside>
      <aside class="right" data-sheet=${this.sheet ?? nothing}>
        ${selected ? html`<cim-file .session=${session} .stage=${stage}></cim-file>` : this.beside()}
      </aside>
      <div class="middle bottom">
        ${this.narrow ? nothing : bottom}
      </div>
      <cim-controls class="middle" .session=${session} .stage=${stage} .plan=${this.plan}></cim-controls>
      ${this.tools.render(stage)}
      ${desk?.whole ? html`<div class="whole">${desk.whole(around)}</div>` : nothing}
      ${this.tabs()} ${this.notice()} ${this.stop()}
      ${session.address ? html`<cim-address .session=${session}></cim-address>` : nothing}`;
  }

  private overMap() {
    const { session, stage } = this;
    return html`<cim-labels .session=${session} .stage=${stage}></cim-labels>
      <cim-pins .session=${session} .stage=${stage}></cim-pins>`;
  }

  /** A person without a mouse asks for a part of the page. */
  private readonly onFocus = ({ detail }: CustomEvent<"map" | "left" | "right">) => {
    if (detail !== "map") focusInto(this.renderRoot.querySelector(`.${detail}`));
    else if (this.stage) this.stage.globe.scene.canvas.focus();
    else focusInto(this.plan.map);
  };

  private list() {
    return html`<cim-indicators .session=${this.session}></cim-indicators>`;
  }

  /** The leader's first glance: the verdict, and which part of the city is worst. */
  private verdict() {
    const { session } = this;
    return html`<cim-verdict .session=${session}></cim-verdict>
      <cim-parts .session=${session}></cim-parts>`;
  }

  /** Beside the map while no unit is chosen: the overview, or the desk that is open. */
  private beside() {
    const { session, stage } = this;
    const desk = deskOf(this.store.state.desk);
    if (desk?.right) return desk.right({ session, stage });
    if (!desk) {
      return html`<cim-cards .session=${session}></cim-cards>
        <cim-progress .session=${session}></cim-progress>`;
    }
    return html`<cim-overview .session=${session}></cim-overview>
      <cim-ranking .session=${session}></cim-ranking>`;
  }

  private tabs() {
    const tab = (sheet: Exclude<Sheet, null>, name: IconName, words: string) => html`<button
      aria-pressed=${this.sheet === sheet}
      @click=${() => {
        this.sheet = this.sheet === sheet ? null : sheet;
      }}
    >
      ${icon(name)} <span>${words}</span>
    </button>`;
    return html`<nav class="tabs card" aria-label=${this.t("sheet.title")}>
      ${tab("indicators", "list", this.sideWords("left"))}
      ${this.session.leader.plain ? nothing : tab("legend", "layers", this.t("sheet.legend"))}
      ${tab("overview", "chart", this.sideWords("right"))}
    </nav>`;
  }

  /** What a side of the page holds now: the tab that opens it says so. */
  private sideWords(side: "left" | "right"): string {
    const { desk: name, selection, language } = this.store.state;
    if (side === "right" && selection) return this.t("sheet.file");
    const desk = deskOf(name);
    if (!desk) return this.t(side === "left" ? "sheet.verdict" : "sheet.problems");
    if (!desk[side]) return this.t(side === "left" ? "sheet.indicators" : "sheet.overview");
    const both = desk.left && desk.right;
    const key = `sheet.${desk.name}_${side}`;
    if (both && hasWords(key)) return this.t(key);
    return desk.label ? pick(language, desk.label) : this.t(`desk.${desk.name}`);
  }

  private notice() {
    const { notice } = this.session;
    if (!notice) return nothing;
    return html`<div class="notice card" role="alert" title=${notice.detail}>
      <span>${this.t(notice.key)}</span>
      <button
        class="icon"
        aria-label=${this.t("app.close")}
        @click=${() => {
          this.session.notice = null;
          this.session.tell();
        }}
      >
        ${icon("close")}
      </button>
    </div>`;
  }

  /** Troubles that leave nothing to show: they name the cause and a way on. */
  private stop() {
    const { session } = this;
    const { error, value } = session.city;
    if (session.standing.asksHere) return html`<cim-signin .session=${session}></cim-signin>`;
    const out = wordsOfStanding(this.session.standing);
    const key = out || (error && !value ? cityTrouble(error) : "");
    if (!key) return nothing;
    return html`<div class="stop">
      <div class="card" role="alert">
        <h2>${this.t(`stop.${key}`)}</h2>
        <p>${this.t(`stop.${key}_way`)}</p>
        <p>
          <button class="solid" @click=${() => this.again()}>
            ${this.t("app.retry")}
          </button>
        </p>
      </div>
    </div>`;
  }

  private again(): void {
    const { standing } = this.session;
    standing.take(this.session.client.token);
    this.session.retry();
    if (!this.stage && !this.plan.why) this.begin();
  }
}

function wordsOfStanding({ signedOut, framed, expired }: Standing): string {
  if (!signedOut) return "";
  return expired ? "expired" : framed ? "awaited" : "signed_out";
}

function cityTrouble(error: unknown): string {
  return error instanceof ApiError && error.kind !== "offline" ? "server" : "offline";
}
