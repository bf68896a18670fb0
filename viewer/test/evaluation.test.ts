import { describe, expect, it } from "vitest";
import type { EvaluationLine } from "../src/api.ts";
import { inOrder, plotOf } from "../src/evaluation.ts";

const YEARS = [2021, 2022, 2023, 2024, 2025];

function line(values: (number | null)[], more: Partial<EvaluationLine> = {}): EvaluationLine {
  const points = values.map((value, i) => ({ year: 2021 + i, value }));
  return { points, breaks: [], standard: null, better: null, ...more } as unknown as EvaluationLine;
}

describe("a small picture of five years", () => {
  it("spans the years and the values, higher values higher up", () => {
    const plot = plotOf(line([1, 2, 3, 4, 5]), YEARS, 108, 48);
    expect(plot.lines).toHaveLength(1);
    expect([plot.dots[0]?.x, plot.dots[0]?.y]).toEqual([4, 44]);
    expect([plot.dots[4]?.x, plot.dots[4]?.y]).toEqual([104, 4]);
  });

  it("never draws a line over a missing year, and marks it", () => {
    const plot = plotOf(line([1, 2, null, 4, 5]), YEARS, 108, 48);
    expect(plot.lines).toHaveLength(2);
    expect(plot.gaps.map((gap) => gap.year)).toEqual([2023]);
    const early = plotOf(line([null, null, null, 4, 5]), YEARS, 108, 48);
    expect(early.gaps.map((gap) => gap.year)).toEqual([2021, 2022, 2023]);
  });

  it("cuts the line where the method changed, with a mark between the two years", () => {
    const breaks = [{ before: 2022, after: 2023, kinds: ["method"], change: 3 }];
    const plot = plotOf(line([1, 2, 5, 6, 7], { breaks }), YEARS, 108, 48);
    expect(plot.lines).toHaveLength(2);
    expect(plot.breaks).toEqual([{ x: 41.5, kinds: ["method"] }]);
  });

  it("draws a standard that is near and leaves out one that would flatten the line", () => {
    const standard = (value: number) => ({ standard: { value } }) as Partial<EvaluationLine>;
    expect(plotOf(line([1, 2, 3, 4, 5], standard(5)), YEARS, 108, 48).standard).toBe(4);
    expect(plotOf(line([1, 2, 3, 4, 5], standard(90)), YEARS, 108, 48).standard).toBeNull();
  });

  it("lies in the middle where nothing changes", () => {
    expect(plotOf(line([7, 7, 7, 7, 7]), YEARS, 108, 48).dots.map((dot) => dot.y)).toEqual(
      YEARS.map(() => 24),
    );
  });
});

describe("the order of lines", () => {
  it("is worse, broken, better, unjudged; without a value a line is not shown", () => {
    const breaks = [{ before: 2021, after: 2022, kinds: ["version"], change: 0 }];
    const lines = [
      line([1], { code: "unjudged" }),
      line([null], { code: "empty" }),
      line([1], { code: "better", better: true }),
      line([1], { code: "broken", breaks }),
      line([1], { code: "worse", better: false }),
    ];
    expect(inOrder(lines).map((item) => item.code)).toEqual([
      "worse",
      "broken",
      "better",
      "unjudged",
    ]);
  });
});
