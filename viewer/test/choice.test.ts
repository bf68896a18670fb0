import { describe, expect, it } from "vitest";
import type { City, Indicator, OverlayInfo, Problem } from "../src/api.ts";
import { candidates, choose, chooseLevel, drawnLevels, PLAIN, tellsApart } from "../src/choice.ts";
import { DEFAULTS } from "../src/state.ts";

const label = { zh: "", en: "" };
const CITY = {
  levels: ["building", "block", "district", "city"].map((level) => ({
    level,
    label,
    count: 3,
    rows: 3,
    tileset: null,
  })),
  years: [2024, 2025].map((year) => ({ year, cutoff: "", periods: 1 })),
  year: 2025,
  system: "A",
  systems: [{ id: "A", label, indicators: 2 }],
  tilesets: {
    buildings: { url: "", kind: "units", level: "building", massing_level: "block" },
    block: { url: "", kind: "surface", level: "block", massing_level: null },
  },
  parents: { district: { url: "", dtype: "u32", length: 3, digest: "" } },
} as unknown as City;
const indicator = (code: string, levels: string[]) => ({ code, levels }) as unknown as Indicator;
const LIST = [indicator("whole", ["city"]), indicator("parking", ["block", "district"])];

describe("choice", () => {
  it("draws buildings and every level with a surface or a parents column", () => {
    expect(drawnLevels(CITY)).toEqual(["building", "block", "district"]);
  });

  it("begins with the first indicator the map can draw, at block level, in the latest year", () => {
    const choice = choose(CITY, DEFAULTS, LIST, null);
    expect(choice).toMatchObject({ system: "A", year: 2025, level: "block" });
    expect(choice.indicator?.code).toBe("parking");
  });

  it("tries first what has blocks and most problems behind it", () => {
    const list = [...LIST, indicator("noise", ["district"]), indicator("gas", ["block"])];
    const problems = [{ indicator: "gas" }, { indicator: null }] as unknown as Problem[];
    const codes = candidates(list, drawnLevels(CITY), problems).map((item) => item.code);
    expect(codes).toEqual(["gas", "parking", "noise"]);
  });

  it("opens with what was found to tell the parts of the city apart", () => {
    const list = [...LIST, indicator("gas", ["block"])];
    expect(choose(CITY, DEFAULTS, list, "gas").indicator?.code).toBe("gas");
    expect(choose(CITY, DEFAULTS, list, "gone").indicator?.code).toBe("parking");
  });

  it("knows a map of one colour from one that shows something", () => {
    const map = (counts: number[], total: number) =>
      ({
        coverage: { with_value: counts.reduce((a, b) => a + b, 0), total },
        legend: { classes: counts.map((count) => ({ count })) },
      }) as unknown as OverlayInfo;
    expect(tellsApart(map([30, 40, 30], 110))).toBe(true);
    expect(tellsApart(map([95, 5], 100))).toBe(false);
    expect(tellsApart(map([10, 10], 100))).toBe(false);
  });

  it("shows the plain city when asked to", () => {
    const choice = choose(CITY, { ...DEFAULTS, indicator: PLAIN }, LIST, null);
    expect(choice.indicator).toBeNull();
    expect(choice.levels).toEqual(["building", "block", "district"]);
  });

  it("moves to the nearest level that has data", () => {
    expect(chooseLevel("building", ["district", "block"])).toBe("block");
    expect(chooseLevel(null, ["district"])).toBe("district");
    expect(chooseLevel("block", [])).toBeNull();
  });

  it("falls back from a year and a system the city does not have", () => {
    const state = { ...DEFAULTS, year: 1999, system: "B" };
    expect(choose(CITY, state, LIST, null)).toMatchObject({ year: 2025, system: "A" });
  });
});
