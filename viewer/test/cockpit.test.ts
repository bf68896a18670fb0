import { describe, expect, it } from "vitest";
import type { Warnings } from "../src/api.ts";
import {
  better,
  letterSize,
  linesOf,
  parseWall,
  SMALLEST,
  type WarningLine,
} from "../src/cockpit.ts";

function line(code: string, warning: string, score: number | null, more: object = {}): WarningLine {
  const base = { code, warning, score, category: { code: "a", label: { zh: "a", en: "a" } } };
  return { ...base, direction: "higher", value: 1, before: 1, ...more } as WarningLine;
}

const all = {
  indicators: [
    line("fine", "normal", 100),
    line("bad", "red", 40),
    line("worse", "red", 10),
    line("other", "yellow", 80, { category: { code: "b", label: { zh: "b", en: "b" } } }),
    line("unknown", "not_assessed", null),
  ],
} as unknown as Warnings;

describe("the leader's lists", () => {
  it("put the worst first, and what nobody assessed last", () => {
    expect(linesOf(all, { category: null, warning: "all" }).map((item) => item.code)).toEqual([
      "worse",
      "bad",
      "other",
      "fine",
      "unknown",
    ]);
  });

  it("hold one category or one level", () => {
    expect(linesOf(all, { category: "b", warning: null }).map((item) => item.code)).toEqual([
      "other",
    ]);
    expect(linesOf(all, { category: null, warning: "red" }).map((item) => item.code)).toEqual([
      "worse",
      "bad",
    ]);
    expect(linesOf(all, { category: "b", warning: "red" })).toEqual([]);
  });

  it("tell better from worse by the direction, and keep silent where there is none", () => {
    expect(better(line("x", "red", 1, { value: 3, before: 2 }))).toBe(true);
    expect(better(line("x", "red", 1, { value: 3, before: 2, direction: "lower" }))).toBe(false);
    expect(better(line("x", "red", 1, { value: 3, before: null }))).toBeNull();
    expect(better(line("x", "red", 1, { value: 3, before: 2, direction: "range" }))).toBeNull();
  });
});

describe("letters for a wall", () => {
  it("subtend sixteen minutes of arc at the farthest seat, the smallest ones too", () => {
    // facts of the field: 8 m ask for glyphs of 37 mm, 36 px on a wall of 4 m and 3840 px
    const { size, reach } = letterSize({ width: 4, distance: 8 }, 3840);
    expect(size * SMALLEST * 0.9).toBeCloseTo(35.7, 1);
    expect(reach).toBeCloseTo(8, 6);
  });

  it("are the same on a finer wall of the same size", () => {
    const of = (pixels: number) => letterSize({ width: 6, distance: 9 }, pixels).size / pixels;
    expect(of(7680)).toBeCloseTo(of(1920), 12);
  });

  it("stop growing where the page would not hold, and say how far they carry", () => {
    const { size, reach } = letterSize({ width: 4, distance: 30 }, 3840);
    expect(size).toBe(64);
    expect(reach).toBeLessThan(15);
  });

  it("fill the screen alike where nobody told the wall", () => {
    expect(letterSize(null, 3840).size).toBe(2 * letterSize(null, 1920).size);
    expect(letterSize(null, 1920).size).toBeGreaterThan(16);
    expect(letterSize(null, 1920).reach).toBeNull();
  });

  it("read a wall from the address, and nothing else", () => {
    expect(parseWall("4x8")).toEqual({ width: 4, distance: 8 });
    expect(parseWall("4.5x12.5")).toEqual({ width: 4.5, distance: 12.5 });
    for (const bad of [null, "", "4", "x8", "0x8", "4x0", "4x8<img>"]) {
      expect(parseWall(bad)).toBeNull();
    }
  });
});
