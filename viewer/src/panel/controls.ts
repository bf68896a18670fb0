/** Home, zoom and turn for those without a wheel, and the quiet line of credits. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { mergeCredits } from "../credits.ts";
import type { Stage } from "../stage.ts";
import { base } from "../style/base.ts";
import { type IconName, icon } from "./icons.ts";
import { Panel } from "./panel.ts";
import type { PlanGate } from "./people/plangate.ts";

export class MapControls extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    stage: { attribute: false },
    plan: { attribute: false },
  };
  declare stage: Stage | null;
  /** what stands in for the 3D map */
  declare plan: PlanGate | null;

  static override styles = [
    base,
    css`
      :host {
        display: flex;
        align-items: flex-end;
        gap: 0.75rem;
        pointer-events: none;
      }
      .buttons {
        display: flex;
        padding: 0.25rem;
        border-radius: 0.8125rem;
        pointer-events: auto;
      }
      .credits {
        margin-left: auto;
        font-size: 0.6875rem;
        line-height: 1.35;
        color: var(--ink-2);
        pointer-events: auto;
        text-align: right;
        padding: 0.1875rem 0.5rem;
        border-radius: 0.5rem;
        background: color-mix(in srgb, var(--backdrop) 72%, transparent);
      }
      .credits a {
        text-decoration: none;
      }
      .credits a:hover {
        text-decoration: underline;
      }
      @container (max-width: 760px) {
        .credits {
          max-width: 60cqw;
        }
      }
    `,
  ];

  override render() {
    const { stage } = this;
    const flat = this.plan?.why ? this.plan.map : null;
    const button = (key: string, name: IconName, act: () => void) => html`<button
      class="icon"
      aria-label=${this.t(key)}
      title=${this.t(key)}
      ?disabled=${!stage && !flat}
      @click=${act}
    >
      ${icon(name)}
    </button>`;
    return html`<div class="buttons card" role="group" aria-label=${this.t("map.controls")}>
        ${button("map.home", "home", () => stage?.home() ?? flat?.home())}
        ${button("map.nearer", "plus", () => stage?.globe.zoom(0.7) ?? flat?.zoom(1.4))}
        ${button("map.farther", "minus", () => stage?.globe.zoom(1.4) ?? flat?.zoom(1 / 1.4))}
        ${
          flat
            ? nothing
            : html`${button("map.turn", "turn", () => stage?.globe.turn(30))}
              ${this.looks()} ${this.tools()}
              <cim-link .session=${this.session}></cim-link>`
        }
      </div>
      <div class="credits">${this.credits()}</div>`;
  }

  /** The toolbox; its tools are loaded when it is first opened. */
  private tools() {
    const { store, state } = this.session;
    return html`<button
      class="icon"
      data-open="tools"
      aria-expanded=${state.tool !== null}
      aria-label=${this.t("tools.title")}
      title=${this.t("tools.title")}
      ?disabled=${!this.stage}
      @click=${() => store.set({ tool: state.tool === null ? "menu" : null, toolSet: null })}
    >
      ${icon("tools")}
    </button>`;
  }

  /** Buildings as they look, or plain: asked only where no indicator colours them. */
  private looks() {
    const { session } = this;
    if (!session.textured || session.choice.indicator) return nothing;
    const shown = session.state.look === "true";
    const key = shown ? "map.look_neutral" : "map.look_true";
    return html`<button
      class="icon"
      aria-pressed=${shown}
      aria-label=${this.t("map.look_true")}
      title=${this.t(key)}
      @click=${() => session.store.set({ look: shown ? "neutral" : "true" })}
    >
      ${icon("paint")}
    </button>`;
  }

  /** One line a source of geometry; the engine's own name as its licence likes it. */
  private credits() {
    const city = this.session.city.value;
    const lines = (city?.attribution ?? []).map((line) => this.tx(line));
    const named = (city?.sources ?? []).map((source) => source.attribution ?? "");
    const below = (this.stage?.basemaps?.chosen ?? []).map((map) => map.attribution);
    const said = mergeCredits([...(lines.length > 0 ? lines : named), ...below]);
    return html`${said.map((line) => html`${line} · `)}<a href="./licences/cesium.md" target="_blank" rel="noopener">${this.t("map.engine")}</a>`;
  }
}
