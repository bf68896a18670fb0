/** GeoJSON from a file of others: read with suspicion, every name plain text. */
import { areaOf } from "./geodesy.ts";
import type { Spot } from "./spot.ts";

export type Ring = { lon: number; lat: number }[];

export interface Found {
  kind: "point" | "line" | "area";
  /** rings of an area (outer first), one list of places else */
  parts: Ring[];
  name: string;
  properties: Readonly<Record<string, unknown>>;
}

export class NotGeoJson extends Error {
  constructor(readonly reason: "json" | "shape" | "empty" | "degrees" | "large") {
    super(`not GeoJSON that can be shown: ${reason}`);
    this.name = "NotGeoJson";
  }
}

const MOST = 20_000;
const NAMES = ["name", "title", "label", "id"];

type Loose = Record<string, unknown>;

function loose(value: unknown): Loose | null {
  return typeof value === "object" && value !== null ? (value as Loose) : null;
}

function place(value: unknown): { lon: number; lat: number } {
  const [lon, lat] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof lon !== "number" || typeof lat !== "number") throw new NotGeoJson("shape");
  if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90)) throw new NotGeoJson("degrees");
  return { lon, lat };
}

function places(value: unknown): Ring {
  if (!Array.isArray(value)) throw new NotGeoJson("shape");
  return value.map(place);
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new NotGeoJson("shape");
  return value;
}

type Parts = Pick<Found, "kind" | "parts">;

function partsOf(geometry: Loose): Parts[] {
  const { type, coordinates } = geometry;
  const many = (kind: Found["kind"], each: (value: unknown) => Ring[]) =>
    list(coordinates).map((item) => ({ kind, parts: each(item) }));
  switch (type) {
    case "Point":
      return [{ kind: "point", parts: [[place(coordinates)]] }];
    case "MultiPoint":
      return many("point", (item) => [[place(item)]]);
    case "LineString":
      return [{ kind: "line", parts: [places(coordinates)] }];
    case "MultiLineString":
      return many("line", (item) => [places(item)]);
    case "Polygon":
      return [{ kind: "area", parts: list(coordinates).map(places) }];
    case "MultiPolygon":
      return many("area", (item) => list(item).map(places));
    case "GeometryCollection":
      return list(geometry["geometries"]).flatMap((item) => partsOf(loose(item) ?? {}));
    default:
      throw new NotGeoJson("shape");
  }
}

function nameOf(properties: Loose): string {
  for (const key of NAMES) {
    const value = properties[key];
    if (typeof value === "string" && value) return value.slice(0, 120);
    if (typeof value === "number") return String(value);
  }
  return "";
}

/** Everything that can be drawn. NotGeoJson says why a text is refused. */
export function readGeoJson(text: string): Found[] {
  let root: Loose | null;
  try {
    root = loose(JSON.parse(text));
  } catch {
    throw new NotGeoJson("json");
  }
  if (!root) throw new NotGeoJson("shape");
  const features =
    root["type"] === "FeatureCollection"
      ? list(root["features"])
      : [root["type"] === "Feature" ? root : { geometry: root, properties: {} }];
  if (features.length > MOST) throw new NotGeoJson("large");
  const found = features.flatMap((item) => {
    const geometry = loose(loose(item)?.["geometry"]);
    const properties = loose(loose(item)?.["properties"]) ?? {};
    if (!geometry) return [];
    return partsOf(geometry).map((part) => ({ ...part, name: nameOf(properties), properties }));
  });
  if (found.length === 0) throw new NotGeoJson("empty");
  return found;
}

/** Square metres of an area without its holes. */
export function footprintOf(rings: readonly Ring[]): number {
  const [outer, ...holes] = rings.map(areaOf);
  return Math.max(0, (outer ?? 0) - holes.reduce((sum, hole) => sum + hole, 0));
}

/** Places with their text as GeoJSON. */
export function notesAsGeoJson(notes: readonly { text: string; at: Spot }[]): string {
  const features = notes.map(({ text, at }) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [at.lon, at.lat, Math.round(at.height * 100) / 100] },
    properties: { name: text },
  }));
  return `${JSON.stringify({ type: "FeatureCollection", features }, null, 2)}\n`;
}
