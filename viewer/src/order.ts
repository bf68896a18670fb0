/** Orders that lists of problems and units are shown in. Pure. */
import type { Problem, ProblemCounts, RankItem } from "./api.ts";

/**
 * The worst place of each kind of problem, in the server's order, and how many places there are: by
 * the server's count where the kind is a rule, else as many as are listed.
 */
export function worstOfEach(
  problems: readonly Problem[],
  counts: ProblemCounts | null,
): { problem: Problem; n: number }[] {
  const kinds = new Map<string, { problem: Problem; n: number }>();
  for (const problem of problems) {
    const kind = problem.rule || problem.title.zh || problem.id;
    const found = kinds.get(kind);
    if (found) found.n += 1;
    else kinds.set(kind, { problem, n: 1 });
  }
  return [...kinds.values()].map(({ problem, n }) => ({
    problem,
    n: (problem.rule ? counts?.rule[problem.rule] : undefined) ?? n,
  }));
}

/** Places counted from the top of the list as it is shown; equals share one, no number has none. */
export function placesOf(items: readonly RankItem[]): (number | null)[] {
  let place = 0;
  return items.map((item, i) => {
    if (item.rank === null) return null;
    if (i === 0 || items[i - 1]?.rank !== item.rank) place = i + 1;
    return place;
  });
}
