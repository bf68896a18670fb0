/** Five years of an indicator as one small picture: lines, breaks of method, gaps. Pure. */
import type { EvaluationLine } from "./api.ts";

export interface Dot {
  x: number;
  y: number;
  year: number;
  value: number;
}

export interface Plot {
  dots: Dot[];
  /** points of polylines; a line never crosses a missing year or a change of method */
  lines: string[];
  /** half-way between two years that were not measured alike */
  breaks: { x: number; kinds: readonly string[] }[];
  /** years without a value, from the first to the last checkup */
  gaps: { x: number; year: number }[];
  /** height of the standard; null where it lies outside the picture */
  standard: number | null;
}

const EDGE = 4;

export function plotOf(
  line: EvaluationLine,
  years: readonly number[],
  width: number,
  height: number,
): Plot {
  const known = line.points.filter((point) => point.value !== null);
  const values = known.map((point) => point.value as number);
  const limit = line.standard?.value ?? null;
  const low = Math.min(...values);
  const high = Math.max(...values);
  // a standard near the values is drawn with them; a far one would flatten the line
  const room = Math.max(high - low, Math.abs(high) * 0.05, 1e-9);
  const near = limit !== null && limit >= low - room && limit <= high + room;
  const bottom = near ? Math.min(low, limit) : low;
  const top = near ? Math.max(high, limit) : high;
  const span = top - bottom || 1;
  const step = years.length > 1 ? (width - 2 * EDGE) / (years.length - 1) : 0;
  const at = (year: number) => EDGE + years.indexOf(year) * step;
  const up = (value: number) =>
    top === bottom ? height / 2 : height - EDGE - ((value - bottom) / span) * (height - 2 * EDGE);
  const dots = known
    .filter((point) => years.includes(point.year))
    .map((point) => ({
      x: at(point.year),
      y: up(point.value as number),
      year: point.year,
      value: point.value as number,
    }));
  return {
    dots,
    lines: linesOf(dots, years, line.breaks),
    breaks: line.breaks
      .filter((item) => years.includes(item.before) && years.includes(item.after))
      .map((item) => ({ x: (at(item.before) + at(item.after)) / 2, kinds: item.kinds })),
    gaps: years
      .filter((year) => !dots.some((dot) => dot.year === year))
      .map((year) => ({ x: at(year), year })),
    standard: near ? up(limit) : null,
  };
}

function linesOf(
  dots: readonly Dot[],
  years: readonly number[],
  breaks: EvaluationLine["breaks"],
): string[] {
  const out: Dot[][] = [];
  dots.forEach((dot, i) => {
    const last = dots[i - 1];
    const next = last && years.indexOf(dot.year) === years.indexOf(last.year) + 1;
    const broken = last && breaks.some((b) => b.before === last.year && b.after === dot.year);
    if (next && !broken) out.at(-1)?.push(dot);
    else out.push([dot]);
  });
  return out
    .filter((part) => part.length > 1)
    .map((part) => part.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "));
}

/** Worse first, then better, then those nobody can judge; within each the largest break first. */
export function inOrder(lines: readonly EvaluationLine[]): EvaluationLine[] {
  const rank = (line: EvaluationLine) =>
    line.better === false ? 0 : line.breaks.length > 0 ? 1 : line.better === true ? 2 : 3;
  return [...lines]
    .filter((line) => line.points.some((point) => point.value !== null))
    .sort((a, b) => rank(a) - rank(b));
}
