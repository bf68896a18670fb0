import { describe, expect, it } from "vitest";
import type { City, Indicator, OverlayInfo, Problem } from "../src/api.ts";
import {
  candidates,
  choose,
  chooseLevel,
  drawnLevels,
  hasColumn,
  PLAIN,
  tellsApart,
  yearsAt,
} from "../src/choice.ts";
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
const indicator = (code: string, levels: string[], columns?: Record<string, number[]>) =>
  ({
    code,
    levels,
    columns: columns ?? Object.fromEntries(levels.map((level) => [level, [2024, 2025]])),
  }) as unknown as Indicator;
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

  const PATCHY = indicator("roads", ["block", "district"], {
    block: [2025],
    district: [2024, 2025],
  });

  it("keeps the wished level in a year without data there, and names the ways on", () => {
    const choice = choose(CITY, { ...DEFAULTS, level: "block", year: 2024 }, [PATCHY], null);
    expect(choice.level).toBe("block");
    expect(choice.gap).toEqual({ years: [2025], levels: ["district"] });
  });

  it("takes a level with data in the year where none was wished", () => {
    const choice = choose(CITY, { ...DEFAULTS, year: 2024 }, [PATCHY], null);
    expect(choice.level).toBe("district");
    expect(choice.gap).toBeNull();
  });

  it("names the nearest year first when no level has the year", () => {
    const city = {
      ...CITY,
      years: [2021, 2022, 2025].map((year) => ({ year })),
    } as unknown as City;
    const old = indicator("old", ["block"], { block: [2025, 2021] });
    expect(choose(city, { ...DEFAULTS, year: 2022 }, [old], null).gap).toEqual({
      years: [2021, 2025],
      levels: [],
    });
  });

  it("knows where the server holds a column and where it does not", () => {
    expect(hasColumn(PATCHY, "block", 2025)).toBe(true);
    expect(hasColumn(PATCHY, "block", 2024)).toBe(false);
    expect(hasColumn(PATCHY, "community", 2025)).toBe(false);
    expect(hasColumn(PATCHY, null, 2025)).toBe(false);
    expect(yearsAt(PATCHY, ["block", "district"])).toEqual([2024, 2025]);
    expect(yearsAt(PATCHY, [])).toEqual([]);
  });

  it("falls back from a year and a system the city does not have", () => {
    const state = { ...DEFAULTS, year: 1999, system: "B" };
    expect(choose(CITY, state, LIST, null)).toMatchObject({ year: 2025, system: "A" });
  });
});
