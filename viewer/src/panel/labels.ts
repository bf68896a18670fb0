/** Names over the map: the districts, and the selected unit. Few, so that none hides another. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { UnitItem } from "../api.ts";
import type { Stage } from "../stage.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

const MOST = 24;
/** Most dots of a result; each is moved with every frame. */
const DOTS = 150;
/** Nearer than this, metres, one stands inside a district and needs no name for it. */
const NEAR = 1100;

export class MapLabels extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    stage: { attribute: false },
  };
  declare stage: Stage | null;
  private stop: (() => void) | null = null;

  static override styles = [
    base,
    css`
      :host {
        position: absolute;
        inset: 0;
        overflow: hidden;
        pointer-events: none;
      }
      .label {
        position: absolute;
        left: 0;
        top: 0;
        white-space: nowrap;
        font-size: 0.875rem;
        font-weight: 600;
        letter-spacing: 0.03em;
        color: var(--ink);
        text-shadow:
          0 0 0.25rem var(--panel-solid),
          0 0 0.5rem var(--panel-solid),
          0 0 0.125rem var(--panel-solid);
        will-change: transform;
      }
      .pin {
        padding: 0.25rem 0.75rem;
        border-radius: 1rem;
        background: var(--accent);
        color: var(--on-accent);
        text-shadow: none;
        box-shadow: var(--shadow);
        letter-spacing: 0;
      }
      .sign {
        display: grid;
        place-items: center;
        min-width: 1.125rem;
        height: 1.125rem;
        padding: 0 0.25rem;
        border-radius: 0.5625rem;
        border: 1.5px solid var(--panel-solid);
        background: var(--ink);
        color: var(--panel-solid);
        font-size: 0.6875rem;
        font-weight: 700;
        letter-spacing: 0;
        text-shadow: none;
      }
      .sign.hot::before {
        content: "▲";
        font-size: 0.5625rem;
      }
      .sign.cold {
        background: var(--panel-solid);
        color: var(--ink);
        border-color: var(--ink);
      }
      .sign.cold::before {
        content: "▼";
        font-size: 0.5625rem;
      }
      .sign.dot {
        min-width: 0.625rem;
        width: 0.625rem;
        height: 0.625rem;
        padding: 0;
        background: var(--accent);
      }
      .sign.pile {
        background: var(--high);
      }
      .sign.keep {
        background: var(--good);
      }
      .sign.perception {
        background: var(--accent);
      }
      .sign.hidden_ {
        background: var(--medium);
      }
      .sign.priority {
        background: var(--high);
      }
      .pin::after {
        content: "";
        position: absolute;
        left: 50%;
        top: 100%;
        width: 2px;
        height: 1.125rem;
        background: var(--accent);
      }
    `,
  ];

  protected override updated(): void {
    if (this.stage && !this.stop) this.stop = this.stage.globe.onFrame(() => this.place());
    this.place();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
    this.stop = null;
  }

  private units(): UnitItem[] {
    const { session } = this;
    const level = ["district", "subdistrict"].find((name) => session.levelLabel(name)) ?? null;
    if (!level || !session.city.value) return [];
    session.needIndex(level);
    const units = [...(session.index.get(level)?.values() ?? [])];
    return units.length <= MOST ? units.filter((unit) => unit.centroid) : [];
  }

  override render() {
    const { session } = this;
    const chosen = session.unit.value;
    const pin = chosen && chosen.id === session.state.selection && chosen.centroid ? chosen : null;
    return html`${this.signs()} ${this.found()} ${this.units()
      .filter((unit) => unit.id !== pin?.id)
      .map(
        (unit) => html`<span
          class="label"
          data-at=${[...unit.centroid.slice(0, 2), unit.centroid[2] + 60].join(",")}
          >${this.tx(unit.label)}</span
        >`,
      )}
    ${
      pin?.centroid
        ? html`<span
            class="label pin"
            data-at=${[
              ...pin.centroid.slice(0, 2),
              pin.centroid[2] + (pin.level === "building" ? 2 : 24),
            ].join(",")}
            >${this.tx(pin.label)}</span
          >`
        : nothing
    }`;
  }

  /** A dot at every unit that was found, as far as they are listed. */
  private found() {
    const { planner } = this.session;
    const found = planner.finding ? planner.found.value : null;
    return (found?.items ?? [])
      .slice(0, DOTS)
      .map(
        ({ centroid: [lon, lat, high] }) =>
          html`<span class="label sign dot" data-at=${[lon, lat, high + 4].join(",")}></span>`,
      );
  }

  private signs() {
    const { session } = this;
    return session.desks.signs.map(({ unit, kind, text }) => {
      session.needIndex(unit.level);
      const at = session.index.get(unit.level)?.get(unit.row ?? -1)?.centroid;
      if (!at) return nothing;
      const look = kind === "hidden" ? "hidden_" : kind;
      return html`<span class="label sign ${look}" data-at=${[at[0], at[1], at[2] + 20].join(",")}
        >${text}</span
      >`;
    });
  }

  /** Moves each label to its place on the screen; runs after every frame. */
  private place(): void {
    for (const label of this.renderRoot.querySelectorAll<HTMLElement>(".label")) {
      const [lon, lat, height] = (label.dataset["at"] ?? "").split(",").map(Number);
      const at =
        lon !== undefined && lat !== undefined
          ? this.stage?.globe.project(lon, lat, height ?? 0)
          : null;
      const pin = label.classList.contains("pin");
      const within =
        pin ||
        label.classList.contains("sign") ||
        (this.stage?.globe.distance(lon ?? 0, lat ?? 0, height ?? 0) ?? 0) > NEAR;
      label.style.visibility = at && within ? "visible" : "hidden";
      if (!at) continue;
      const lift = pin ? "calc(-100% - 1.125rem)" : "-50%";
      label.style.transform = `translate(${at.x}px, ${at.y}px) translate(-50%, ${lift})`;
    }
  }
}
