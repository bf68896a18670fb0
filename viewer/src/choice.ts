/** What the page really shows: the state's wishes made to fit what the city has. Pure. */
import type { City, Indicator, OverlayInfo, Problem } from "./api.ts";
import type { State } from "./state.ts";

/** The indicator code that stands for "no indicator, plain city". */
export const PLAIN = "none";

/** Levels from small to large, as far as the map can draw them. */
const ORDER = [
  "building",
  "plot",
  "compound",
  "block",
  "community",
  "subdistrict",
  "district",
] as const;

/** Whether one level is larger than another; levels that are no steps of the stair are neither. */
export function isAbove(upper: string, lower: string): boolean {
  const order: readonly string[] = ORDER;
  return order.includes(lower) && order.indexOf(upper) > order.indexOf(lower);
}

/** Levels this city can draw: buildings, and any level with a surface or a parents column. */
export function drawnLevels(city: City): string[] {
  const known = new Set(city.levels.filter((item) => item.count > 0).map((item) => item.level));
  const surfaces = new Set(
    Object.values(city.tilesets)
      .filter((item) => item.kind === "surface")
      .map((item) => item.level),
  );
  return ORDER.filter((level) => {
    if (!known.has(level)) return false;
    return level === "building" || surfaces.has(level) || level in city.parents;
  });
}

export function shownLevels(city: City, indicator: Indicator | null): string[] {
  const drawn = drawnLevels(city);
  if (!indicator) return drawn;
  return drawn.filter((level) => indicator.levels.includes(level));
}

/** Levels from the nearest in size to the farthest. */
function byNearness(level: string, levels: readonly string[]): string[] {
  const at = ORDER.indexOf(level as (typeof ORDER)[number]);
  const far = (other: string) => Math.abs(ORDER.indexOf(other as (typeof ORDER)[number]) - at);
  return [...levels].sort((a, b) => far(a) - far(b));
}

/**
 * The wished level, also in a year without data there (the page says so and shows ways on). Without
 * a wish the block (a city is read block first) or what is nearest to it, as far as it has data.
 */
export function chooseLevel(
  wished: string | null,
  levels: readonly string[],
  filled: readonly string[] = levels,
): string | null {
  if (wished && levels.includes(wished)) return wished;
  const near = byNearness(wished ?? "block", levels);
  return near.find((level) => filled.includes(level)) ?? near[0] ?? null;
}

/** Whether the server holds a column of the indicator at this level and year. */
export function hasColumn(
  indicator: Indicator,
  level: string | null,
  year: number | null,
): boolean {
  return level !== null && year !== null && (indicator.columns[level] ?? []).includes(year);
}

/** Years with a column at any of these levels, in order. */
export function yearsAt(indicator: Indicator, levels: readonly string[]): number[] {
  const years = levels.flatMap((level) => indicator.columns[level] ?? []);
  return [...new Set(years)].sort((a, b) => a - b);
}

/** What an indicator lacks at the chosen level and year, and the ways to where it has data. */
export interface Gap {
  /** years with data at this level, nearest first */
  years: number[];
  /** levels with data in this year, nearest first */
  levels: string[];
}

function gapOf(
  indicator: Indicator | null,
  level: string | null,
  year: number | null,
  filled: readonly string[],
): Gap | null {
  if (!indicator || !level || year === null || hasColumn(indicator, level, year)) return null;
  const far = (other: number) => Math.abs(other - year);
  const years = yearsAt(indicator, [level]).sort((a, b) => far(a) - far(b) || b - a);
  return { years, levels: byNearness(level, filled) };
}

export function chooseSystem(city: City, wished: string | null): string | null {
  const ids = city.systems.map((item) => item.id);
  if (wished && ids.includes(wished)) return wished;
  return city.system && ids.includes(city.system) ? city.system : (ids[0] ?? null);
}

export function chooseYear(city: City, wished: number | null): number | null {
  const years = city.years.map((item) => item.year);
  if (wished !== null && years.includes(wished)) return wished;
  return city.year ?? years.at(-1) ?? null;
}

/**
 * Indicators the page may open with, best first: what can be drawn, block by block if possible (it
 * shows a city, not six colours), and with many problems behind it.
 */
export function candidates(
  indicators: readonly Indicator[],
  drawn: readonly string[],
  problems: readonly Problem[],
): Indicator[] {
  const behind = new Map<string, number>();
  for (const { indicator } of problems) {
    if (indicator) behind.set(indicator, (behind.get(indicator) ?? 0) + 1);
  }
  const worth = (item: Indicator) =>
    (behind.get(item.code) ?? 0) + (item.levels.includes("block") ? 1000 : 0);
  return indicators
    .filter((item) => item.levels.some((level) => drawn.includes(level) && level !== "building"))
    .sort((a, b) => worth(b) - worth(a));
}

/** Whether a map of it shows more than one colour: no class, and no state, holds most of the units. */
export function tellsApart(overlay: OverlayInfo): boolean {
  const { total, with_value: known } = overlay.coverage;
  const most = Math.max(0, ...overlay.legend.classes.map((item) => item.count));
  return known > total * 0.6 && most < known * 0.6;
}

export interface Choice {
  system: string | null;
  year: number | null;
  indicator: Indicator | null;
  level: string | null;
  /** levels with data in any year */
  levels: string[];
  /** null: there is data for what was chosen */
  gap: Gap | null;
}

export const NO_CHOICE: Choice = {
  system: null,
  year: null,
  indicator: null,
  level: null,
  levels: [],
  gap: null,
};

/** `opening`: code of the indicator to begin with when nothing is wished. */
export function choose(
  city: City,
  state: Readonly<State>,
  indicators: readonly Indicator[],
  opening: string | null,
): Choice {
  const wished = state.indicator ?? opening;
  const found = indicators.find((item) => item.code === wished) ?? null;
  const fallback = candidates(indicators, drawnLevels(city), [])[0] ?? null;
  const indicator = wished === PLAIN ? null : (found ?? fallback);
  const levels = shownLevels(city, indicator);
  const year = chooseYear(city, state.year);
  const filled = indicator ? levels.filter((level) => hasColumn(indicator, level, year)) : levels;
  const level = chooseLevel(state.level, levels, filled);
  return {
    system: chooseSystem(city, state.system),
    year,
    indicator,
    level,
    levels,
    gap: gapOf(indicator, level, year, filled),
  };
}
