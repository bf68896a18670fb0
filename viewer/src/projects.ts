/** Renewal projects: their states, their departments, their place in time. Pure. */
import type { Project, Text } from "./api.ts";

/** States in the order of a project's life, from its end to its beginning. */
export const PROJECT_STATES = [
  "verified",
  "completed",
  "under_construction",
  "approved",
  "planned",
  "paused",
  "cancelled",
] as const;

export type ProjectState = (typeof PROJECT_STATES)[number];

/** Which projects a list holds: those of a state, or those past their deadline. */
export type ProjectSieve = ProjectState | "overdue";
export const PROJECT_SIEVES: readonly ProjectSieve[] = [...PROJECT_STATES, "overdue"];

/** Projects go from light to dark ink as they go on; a pause is the warning colour. */
export const PROJECT_SHADES: Record<ProjectState, string> = {
  verified: "var(--good)",
  completed: "color-mix(in srgb, var(--good) 62%, var(--panel-solid))",
  under_construction: "var(--accent)",
  approved: "color-mix(in srgb, var(--accent) 55%, var(--panel-solid))",
  planned: "color-mix(in srgb, var(--accent) 26%, var(--panel-solid))",
  paused: "var(--medium)",
  cancelled: "var(--void)",
};

export function shadeOf(state: string): string {
  return PROJECT_SHADES[state as ProjectState] ?? "var(--ink-3)";
}

/** What one department answers for. `money` in 10k yuan, null where no project says. */
export interface Board {
  key: string;
  label: Text;
  projects: Project[];
  states: Map<string, number>;
  overdue: number;
  money: number | null;
}

/** Sum of what the projects say they cost, and how many do not say. */
export function moneyOf(projects: readonly Project[]): { sum: number | null; unknown: number } {
  const told = projects.flatMap((item) => item.investment_10k ?? []);
  return {
    sum: told.length > 0 ? told.reduce((sum, one) => sum + one, 0) : null,
    unknown: projects.length - told.length,
  };
}

/** 10k yuan in a yi (100 million yuan), and in a million. */
const YI = 10_000;
const MILLION = 100;

/** A sum of 10k yuan as each language counts it: yi or wan, and millions. */
export function spokenMoney(
  sum: number,
  language: "zh" | "en",
): { n: number; key: "yi" | "wan" | "million" } {
  const two = (n: number) => Math.round(n * 100) / 100;
  if (language === "en") return { n: two(sum / MILLION), key: "million" };
  return sum >= YI ? { n: two(sum / YI), key: "yi" } : { n: sum, key: "wan" };
}

/** One board a department: the one with most overdue projects first, then the one with most. */
export function boardsOf(projects: readonly Project[]): Board[] {
  const found = new Map<string, Project[]>();
  for (const project of projects) {
    const key = project.department?.zh ?? "";
    found.set(key, [...(found.get(key) ?? []), project]);
  }
  const boards = [...found].map(([key, mine]) => {
    const states = new Map<string, number>();
    for (const { state } of mine) states.set(state, (states.get(state) ?? 0) + 1);
    return {
      key,
      label: mine[0]?.department ?? { zh: key, en: key },
      projects: byDeadline(mine),
      states,
      overdue: mine.filter((item) => item.overdue).length,
      money: moneyOf(mine).sum,
    };
  });
  return boards.sort(
    (a, b) =>
      b.overdue - a.overdue || b.projects.length - a.projects.length || (a.key < b.key ? -1 : 1),
  );
}

/** Overdue first, then by deadline; without one last. */
export function byDeadline(projects: readonly Project[]): Project[] {
  return [...projects].sort(
    (a, b) =>
      Number(b.overdue) - Number(a.overdue) ||
      (a.deadline ?? "9999").localeCompare(b.deadline ?? "9999") ||
      a.id.localeCompare(b.id),
  );
}

const DAY = 86_400_000;

function dayOf(date: string | null): number | null {
  const at = date === null ? Number.NaN : Date.parse(`${date}T00:00:00Z`);
  return Number.isFinite(at) ? at / DAY : null;
}

export interface Span {
  from: number;
  to: number;
  /** whole years whose first day lies inside, with that day */
  years: { year: number; at: number }[];
}

/** Days from the first start to the last deadline, in whole years; null where no date is known. */
export function spanOf(projects: readonly Project[], today: string): Span | null {
  const days = projects.flatMap((item) => [dayOf(item.start), dayOf(item.deadline)]);
  const known = [...days, dayOf(today)].filter((day): day is number => day !== null);
  if (days.every((day) => day === null)) return null;
  const first = new Date(Math.min(...known) * DAY).getUTCFullYear();
  const last = new Date(Math.max(...known) * DAY).getUTCFullYear() + 1;
  const start = (year: number) => Date.UTC(year, 0, 1) / DAY;
  const years = Array.from({ length: last - first }, (_, i) => ({
    year: first + i,
    at: start(first + i),
  }));
  return { from: start(first), to: start(last), years };
}

/** Where a day lies in a span, 0 to 1; null where it is not known. */
export function placeOf(date: string | null, span: Span): number | null {
  const day = dayOf(date);
  return day === null ? null : (day - span.from) / (span.to - span.from);
}
