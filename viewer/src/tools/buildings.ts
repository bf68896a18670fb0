/** Buildings asked of the features API (OGC API Features): by height and year, or inside a box. */
import type { Session } from "../session.ts";
import { footprintOf, type Ring, readGeoJson } from "./geojson.ts";
import type { Standing } from "./massing.ts";

const PATH = "/ogc/collections/building/items";
/** Most buildings that are brought to the page; the count itself is always the server's. */
export const MOST = 20_000;
const PAGE = 5000;

interface Feature {
  id: string;
  geometry: { coordinates: unknown };
  properties: {
    row: number;
    height: number | null;
    ground: number | null;
    storeys: number | null;
    label_zh: string | null;
    label_en: string | null;
    year_built: number | null;
  };
}

interface Answer {
  numberMatched: number;
  features: Feature[];
}

export interface Tall {
  id: string;
  row: number;
  label: { zh: string; en: string };
  height: number;
  ground: number;
  year: number | null;
}

export interface Talls {
  /** how many the server counts */
  matched: number;
  items: Tall[];
}

/** The filter in the API's own words (CQL2). */
export function tallFilter(metres: number, year: number | null): string {
  return year === null ? `height > ${metres}` : `height > ${metres} AND year_built >= ${year}`;
}

/** Buildings that reach above `metres` of their own ground, built in `year` or later. */
export async function tallBuildings(
  session: Session,
  metres: number,
  year: number | null,
  signal: AbortSignal,
): Promise<Talls> {
  const filter = tallFilter(metres, year);
  const items: Tall[] = [];
  let matched = 0;
  for (let offset = 0; offset === 0 || offset < Math.min(matched, MOST); offset += PAGE) {
    const query = { filter, limit: PAGE, offset, properties: PROPERTIES };
    const answer = await session.client.json<Answer>(PATH, query, signal);
    matched = answer.numberMatched;
    items.push(...answer.features.map(tallOf));
    if (answer.features.length === 0) break;
  }
  return { matched, items };
}

const PROPERTIES = "row,height,ground,label_zh,label_en,year_built";

function tallOf({ id, properties }: Feature): Tall {
  const label = { zh: properties.label_zh ?? "", en: properties.label_en ?? "" };
  const { row, height, ground, year_built: year } = properties;
  return { id, row, label, height: height ?? 0, ground: ground ?? 0, year: year ?? null };
}

/** Metres by which heights above the ellipsoid exceed the city's own: read off one building. */
export async function heightOffset(
  session: Session,
  tall: Tall,
  signal: AbortSignal,
): Promise<number> {
  const item = await session.client.unitAt("building", tall.row, signal);
  const top = item?.centroid?.[2];
  return top === undefined ? 0 : top - tall.ground - tall.height;
}

/** What stands inside a box, with its footprint. */
export async function standingIn(
  session: Session,
  ring: Ring,
  signal: AbortSignal,
): Promise<Standing[]> {
  const lons = ring.map((at) => at.lon);
  const lats = ring.map((at) => at.lat);
  const bbox = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  const query = { bbox: bbox.join(","), limit: PAGE };
  const answer = await session.client.json<Answer>(PATH, query, signal);
  return answer.features.flatMap((feature) => {
    const { row, height, storeys } = feature.properties;
    if (height === null) return [];
    const areas = readGeoJson(JSON.stringify(feature)).filter(({ kind }) => kind === "area");
    const outer = areas[0]?.parts[0];
    if (!outer) return [];
    const footprint = areas.reduce((sum, { parts }) => sum + footprintOf(parts), 0);
    return [{ row, footprint, height, floors: storeys, centre: middleOf(outer) }];
  });
}

function middleOf(ring: Ring): { lon: number; lat: number } {
  const sum = ring.reduce((a, b) => ({ lon: a.lon + b.lon, lat: a.lat + b.lat }));
  return { lon: sum.lon / ring.length, lat: sum.lat / ring.length };
}
