/** What helps a person along: ways past the panels, what is in view, help, the first steps, troubles. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { type InView, inView } from "../../inview.ts";
import { base } from "../../style/base.ts";
import { arrowKeys, Panel } from "../panel.ts";

/** What knows where a place is on the screen: the 3D map or the plan. */
export interface Sight {
  project(lon: number, lat: number, height: number): { x: number; y: number } | null;
  free(): DOMRect;
}

const MOST = 40;
const SEEN = "cim-twin-guide";
/** An address that says more than this names what to show: whoever follows it is not interrupted. */
const OWN = new Set(["lang", "theme"]);

export class People extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    sight: { attribute: false },
    open: { state: true },
  };
  declare sight: Sight | null;
  declare open: "help" | "guide" | null;
  /** where "?" is heard: the window where it is ours, else our own part of the page */
  private keys: EventTarget | null = null;

  static override styles = [
    base,
    css`
      nav {
        position: absolute;
        left: 0.875rem;
        top: 0.875rem;
        z-index: 8;
        padding: 0.875rem 1rem;
        width: min(26rem, calc(100cqw - 1.75rem));
        max-height: min(70cqh, 34rem);
        background: var(--panel-solid);
      }
      nav:not(:focus-within) {
        width: 1px;
        height: 1px;
        padding: 0;
        overflow: hidden;
        clip-path: inset(50%);
      }
      .ways {
        display: flex;
        flex-wrap: wrap;
        gap: 0.375rem;
      }
      .ways button {
        padding: 0.25rem 0.625rem;
        border-radius: 0.5rem;
        background: var(--raise-2);
        font-weight: 600;
        font-size: 0.8125rem;
      }
      h2 {
        margin: 0.75rem 0 0.25rem;
        font-size: 0.875rem;
        font-weight: 650;
      }
      li button {
        display: block;
        width: 100%;
        padding: 0.375rem 0.5rem;
        border-radius: 0.5rem;
      }
      li button:hover {
        background: var(--raise);
      }
    `,
  ];

  constructor() {
    super();
    this.sight = null;
    this.open = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.session.addEventListener("help", this.onHelp);
    const own = this.session.standing.ownsWindow;
    this.keys = own ? document : this.getRootNode();
    this.keys.addEventListener("keydown", this.onKey);
    if (own && isFirst()) this.open = "guide";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.session.removeEventListener("help", this.onHelp);
    this.keys?.removeEventListener("keydown", this.onKey);
    this.keys = null;
  }

  private readonly onHelp = () => {
    this.open = "help";
  };

  private readonly onKey = (said: Event) => {
    const event = said as KeyboardEvent;
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.composedPath()[0];
    if (at instanceof Element && at.matches("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    this.open = this.open === "help" ? null : "help";
  };

  override render() {
    return html`${this.ways()}
      <cim-trouble .session=${this.session}></cim-trouble>
      ${
        this.open === "help"
          ? html`<cim-help
              .session=${this.session}
              @close=${this.shut}
              @guide=${() => {
                this.open = "guide";
              }}
            ></cim-help>`
          : nothing
      }
      ${
        this.open === "guide" && this.session.city.value
          ? html`<cim-guide .session=${this.session} @close=${this.shut}></cim-guide>`
          : nothing
      }`;
  }

  private readonly shut = () => {
    if (this.open === "guide") noteSeen();
    this.open = null;
  };

  /** Off the screen until the focus comes here: the first stop of the Tab key. */
  private ways() {
    const found = this.found();
    const grave = found.filter(({ problems }) => problems[0]?.severity === "high").length;
    const n = this.count(found.length);
    return html`<nav class="card scroll" aria-label=${this.t("people.ways")}>
      <div class="ways">
        <button @click=${() => this.go("map")}>${this.t("people.to_map")}</button>
        <button @click=${() => this.go("left")}>${this.t("people.to_left")}</button>
        <button @click=${() => this.go("right")}>${this.t("people.to_right")}</button>
        <button @click=${this.onHelp}>${this.t("people.help")}</button>
      </div>
      <h2 role="status">${this.t("people.in_view", { n, high: this.count(grave) })}</h2>
      <ol @keydown=${arrowKeys}>
        ${found.slice(0, MOST).map((item) => this.item(item))}
      </ol>
      ${found.length > MOST ? html`<p class="small quiet">${this.t("people.more", { n: this.count(found.length - MOST) })}</p>` : nothing}
    </nav>`;
  }

  private found(): InView[] {
    const { sight, session } = this;
    const box = sight?.free();
    if (!sight || !box) return [];
    return inView(session.problems.value?.items ?? [], (lon, lat, height) => {
      const at = sight.project(lon, lat, height);
      const across = at !== null && at.x >= box.left && at.x <= box.right;
      return across && at.y >= box.top && at.y <= box.bottom;
    });
  }

  private item({ unit, problems }: InView) {
    const [first] = problems;
    if (!first) return nothing;
    const said = this.t(problems.length > 1 ? "people.one_and_more" : "people.one", {
      unit: this.tx(unit.label),
      severity: this.t(`severity.${first.severity}`),
      problem: this.tx(first.title),
      n: this.count(problems.length - 1),
    });
    return html`<li>
      <button data-unit=${unit.id} @click=${() => this.session.select(unit.id)}>${said}</button>
    </li>`;
  }

  /** Moves the focus to a part of the page; the page itself knows where it is. */
  private go(to: "map" | "left" | "right"): void {
    this.dispatchEvent(new CustomEvent("cim-focus", { detail: to, bubbles: true, composed: true }));
  }
}

function isFirst(): boolean {
  const own = [...new URLSearchParams(location.search).keys()].every((key) => OWN.has(key));
  try {
    return own && window === window.top && localStorage.getItem(SEEN) === null;
  } catch {
    return false; // nothing can be remembered here: better no guide than the same one each time
  }
}

function noteSeen(): void {
  try {
    localStorage.setItem(SEEN, "1");
  } catch {
    return;
  }
}
