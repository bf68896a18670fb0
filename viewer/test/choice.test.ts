import { describe, expect, it } from "vitest";
import type { City, Indicator, Problem } from "../src/api.ts";
import { choose, chooseLevel, drawnLevels, PLAIN } from "../src/choice.ts";
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
    const choice = choose(CITY, DEFAULTS, LIST, []);
    expect(choice).toMatchObject({ system: "A", year: 2025, level: "block" });
    expect(choice.indicator?.code).toBe("parking");
  });

  it("begins with the indicator behind the worst problem", () => {
    const list = [...LIST, indicator("gas", ["block"])];
    const problems = [{ indicator: "gas" }] as unknown as Problem[];
    expect(choose(CITY, DEFAULTS, list, problems).indicator?.code).toBe("gas");
  });

  it("shows the plain city when asked to", () => {
    const choice = choose(CITY, { ...DEFAULTS, indicator: PLAIN }, LIST, []);
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
    expect(choose(CITY, state, LIST, [])).toMatchObject({ year: 2025, system: "A" });
  });
});
