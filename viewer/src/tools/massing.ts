/** Figures of a planned massing: prisms with a height, held against what stands there today. */
import { type Found, footprintOf, type Ring } from "./geojson.ts";

export interface Prism {
  rings: Ring[];
  height: number;
  floors: number;
  name: string;
}

/** Sums over bodies: square metres, cubic metres, metres. */
export interface Figures {
  count: number;
  footprint: number;
  volume: number;
  floorArea: number;
  highest: number;
}

/** Metres a storey is taken to be high where only the height is told. */
export const STOREY = 3;
const HEIGHTS = ["height", "building_height", "measuredHeight", "h"];
const FLOORS = ["floors", "storeys", "levels", "building:levels", "storeysAboveGround"];

function positive(properties: Readonly<Record<string, unknown>>, keys: string[]): number | null {
  for (const key of keys) {
    const raw = properties[key];
    const value = typeof raw === "number" || typeof raw === "string" ? Number(raw) : Number.NaN;
    if (Number.isFinite(value) && value > 0 && value < 2000) return value;
  }
  return null;
}

/** Areas with a height or storeys; the others are counted, not guessed. */
export function prismsOf(found: readonly Found[]): { prisms: Prism[]; left: number } {
  const prisms: Prism[] = [];
  for (const item of found) {
    const told = positive(item.properties, FLOORS);
    const height = positive(item.properties, HEIGHTS) ?? (told === null ? null : told * STOREY);
    if (item.kind !== "area" || height === null) continue;
    const floors = told ?? Math.max(1, Math.floor(height / STOREY));
    prisms.push({ rings: item.parts, height, floors, name: item.name });
  }
  return { prisms, left: found.length - prisms.length };
}

export function plannedFigures(prisms: readonly Prism[]): Figures {
  const out = { count: prisms.length, footprint: 0, volume: 0, floorArea: 0, highest: 0 };
  for (const { rings, height, floors } of prisms) {
    const footprint = footprintOf(rings);
    out.footprint += footprint;
    out.volume += footprint * height;
    out.floorArea += footprint * floors;
    out.highest = Math.max(out.highest, height);
  }
  return out;
}

/** A building as the features API tells it. */
export interface Standing {
  row: number;
  footprint: number;
  height: number;
  /** storeys as recorded; null: taken from the height */
  floors: number | null;
  centre: { lon: number; lat: number };
}

export function presentFigures(buildings: readonly Standing[]): Figures {
  const out = { count: buildings.length, footprint: 0, volume: 0, floorArea: 0, highest: 0 };
  for (const { footprint, height, floors } of buildings) {
    out.footprint += footprint;
    out.volume += footprint * height;
    out.floorArea += footprint * (floors ?? Math.max(1, Math.floor(height / STOREY)));
    out.highest = Math.max(out.highest, height);
  }
  return out;
}

/** Convex hull (Andrew's monotone chain): the ground that the plan covers as a whole. */
export function hullOf(prisms: readonly Prism[]): Ring {
  const all = prisms.flatMap((prism) => prism.rings[0] ?? []);
  const sorted = [...all].sort((a, b) => a.lon - b.lon || a.lat - b.lat);
  const half = (points: Ring): Ring => {
    const out: Ring = [];
    for (const point of points) {
      for (let a = out.at(-2), b = out.at(-1); a && b && turn(a, b, point) <= 0; ) {
        out.pop();
        [a, b] = [out.at(-2), out.at(-1)];
      }
      out.push(point);
    }
    return out.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

type Place = { lon: number; lat: number };

function turn(a: Place, b: Place, c: Place): number {
  return (b.lon - a.lon) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lon - a.lon);
}

export function inside(ring: Ring, at: Place): boolean {
  let odd = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [a, b] = [ring[i], ring[j]];
    if (!a || !b || a.lat > at.lat === b.lat > at.lat) continue;
    const cross = ((b.lon - a.lon) * (at.lat - a.lat)) / (b.lat - a.lat) + a.lon;
    if (at.lon < cross) odd = !odd;
  }
  return odd;
}
