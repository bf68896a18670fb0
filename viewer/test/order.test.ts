import { describe, expect, it } from "vitest";
import type { Problem, ProblemCounts, RankItem } from "../src/api.ts";
import { placesOf, worstOfEach } from "../src/order.ts";

const problem = (id: string, rule: string, zh: string) =>
  ({ id, rule, title: { zh, en: zh } }) as unknown as Problem;
const ranked = (ranks: (number | null)[]) =>
  ranks.map((rank) => ({ rank })) as unknown as RankItem[];

describe("order", () => {
  it("shows the worst place of each kind with the count of all, not of the page", () => {
    const list = [problem("1", "R1", "淹"), problem("2", "R2", "堵"), problem("3", "R1", "淹")];
    const counts: ProblemCounts = { severity: {}, rule: { R1: 40, R2: 7 }, state: {} };
    const found = worstOfEach(list, counts).map(({ problem: { id }, n }) => [id, n]);
    expect(found).toEqual([
      ["1", 40],
      ["2", 7],
    ]);
  });

  it("counts loaded problems without a rule by their title", () => {
    const list = [problem("1", "", "淹"), problem("2", "", "淹"), problem("3", "", "堵")];
    expect(worstOfEach(list, null).map(({ n }) => n)).toEqual([2, 1]);
  });

  it("counts places from the top of the shown list, whichever end it begins with", () => {
    expect(placesOf(ranked([1018, 1017, 1017, 1015, null]))).toEqual([1, 2, 2, 4, null]);
    expect(placesOf(ranked([1, 2, 2, 4]))).toEqual([1, 2, 2, 4]);
    expect(placesOf([])).toEqual([]);
  });
});
