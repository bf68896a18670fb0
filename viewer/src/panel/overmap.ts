/** What stands over the map at places of the Earth: moved with the view after every frame. */
import { css, type PropertyDeclarations } from "lit";
import type { Spot } from "../declutter.ts";
import type { Stage } from "../stage.ts";
import { Panel } from "./panel.ts";

/** Longitude and latitude in degrees, metres above the ellipsoid. */
export type Place = readonly [lon: number, lat: number, height: number];

/** The look of a layer that lets every click through to the map. */
export const overMapLook = css`
  :host {
    position: absolute;
    inset: 0;
    overflow: hidden;
    pointer-events: none;
  }
`;

/** A place as the `data-at` of a sign holds it. */
export function placeText([lon, lat, height]: Place): string {
  return `${lon},${lat},${height}`;
}

/** The place that a sign's `data-at` names; null where it names none. */
export function placeOfSign(sign: HTMLElement): Place | null {
  const [lon, lat, height] = (sign.dataset["at"] ?? "").split(",").map(Number);
  if (lon === undefined || lat === undefined) return null;
  return [lon, lat, height ?? 0];
}

export abstract class OverMap extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    stage: { attribute: false },
  };
  declare stage: Stage | null;
  private stop: (() => void) | null = null;

  /** Which elements stand at places, as a selector. */
  protected abstract readonly signs: string;

  /** Moves the signs; `spots`: the pixel of each, null where it is behind the camera. */
  protected abstract place(signs: readonly HTMLElement[], spots: readonly (Spot | null)[]): void;

  protected override updated(): void {
    if (this.stage && !this.stop) this.stop = this.stage.globe.onFrame(() => this.follow());
    this.follow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop?.();
    this.stop = null;
  }

  private follow(): void {
    const signs = [...this.renderRoot.querySelectorAll<HTMLElement>(this.signs)];
    if (signs.length === 0) return;
    const spots = signs.map((sign) => {
      const at = placeOfSign(sign);
      return at && (this.stage?.globe.project(...at) ?? null);
    });
    this.place(signs, spots);
  }

  /** Puts a sign with its middle at a pixel, `lift` of its own height above it; null hides it. */
  protected put(sign: HTMLElement, spot: Spot | null, lift: string): void {
    sign.style.visibility = spot ? "visible" : "hidden";
    if (spot) sign.style.transform = `translate(${spot.x}px, ${spot.y}px) translate(-50%, ${lift})`;
  }
}
