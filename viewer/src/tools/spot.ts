/** Places and what tools draw over the map. Plain data: neither engine nor page is asked. */

/** degrees, metres above the ellipsoid */
export interface Spot {
  lon: number;
  lat: number;
  height: number;
}

/** Which of the page's colours a mark takes. */
export type Tone = "accent" | "seen" | "blocked" | "ink" | "sky";

export interface Line {
  kind: "line";
  at: readonly Spot[];
  tone: Tone;
  /** closed and filled */
  area?: boolean;
  dashed?: boolean;
}

export interface Dot {
  kind: "dot";
  at: Spot;
  tone: Tone;
  label?: string;
  /** a pin stands above its place; a dot lies on it */
  pin?: boolean;
  small?: boolean;
}

export type Shape = Line | Dot;

/** One column of a picture: CSS pixels, and degrees where its highest body ends. */
export interface Edge {
  x: number;
  y: number;
  altitude: number;
  azimuth: number;
}

export interface Skyline {
  edges: Edge[];
  /** share of the picture that is sky, 0 … 1 */
  sky: number;
}

/** A thing of others in the view. */
export interface Guest {
  show(shown: boolean): void;
  remove(): void;
}

/** A height the way a person reads it off the ground. */
export function raised(spot: Spot, metres: number): Spot {
  return { ...spot, height: spot.height + metres };
}

/** Points between two places, ends included, straight through space as far as a city reaches. */
export function between(from: Spot, to: Spot, parts: number): Spot[] {
  const out: Spot[] = [];
  for (let i = 0; i <= parts; i += 1) {
    const share = i / parts;
    out.push({
      lon: from.lon + (to.lon - from.lon) * share,
      lat: from.lat + (to.lat - from.lat) * share,
      height: from.height + (to.height - from.height) * share,
    });
  }
  return out;
}
