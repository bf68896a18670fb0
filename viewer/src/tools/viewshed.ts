/** Points on rings around a place, and what share of the ground they stand for. */
import { travelled } from "./geodesy.ts";
import type { Spot } from "./spot.ts";

/** Directions in which one looks unless told otherwise; there is a ring for every four. */
export const DIRECTIONS = 36;

export interface RingSpot extends Spot {
  /** share of the disc that the point stands for */
  weight: number;
}

export interface Judged {
  at: Spot;
  weight: number;
  /** null: nothing is there to be seen */
  seen: boolean | null;
}

/** Metres between two points on the outermost ring: nothing smaller is told apart there. */
export function stepOf(radius: number, directions: number): number {
  return (2 * Math.PI * radius) / directions;
}

/** Rings of equal width; a point's weight is its ring's area over the points of the ring. */
export function ringsAround(middle: Spot, radius: number, directions: number): RingSpot[] {
  const out: RingSpot[] = [];
  const rings = Math.round(directions / 4);
  for (let ring = 0; ring < rings; ring += 1) {
    const weight = ((ring + 1) ** 2 - ring ** 2) / rings ** 2 / directions;
    const far = (radius * (ring + 0.5)) / rings;
    for (let turn = 0; turn < directions; turn += 1) {
      const direction = ((turn + (ring % 2) / 2) * 360) / directions;
      out.push({ ...travelled(middle, direction, far), weight });
    }
  }
  return out;
}

/** Share of the ground that is seen, of the points judged so far; null: none. */
export function shareSeen(judged: readonly Judged[]): number | null {
  const counted = judged.filter((one) => one.seen !== null);
  const all = counted.reduce((sum, one) => sum + one.weight, 0);
  if (all === 0) return null;
  return counted.reduce((sum, one) => sum + (one.seen ? one.weight : 0), 0) / all;
}
