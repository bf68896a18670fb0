/** The toolbox: one card that holds the list of tools, or the tool that is open. Loaded at first use. */
import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Stage } from "../../stage.ts";
import { base } from "../../style/base.ts";
import { Bench } from "../../tools/bench.ts";
import { GROUPS, MENU, toolOf } from "../../tools/catalogue.ts";
import { icon } from "../icons.ts";
import { arrowKeys, Panel } from "../panel.ts";
import { BasemapChoice } from "./basemap.ts";
import { Drawing } from "./drawing.ts";
import { GuestsPanel } from "./guests.ts";
import { HidePanel } from "./hide.ts";
import { LayersPanel } from "./layers.ts";
import { MassingPanel } from "./massing.ts";
import { MeasurePanel } from "./measure.ts";
import { NotesPanel } from "./notes.ts";
import { RoutePanel } from "./route.ts";
import { SectionPanel } from "./section.ts";
import { SightPanel } from "./sight.ts";
import { SkylinePanel } from "./skyline.ts";
import { SplitPanel } from "./split.ts";
import { SunPanel } from "./sun.ts";
import { SwipePanel } from "./swipe.ts";
import { ViewshedPanel } from "./viewshed.ts";

const PANELS: Record<string, (around: Around) => TemplateResult> = {
  layers: ({ s, b }) => html`<cim-tool-layers .session=${s} .bench=${b}></cim-tool-layers>`,
  hide: ({ s, b }) => html`<cim-tool-hide .session=${s} .bench=${b}></cim-tool-hide>`,
  guests: ({ s, b }) => html`<cim-tool-guests .session=${s} .bench=${b}></cim-tool-guests>`,
  measure: ({ s, b }) => html`<cim-tool-measure .session=${s} .bench=${b}></cim-tool-measure>`,
  notes: ({ s, b }) => html`<cim-tool-notes .session=${s} .bench=${b}></cim-tool-notes>`,
  section: ({ s, b }) => html`<cim-tool-section .session=${s} .bench=${b}></cim-tool-section>`,
  sun: ({ s, b }) => html`<cim-tool-sun .session=${s} .bench=${b}></cim-tool-sun>`,
  sight: ({ s, b }) => html`<cim-tool-sight .session=${s} .bench=${b}></cim-tool-sight>`,
  viewshed: ({ s, b }) => html`<cim-tool-viewshed .session=${s} .bench=${b}></cim-tool-viewshed>`,
  skyline: ({ s, b }) => html`<cim-tool-skyline .session=${s} .bench=${b}></cim-tool-skyline>`,
  swipe: ({ s, b }) => html`<cim-tool-swipe .session=${s} .bench=${b}></cim-tool-swipe>`,
  split: ({ s, b }) => html`<cim-tool-split .session=${s} .bench=${b}></cim-tool-split>`,
  massing: ({ s, b }) => html`<cim-tool-massing .session=${s} .bench=${b}></cim-tool-massing>`,
  route: ({ s, b }) => html`<cim-tool-route .session=${s} .bench=${b}></cim-tool-route>`,
};

interface Around {
  s: Panel["session"];
  b: Bench;
}

export class Toolbox extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    stage: { attribute: false },
    files: { attribute: false },
  };
  declare stage: Stage;
  /** dropped on the page */
  declare files: File[];
  private bench: Bench | null = null;
  private opened: string | null = null;

  static override styles = [
    base,
    css`
      :host {
        display: contents;
      }
      .card {
        position: absolute;
        left: calc(var(--edge) * 2.5 + var(--side));
        bottom: calc(var(--edge) * 2 + 2.5rem);
        width: 20rem;
        max-height: calc(100% - var(--edge) * 5 - 11rem);
        display: flex;
        flex-direction: column;
        z-index: 2;
        pointer-events: auto;
      }
      header {
        display: flex;
        align-items: center;
        gap: 0.25rem;
        padding: 0.5rem 0.5rem 0.25rem 0.75rem;
      }
      header.tool {
        padding-left: 0.375rem;
        gap: 0.5rem;
      }
      h2 {
        flex: 1;
        font-size: 0.9375rem;
        font-weight: 650;
      }
      .body {
        padding: 0.25rem 0.875rem 0.875rem;
      }
      .list {
        padding: 0 0.5rem 0.625rem;
      }
      h3 {
        padding: 0.375rem 0.375rem 0.125rem;
      }
      .grid {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 0.125rem;
      }
      .grid button {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        padding: 0.375rem;
        border-radius: 0.5625rem;
        font-size: 0.8125rem;
        font-weight: 500;
        min-width: 0;
      }
      .grid button:hover {
        background: var(--raise-2);
      }
      .grid svg {
        flex: none;
        width: 1.125rem;
        height: 1.125rem;
        color: var(--ink-2);
      }
      .reset {
        margin: 0.5rem 0.375rem 0;
        font-size: 0.8125rem;
        display: flex;
        gap: 0.5rem;
        align-items: center;
        justify-content: space-between;
      }
      @container (max-width: 760px) {
        .card {
          left: var(--edge);
          right: var(--edge);
          width: auto;
          max-height: 52cqh;
          bottom: calc(var(--edge) * 2 + 6.5rem + env(safe-area-inset-bottom));
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.bench ??= new Bench(this.session, this.stage);
    this.bench.addEventListener("change", () => this.requestUpdate());
  }

  override willUpdate(): void {
    if (!this.bench || !this.files?.length) return;
    this.bench.dropped = this.files;
    this.files = [];
  }

  /** The keyboard goes where the reader has just asked to go, and back to the map on leaving. */
  protected override updated(): void {
    const { tool } = this.session.state;
    if (tool === this.opened) return;
    const first = this.opened === null;
    this.opened = tool;
    const start = tool === MENU ? ".grid button" : "header .icon";
    const target = this.renderRoot.querySelector<HTMLElement>(start);
    if (tool && (!first || tool === MENU)) target?.focus({ preventScroll: true });
  }

  override render() {
    const { bench } = this;
    if (!bench) return nothing;
    const { tool } = this.session.state;
    return html`<cim-drawing .bench=${bench}></cim-drawing>
      ${tool === null ? nothing : tool === MENU ? this.menu(bench) : this.tool(bench, tool)}`;
  }

  private menu(bench: Bench) {
    return html`<section class="card" aria-label=${this.t("tools.title")}>
      <header>
        <h2>${this.t("tools.title")}</h2>
        ${this.close(bench)}
      </header>
      <div class="list scroll" @keydown=${arrowKeys}>
        ${GROUPS.map(
          (group) => html`<h3 class="eyebrow">${this.t(`tools.group.${group.name}`)}</h3>
            <div class="grid">
              ${group.tools.map(
                ({ name, icon: drawn }) => html`<button
                  data-tool=${name}
                  title=${this.t(`tool.${name}_what`)}
                  @click=${() => bench.open(name)}
                >
                  ${icon(drawn)} <span>${this.t(`tool.${name}`)}</span>
                </button>`,
              )}
            </div>`,
        )}
        ${this.reset(bench)}
      </div>
    </section>`;
  }

  /** The map is not the published city as it is: said, with the way back. */
  private reset(bench: Bench) {
    if (bench.away.count === 0) return nothing;
    return html`<p class="reset">
      <span class="quiet">${this.t("tools.away")}</span>
      <button class="link" @click=${() => bench.away.clear()}>${this.t("hide.all")}</button>
    </p>`;
  }

  private close(bench: Bench) {
    return html`<button
      class="icon"
      aria-label=${this.t("app.close")}
      title=${this.t("app.close")}
      @click=${() => bench.open(null)}
    >
      ${icon("close")}
    </button>`;
  }

  private tool(bench: Bench, name: string) {
    const entry = toolOf(name);
    const panel = PANELS[name];
    if (!entry || !panel) return this.menu(bench);
    return html`<section class="card" aria-label=${this.t(`tool.${name}`)}>
      <header class="tool">
        <button
          class="icon back"
          aria-label=${this.t("tools.back")}
          title=${this.t("tools.back")}
          @click=${() => bench.open(MENU)}
        >
          ${icon("back")}
        </button>
        <h2>${this.t(`tool.${name}`)}</h2>
        ${this.close(bench)}
      </header>
      <div class="body scroll">${panel({ s: this.session, b: bench })}</div>
    </section>`;
  }
}

const ELEMENTS: Record<string, CustomElementConstructor> = {
  "cim-basemap": BasemapChoice,
  "cim-drawing": Drawing,
  "cim-tool-guests": GuestsPanel,
  "cim-tool-hide": HidePanel,
  "cim-tool-layers": LayersPanel,
  "cim-tool-massing": MassingPanel,
  "cim-tool-measure": MeasurePanel,
  "cim-tool-notes": NotesPanel,
  "cim-tool-route": RoutePanel,
  "cim-tool-section": SectionPanel,
  "cim-tool-sight": SightPanel,
  "cim-tool-skyline": SkylinePanel,
  "cim-tool-split": SplitPanel,
  "cim-tool-sun": SunPanel,
  "cim-tool-swipe": SwipePanel,
  "cim-tool-viewshed": ViewshedPanel,
  "cim-tools": Toolbox,
};

export function defineTools(): void {
  for (const [name, element] of Object.entries(ELEMENTS)) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
}
