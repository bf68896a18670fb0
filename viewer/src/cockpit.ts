/** What the leader's screen says and in which order. Pure. */
import type { Warnings } from "./api.ts";

export type Warning = "red" | "yellow" | "normal" | "no_standard" | "not_assessed";
export type WarningLine = Warnings["indicators"][number];
export type Part = Warnings["parts"][number];

export const WARNING_WORDS: readonly Warning[] = [
  "red",
  "yellow",
  "normal",
  "no_standard",
  "not_assessed",
];

/** What a list by warning level may hold: one level, or every indicator. */
export type WarningList = Warning | "all";
export const WARNING_LISTS: readonly WarningList[] = [...WARNING_WORDS, "all"];

/** Colours of the levels; what is not judged has no colour of its own. */
export const WARNING_PAINT: Record<Warning, string> = {
  red: "var(--high)",
  yellow: "var(--warn)",
  normal: "var(--good)",
  no_standard: "var(--line-2)",
  not_assessed: "var(--void)",
};

/** Which indicators a list holds: those of a category, of a warning level, of both, or all. */
export interface ListOf {
  category: string | null;
  warning: WarningList | null;
}

/** Whether a list is asked for at all. */
export function isOpen({ category, warning }: ListOf): boolean {
  return category !== null || warning !== null;
}

/** Lines of a list, the worst first. */
export function linesOf(warnings: Warnings, { category, warning }: ListOf): WarningLine[] {
  const wanted = warnings.indicators.filter(
    (line) =>
      (warning === null || warning === "all" || line.warning === warning) &&
      (category === null || line.category.code === category),
  );
  return wanted
    .map((line, at) => ({ line, at }))
    .sort((a, b) => rank(a.line) - rank(b.line) || depth(a.line) - depth(b.line) || a.at - b.at)
    .map(({ line }) => line);
}

function rank(line: WarningLine): number {
  return WARNING_WORDS.indexOf(line.warning);
}

function depth(line: WarningLine): number {
  return line.score ?? 101;
}

/** Whether this year is better than the last by the indicator's direction; null where nobody can say. */
export function better(line: WarningLine): boolean | null {
  const { value, before, direction } = line;
  if (value === null || before === null || value === before) return null;
  if (direction !== "higher" && direction !== "lower") return null;
  return direction === "higher" ? value > before : value < before;
}

/** Height on the retina that letters need, NUREG-0700 12.1.1.3: 16 minutes of arc. */
const ARC = Math.tan((16 / 60) * (Math.PI / 180));
/** Part of a letter size that its glyph fills: ideographs nearly fill the square. */
const GLYPH = 0.9;
/** The smallest text of the presentation, in letter sizes of the page. */
export const SMALLEST = 0.75;
/** Letter sizes of the page that a screen must hold side by side for the presentation. */
export const LEAST_WIDTH = 60;
/** Letter sizes side by side where nobody told the wall: the same page on every screen. */
const USUAL_WIDTH = 92;

/** Letters of a screen held in the hand, CSS pixels. */
const HAND = 14.5;

/** A wall: its width in metres, and how far the farthest seat is. */
export interface Wall {
  width: number;
  distance: number;
}

export function parseWall(text: string | null): Wall | null {
  const found = /^(\d{1,2}(?:\.\d{1,2})?)x(\d{1,3}(?:\.\d{1,2})?)$/.exec(text ?? "");
  if (!found) return null;
  const [width, distance] = [Number(found[1]), Number(found[2])];
  return width > 0 && distance > 0 ? { width, distance } : null;
}

/**
 * The page's letter size in CSS pixels at which a person at the farthest seat can read the smallest
 * text, and how far that seat may be: a wall too small for its hall keeps the largest size that
 * still holds the page.
 */
export function letterSize(
  wall: Wall | null,
  pixels: number,
): { size: number; reach: number | null } {
  const most = pixels / LEAST_WIDTH;
  if (!wall) return { size: Math.max(HAND, pixels / USUAL_WIDTH), reach: null };
  const wanted = (ARC * wall.distance * pixels) / wall.width / GLYPH / SMALLEST;
  const size = Math.min(wanted, most);
  return { size, reach: (wall.distance * size) / wanted };
}
