/** What the page really shows: the state's wishes made to fit what the city has. Pure. */
import type { City, Indicator, Problem } from "./api.ts";
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

/** The wished level, else the block (a city is read block first), else the nearest there is. */
export function chooseLevel(wished: string | null, levels: readonly string[]): string | null {
  if (wished && levels.includes(wished)) return wished;
  const at = ORDER.indexOf((wished ?? "block") as (typeof ORDER)[number]);
  const far = (level: string) => Math.abs(ORDER.indexOf(level as (typeof ORDER)[number]) - at);
  return [...levels].sort((a, b) => far(a) - far(b))[0] ?? null;
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

/** The wished indicator; without a wish the one behind the worst problem, else the first with data. */
export function chooseIndicator(
  indicators: readonly Indicator[],
  wished: string | null,
  drawn: readonly string[],
  problems: readonly Problem[],
): Indicator | null {
  if (wished === PLAIN) return null;
  const found = indicators.find((item) => item.code === wished);
  if (found) return found;
  const drawable = (item: Indicator | undefined) =>
    item?.levels.some((level) => drawn.includes(level) && level !== "building") ? item : null;
  for (const problem of problems) {
    const behind = drawable(indicators.find((item) => item.code === problem.indicator));
    if (behind) return behind;
  }
  return indicators.find((item) => drawable(item)) ?? null;
}

export interface Choice {
  system: string | null;
  year: number | null;
  indicator: Indicator | null;
  level: string | null;
  levels: string[];
}

export function choose(
  city: City,
  state: Readonly<State>,
  indicators: readonly Indicator[],
  problems: readonly Problem[],
): Choice {
  const indicator = chooseIndicator(indicators, state.indicator, drawnLevels(city), problems);
  const levels = shownLevels(city, indicator);
  return {
    system: chooseSystem(city, state.system),
    year: chooseYear(city, state.year),
    indicator,
    level: chooseLevel(state.level, levels),
    levels,
  };
}
