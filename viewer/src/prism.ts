/** How high the prism of each unit stands, and in which colour. Pure. */
import type { Legend, UnitItem } from "./api.ts";
import { FIRST_STATE } from "./lut.ts";
import { ringsOf } from "./patch.ts";

type Ring = readonly (readonly number[])[];

export interface Prism {
  row: number;
  polygons: Ring[][];
  /** metres above the ellipsoid from which it rises */
  ground: number;
  /** its height */
  metres: number;
  color: string;
}

/** A feature of the standard door. */
export interface Shape {
  id: string;
  geometry: unknown;
  properties: { row?: number | null };
}

/** Height of the highest prism, in parts of the city's size. */
const TALLEST = 0.09;
/** Metres of a unit whose value is the lowest: it is there, but it is low. */
const FLAT = 3;

/** Prisms of the units with a number, from the lowest value (flat) to the highest (tallest). */
export function prismsOf(
  shapes: readonly Shape[],
  units: ReadonlyMap<number, Pick<UnitItem, "centroid">>,
  values: Float32Array,
  shown: { legend: Legend; codes: Uint8Array },
  size: number,
): Prism[] {
  const known = [...values].filter((value) => Number.isFinite(value));
  if (known.length === 0) return [];
  const low = Math.min(0, ...known);
  const span = Math.max(...known) - low || 1;
  const colours = new Map(shown.legend.classes.map((item) => [item.index, item.color]));
  return shapes.flatMap((shape) => {
    const row = shape.properties.row ?? -1;
    const value = values[row] ?? Number.NaN;
    const code = shown.codes[row] ?? FIRST_STATE;
    const color = colours.get(code);
    // what is not assessed has no height: its place stays flat and hatched
    if (!Number.isFinite(value) || color === undefined) return [];
    const metres = FLAT + ((value - low) / span) * TALLEST * size;
    const ground = units.get(row)?.centroid[2] ?? 0;
    return [{ row, polygons: ringsOf([shape]), ground, metres, color }];
  });
}
