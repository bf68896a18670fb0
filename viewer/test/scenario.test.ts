import { describe, expect, it } from "vitest";
import type { OverlayInfo, WhatIf } from "../src/api.ts";
import { ColumnRefused } from "../src/lut.ts";
import {
  codesOf,
  isEmpty,
  patchOf,
  questionOf,
  rangeOf,
  recoloured,
  recounted,
} from "../src/scenario.ts";
import { DEFAULTS } from "../src/state.ts";

const column = (bytes: number[]) => ({
  url: `data:application/octet-stream;base64,${btoa(String.fromCharCode(...bytes))}`,
  dtype: "u8",
  length: bytes.length,
  digest: "",
});
const answer = {
  year: 2025,
  model: "m1",
  columns: [
    { system: "S", indicator: "park", level: "block", changed: 1, column: column([0, 1, 250]) },
    { system: "S", indicator: "park", level: "city", changed: 1, column: column([1]) },
    { system: "S", indicator: "road", level: "block", changed: 2, column: column([2, 2, 2]) },
    { system: "S", indicator: "seat", level: "block", changed: 0, column: column([2, 2, 2]) },
    { system: "T", indicator: "park", level: "block", changed: 9, column: column([0, 0, 0]) },
  ],
} as unknown as WhatIf;
const shown = {
  system: "S",
  code: "park",
  level: "block",
  year: 2025,
  model: "m1",
  legend: { classes: [0, 1].map((index) => ({ index, count: 9, color: "#112233" })) },
  coverage: { total: 3, with_value: 3 },
  histogram: { edges: [0, 1], counts: [3] },
  states: {},
} as unknown as OverlayInfo;

describe("the question", () => {
  it("comes back equal from the state it is written to, whatever stands in its names", () => {
    const question = {
      projects: ["PRJ-1", "甲,乙:丙"],
      standards: { park_coverage: 90, "a:b,c": 0.5 },
      budget: 5000,
    };
    expect(questionOf({ ...DEFAULTS, ...patchOf(question) })).toEqual(question);
  });

  it("leaves out what cannot be read", () => {
    const state = { ...DEFAULTS, projects: ",,A,A,%E4", standards: "x,y:,z:no,w:3" };
    expect(questionOf(state)).toEqual({
      projects: ["A", "%E4"],
      standards: { w: 3 },
      budget: null,
    });
  });

  it("is empty when nothing is asked; a budget of nothing is a question", () => {
    expect(isEmpty(questionOf(DEFAULTS))).toBe(true);
    expect(isEmpty({ projects: [], standards: {}, budget: 0 })).toBe(false);
  });
});

describe("the answer", () => {
  it("colours what is shown by its own column and nothing else", () => {
    expect(codesOf(answer, shown, 3)).toEqual(new Uint8Array([0, 1, 250]));
    expect(codesOf(answer, { ...shown, code: "other" }, 3)).toBeNull();
    expect(codesOf(answer, { ...shown, year: 2024 }, 3)).toBeNull();
  });

  it("is refused for another model or another number of rows", () => {
    expect(() => codesOf(answer, { ...shown, model: "m2" }, 3)).toThrow(ColumnRefused);
    expect(() => codesOf(answer, shown, 4)).toThrow(ColumnRefused);
  });

  it("counts classes and states anew in the same legend", () => {
    const info = recounted(shown, new Uint8Array([0, 1, 250]));
    expect(info.legend.classes.map((item) => [item.count, item.color])).toEqual([
      [1, "#112233"],
      [1, "#112233"],
    ]);
    expect(Object.values(info.states)).toEqual([1]);
    expect(info.coverage.with_value).toBe(2);
    expect(info.histogram?.counts).toEqual([]);
  });

  it("lists the maps it changes, of this system, that can be drawn, the most changed first", () => {
    const found = recoloured(answer, "S", ["block", "district"]);
    expect(found.map((item) => item.indicator)).toEqual(["road", "park"]);
  });
});

describe("a slider for a standard", () => {
  it("ends at 100 for a share, at twice the standard otherwise", () => {
    expect(rangeOf(80, "%")).toEqual([0, 100, 1]);
    expect(rangeOf(8, "km/km2")).toEqual([0, 16, 0.1]);
    expect(rangeOf(1.5, "m2/person")).toEqual([0, 3, 0.1]);
  });
});
