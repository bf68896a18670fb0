/** Which indicators of a file are listed, and in what order. Pure. */
import type { Theme, UnitIndicator } from "./api.ts";

export type Verdict = "unmet" | "met" | "none" | "missing" | "conflict" | "said";
export const VERDICTS: readonly Verdict[] = ["unmet", "met", "none", "missing", "conflict", "said"];

export type Order = "problems" | "category" | "name" | "place" | "change";
export const ORDERS: readonly Order[] = ["problems", "category", "name", "place", "change"];

export interface Sieve {
  text: string;
  category: string;
  verdict: Verdict | "";
  theme: string;
}

export const OPEN: Sieve = { text: "", category: "", verdict: "", theme: "" };

/** 0 not met, 1 met, 2 a value without a standard, 3 no value. */
export function rank(item: UnitIndicator): number {
  if (item.value === null) return 3;
  if (item.meets === null) return 2;
  return item.meets ? 1 : 0;
}

/** Indicators of a theme as "system/code". */
export function membersOf(themes: readonly Theme[], code: string): ReadonlySet<string> {
  const found = themes.find((theme) => theme.code === code);
  return new Set((found?.indicators ?? []).map((item) => `${item.system}/${item.code}`));
}

/** Themes that an indicator belongs to. */
export function themesOf(themes: readonly Theme[], item: UnitIndicator): Theme[] {
  const own = (one: { system: string; code: string }) =>
    one.system === item.system && one.code === item.code;
  return themes.filter((theme) => theme.indicators.some(own));
}

function says(item: UnitIndicator, verdict: Verdict): boolean {
  if (verdict === "conflict") return item.conflict;
  if (verdict === "said") return item.qualitative.length > 0;
  return ["unmet", "met", "none", "missing"][rank(item)] === verdict;
}

export function sieved(
  items: readonly UnitIndicator[],
  sieve: Sieve,
  themes: readonly Theme[],
): UnitIndicator[] {
  const text = sieve.text.trim().toLowerCase();
  const members = sieve.theme ? membersOf(themes, sieve.theme) : null;
  return items.filter((item) => {
    if (sieve.category && item.category.code !== sieve.category) return false;
    if (sieve.verdict && !says(item, sieve.verdict)) return false;
    if (members && !members.has(`${item.system}/${item.code}`)) return false;
    const words = [item.code, item.name.zh, item.name.en];
    return !text || words.some((word) => word.toLowerCase().includes(text));
  });
}

/** Change since the year before in parts of the older value; null where it cannot be told. */
export function changeOf(item: UnitIndicator): number | null {
  const before = item.previous?.value ?? null;
  if (item.value === null || before === null || before === 0) return null;
  return (item.value - before) / Math.abs(before);
}

/** Sorted anew; what lacks the measure of the order comes last, as in the list. */
export function ordered(
  items: readonly UnitIndicator[],
  order: Order,
  nameOf: (item: UnitIndicator) => string,
  locale: string,
): UnitIndicator[] {
  const far = Number.POSITIVE_INFINITY;
  const keys: Record<Order, (item: UnitIndicator) => number> = {
    problems: rank,
    category: () => 0,
    name: () => 0,
    // the worst place first: so many of all are better
    place: (item) => (item.rank !== null && item.of ? -item.rank / item.of : far),
    change: (item) => {
      const change = changeOf(item);
      return change === null ? far : -Math.abs(change);
    },
  };
  const found = [...items].sort((a, b) => {
    const [x, y] = [keys[order](a), keys[order](b)];
    return x === y ? 0 : x < y ? -1 : 1;
  });
  if (order !== "name") return found;
  return found.sort((a, b) => nameOf(a).localeCompare(nameOf(b), locale));
}
