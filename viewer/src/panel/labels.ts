/** Names over the map: the districts, and the selected unit. Few, so that none hides another. */
import { css, html, nothing } from "lit";
import type { UnitItem } from "../api.ts";
import type { Spot } from "../declutter.ts";
import { base } from "../style/base.ts";
import { OverMap, overMapLook, type Place, placeOfSign, placeText } from "./overmap.ts";

const MOST = 24;
/** Most dots of a result; each is moved with every frame. */
const DOTS = 150;
/** Nearer than this, metres, one stands inside a district and needs no name for it. */
const NEAR = 1100;

/** A unit's middle, some metres higher. */
function raised([lon, lat, height]: Place, by: number): Place {
  return [lon, lat, height + by];
}

export class MapLabels extends OverMap {
  protected readonly signs = ".label";

  static override styles = [
    base,
    overMapLook,
    css`
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
    return html`${this.marks()} ${this.found()} ${this.units()
      .filter((unit) => unit.id !== pin?.id)
      .map(
        (unit) => html`<span
          class="label"
          data-at=${placeText(raised(unit.centroid, 60))}
          >${this.tx(unit.label)}</span
        >`,
      )}
    ${
      pin?.centroid
        ? html`<span
            class="label pin"
            data-at=${placeText(raised(pin.centroid, pin.level === "building" ? 2 : 24))}
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
        ({ centroid }) =>
          html`<span class="label sign dot" data-at=${placeText(raised(centroid, 4))}></span>`,
      );
  }

  private marks() {
    const { session } = this;
    return session.desks.signs.map(({ unit, kind, text }) => {
      session.needIndex(unit.level);
      const at = session.index.get(unit.level)?.get(unit.row ?? -1)?.centroid;
      if (!at) return nothing;
      const look = kind === "hidden" ? "hidden_" : kind;
      return html`<span class="label sign ${look}" data-at=${placeText(raised(at, 20))}
        >${text}</span
      >`;
    });
  }

  protected place(labels: readonly HTMLElement[], spots: readonly (Spot | null)[]): void {
    labels.forEach((label, i) => {
      const pin = label.classList.contains("pin");
      const named = pin || label.classList.contains("sign");
      const at = placeOfSign(label);
      const far = named || (at !== null && (this.stage?.globe.distance(...at) ?? 0) > NEAR);
      this.put(label, far ? (spots[i] ?? null) : null, pin ? "calc(-100% - 1.125rem)" : "-50%");
    });
  }
}
