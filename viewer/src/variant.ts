/** What the map asks the server for: the published overlay, or one made for the reader's wish. Pure. */
import type { State } from "./state.ts";

export interface Wish {
  /** path of the API after /api/v1/ */
  path: string;
  query: Record<string, string | number>;
  /** whether the answer is made for the question, so that its columns travel inside */
  made: boolean;
}

type Wishes = Pick<State, "show" | "classes">;

/** "natural-5" or "at-10,20", as the URL holds it. */
export function classesOf(text: string | null): Record<string, string | number> | null {
  if (!text) return null;
  if (text.startsWith("at-")) return { breaks: text.slice(3) };
  const at = text.lastIndexOf("-");
  return { method: text.slice(0, at), k: Number(text.slice(at + 1)) };
}

export function wishOf(
  state: Wishes,
  code: string,
  base: { system: string; level: string; year: number },
): Wish {
  const path = `maps/${encodeURIComponent(code)}`;
  const { show } = state;
  const made = (more: Record<string, string | number>): Wish => ({
    path,
    query: { ...base, ...more },
    made: true,
  });
  if (show === "pair" || show === "score") return made({ show });
  if (show?.startsWith("year-")) {
    const versus = Number(show.slice(5));
    if (versus !== base.year) return made({ show: "difference", versus_year: versus });
  }
  if (show?.startsWith("with-") && show.slice(5) !== code) {
    return made({ show: "difference", versus: show.slice(5) });
  }
  const classes = classesOf(state.classes);
  if (classes) return made({ show: "classes", ...classes });
  return published(code, base);
}

/** An overlay as published, with all that a map needs to wear it. */
export function published(
  code: string,
  { system, level, year }: { system: string; level: string; year: number },
): Wish {
  const query = { system, year, level, paint: "true" };
  return { path: `overlays/${encodeURIComponent(code)}`, query, made: false };
}

/** Wishes in the form of a key: what is asked for anew only when it changes. */
export function keyOf(wish: Wish): string {
  const told = Object.entries(wish.query).map(([name, value]) => `${name}=${value}`);
  return `${wish.path}?${told.join("&")}`;
}

/** The level that follows the camera. */
export const AUTO = "auto";

/** Metres of camera height, in parts of the city's size, below which a level is shown. */
const STEPS: readonly [string, number][] = [
  ["building", 0.12],
  ["compound", 0.18],
  ["block", 0.55],
  ["community", 0.7],
  ["subdistrict", 0.95],
  ["district", Number.POSITIVE_INFINITY],
];

/**
 * The level to be read from a height above ground; only levels with data. Levels that are missing
 * leave their part to the next larger one, or to the largest there is.
 */
export function levelFor(height: number, size: number, levels: readonly string[]): string | null {
  const share = height / Math.max(size, 1);
  const fitting = STEPS.filter(([level]) => levels.includes(level));
  return (fitting.find(([, limit]) => share <= limit) ?? fitting.at(-1))?.[0] ?? null;
}

/** Metres from corner to corner of an extent in degrees. */
export function sizeOf(extent: {
  west: number;
  south: number;
  east: number;
  north: number;
}): number {
  const middle = ((extent.south + extent.north) / 2) * (Math.PI / 180);
  const wide = (extent.east - extent.west) * 111_320 * Math.cos(middle);
  const high = (extent.north - extent.south) * 110_574;
  return Math.hypot(wide, high);
}
