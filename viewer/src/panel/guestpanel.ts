/** The panel of a host page: the legend, the chosen unit's file, and the desks the host asked for. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { Session } from "../session.ts";
import type { Stage } from "../stage.ts";
import { base } from "../style/base.ts";
import { defineElements } from "./elements.ts";
import { Panel } from "./panel.ts";
import { type DeskEntry, deskOf } from "./seam.ts";
import { tokens } from "./tokens.ts";

export class GuestPanel extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    stage: { attribute: false },
    panels: { attribute: false },
  };
  declare stage: Stage | null;
  declare panels: string[];

  static override styles = [
    tokens,
    base,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 0.75rem;
        max-height: 100%;
        overflow: auto;
      }
      .segments {
        flex: none;
      }
    `,
  ];

  override render() {
    const { session, stage } = this;
    this.dataset["theme"] = session.state.theme;
    const offered = this.panels.flatMap((name) => deskOf(name) ?? []);
    const desk = offered.find((entry) => entry.name === session.state.desk);
    const body = session.state.selection
      ? html`<cim-file .session=${session} .stage=${stage}></cim-file>`
      : desk && this.desk(desk);
    return html`${offered.length > 0 ? this.tabs(offered) : nothing} ${body ?? nothing}
      <cim-legend .session=${session}></cim-legend>`;
  }

  private desk(entry: DeskEntry) {
    const around = { session: this.session, stage: this.stage };
    return html`${entry.left?.(around) ?? this.list(entry)} ${entry.right?.(around) ?? nothing}`;
  }

  private list(entry: DeskEntry) {
    return entry.right ? nothing : html`<cim-indicators .session=${this.session}></cim-indicators>`;
  }

  private tabs(offered: DeskEntry[]) {
    const { state, store } = this.session;
    return html`<div class="segments" role="group" aria-label=${this.t("sheet.title")}>
      ${offered.map(
        ({ name, label }) => html`<button
          aria-pressed=${state.desk === name}
          @click=${() => store.set({ desk: state.desk === name ? null : name, selection: null })}
        >
          ${label ? this.tx(label) : this.t(`desk.${name}`)}
        </button>`,
      )}
    </div>`;
  }
}

/** Puts a panel into an element of the host. Returns the way to take it out again. */
export function mountPanel(
  place: HTMLElement,
  session: Session,
  stage: Stage,
  panels: string[],
): () => void {
  defineElements();
  if (!customElements.get("cim-guest")) customElements.define("cim-guest", GuestPanel);
  const panel = document.createElement("cim-guest") as GuestPanel;
  panel.session = session;
  panel.stage = stage;
  panel.panels = panels;
  place.append(panel);
  return () => panel.remove();
}
