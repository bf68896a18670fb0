/** Units side by side: one line an indicator, one cell a unit. Pure. */
import type { TrendPoint, UnitFile, UnitIndicator } from "./api.ts";

export interface Line {
  code: string;
  system: string;
  first: UnitIndicator;
  /** in the order of the units; null: the unit cannot have it */
  cells: (UnitIndicator | null)[];
  /** places of the best and the worst cell; null where one is not better than another */
  best: number | null;
  worst: number | null;
}

/** Lines of all indicators that at least one of the units has, in the order of the list. */
export function linesOf(units: readonly UnitFile[]): Line[] {
  const order = new Map<string, UnitIndicator>();
  for (const unit of units) {
    for (const item of unit.indicators) {
      const key = `${item.system}/${item.code}`;
      if (!order.has(key)) order.set(key, item);
    }
  }
  return [...order.values()].map((first) => {
    const cells = units.map(
      (unit) =>
        unit.indicators.find((item) => item.code === first.code && item.system === first.system) ??
        null,
    );
    return { code: first.code, system: first.system, first, cells, ...ends(first, cells) };
  });
}

/** Best and worst of the known values, by the indicator's direction. */
function ends(
  first: UnitIndicator,
  cells: readonly (UnitIndicator | null)[],
): { best: number | null; worst: number | null } {
  const known = cells.flatMap((cell, at) =>
    cell?.value === null || cell?.value === undefined ? [] : [{ at, value: cell.value }],
  );
  const judged = first.direction === "higher" || first.direction === "lower";
  if (known.length < 2 || !judged || known.every(({ value }) => value === known[0]?.value)) {
    return { best: null, worst: null };
  }
  const sign = first.direction === "higher" ? 1 : -1;
  const sorted = [...known].sort((a, b) => sign * (b.value - a.value));
  return { best: sorted[0]?.at ?? null, worst: sorted.at(-1)?.at ?? null };
}

/** Whether the known values of a line are not all alike. */
export function differs(line: Line): boolean {
  const known = line.cells.map((cell) => cell?.value ?? null).filter((value) => value !== null);
  return new Set(known).size > 1;
}

export interface YearLines {
  years: number[];
  low: number;
  high: number;
  /** one path a unit; a missing year breaks it */
  paths: string[];
  dots: { x: number; y: number; unit: number }[];
}

/** Trends of several units in one box; null when none has a number. */
export function yearLines(
  trends: readonly (readonly TrendPoint[])[],
  width: number,
  height: number,
): YearLines | null {
  const every = trends.flat();
  const values = every.flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.length === 0) return null;
  const years = [...new Set(every.map(({ year }) => year))].sort((a, b) => a - b);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = high - low || 1;
  const x = (year: number) =>
    years.length > 1 ? (years.indexOf(year) / (years.length - 1)) * width : width / 2;
  const y = (value: number) =>
    high === low ? height / 2 : height - ((value - low) / span) * height;
  const dots: YearLines["dots"] = [];
  const paths = trends.map((trend, unit) => {
    const known = new Map(trend.map((point) => [point.year, point.value]));
    let path = "";
    let pen = false;
    for (const year of years) {
      const value = known.get(year) ?? null;
      if (value === null) {
        pen = false;
        continue;
      }
      path += `${pen ? "L" : "M"}${x(year).toFixed(1)} ${y(value).toFixed(1)}`;
      dots.push({ x: x(year), y: y(value), unit });
      pen = true;
    }
    return path;
  });
  return { years, low, high, paths, dots };
}

/** Colours of units side by side, told apart by the colour-blind too (Okabe and Ito). */
export const TONES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9"] as const;
