/** What is on the screen, gravest first: units in view with their problems. Pure. */
import type { Problem, UnitRef } from "./api.ts";

const RANK: Record<string, number> = { high: 0, medium: 1, low: 2 };

export interface InView {
  unit: UnitRef;
  /** gravest first */
  problems: Problem[];
}

/** Units whose problems lie where `sees` says so: by their gravest problem, then by how many. */
export function inView(
  problems: readonly Problem[],
  sees: (lon: number, lat: number, height: number) => boolean,
): InView[] {
  const units = new Map<string, InView>();
  for (const problem of problems) {
    const at = problem.centroid;
    if (!at || !sees(at[0], at[1], at[2])) continue;
    const found = units.get(problem.unit.id);
    if (found) found.problems.push(problem);
    else units.set(problem.unit.id, { unit: problem.unit, problems: [problem] });
  }
  const grave = (problem: Problem | undefined) => RANK[problem?.severity ?? ""] ?? 3;
  const list = [...units.values()];
  for (const item of list) item.problems.sort((a, b) => grave(a) - grave(b));
  return list.sort(
    (a, b) =>
      grave(a.problems[0]) - grave(b.problems[0]) ||
      b.problems.length - a.problems.length ||
      a.unit.id.localeCompare(b.unit.id),
  );
}
