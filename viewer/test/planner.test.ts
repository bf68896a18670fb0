import { describe, expect, it } from "vitest";
import type { Legend, TrendPoint, UnitFile, UnitIndicator } from "../src/api.ts";
import { differs, linesOf, yearLines } from "../src/beside.ts";
import { isAbove } from "../src/choice.ts";
import { changeOf, OPEN, ordered, sieved } from "../src/filesieve.ts";
import { composeMarks, flagsDown, flagsUp, MARK_FOUND, MARK_HOLDS, NO_PARENT } from "../src/lut.ts";
import { along, inkOn, PALETTES, recoloured } from "../src/palette.ts";
import { boxOf, ringsOf } from "../src/patch.ts";
import { broken } from "../src/picture.ts";
import { prismsOf } from "../src/prism.ts";
import {
  added,
  asks,
  boxRing,
  EMPTY,
  type Group,
  leavesOf,
  maskOf,
  readQuestion,
  replaced,
  withRing,
  writeQuestion,
} from "../src/question.ts";
import { binRows, cloudOf, correlation, inside, nearest, rankCorrelation } from "../src/scatter.ts";
import { classesOf, keyOf, levelFor, sizeOf, wishOf } from "../src/variant.ts";

const OLD = { of: "attribute", name: "year_built", op: "<", value: 1990 } as const;
const GLAD = { of: "satisfaction", op: "<", value: 70 } as const;

describe("a combined question", () => {
  it("comes back equal from the URL, and what cannot be read is empty", () => {
    const question = { level: "block", where: { of: "all", args: [OLD, GLAD] } as Group };
    expect(readQuestion(writeQuestion(question))).toEqual(question);
    expect(writeQuestion(EMPTY)).toBeNull();
    for (const text of ["{", "[]", '{"where":{"of":"all"}}', '{"where":{"of":"lone"}}']) {
      expect(readQuestion(text)).toEqual(EMPTY);
    }
  });

  it("is changed at a place, in groups too, without touching the old one", () => {
    const inner: Group = { of: "any", args: [GLAD] };
    const root: Group = { of: "all", args: [OLD, inner] };
    const more = added(root, [1], OLD);
    expect(leavesOf(more)).toEqual([OLD, GLAD, OLD]);
    expect(replaced(more, [1, 0], null)).toEqual({
      of: "all",
      args: [OLD, { of: "any", args: [OLD] }],
    });
    expect(leavesOf(root)).toEqual([OLD, GLAD]);
    expect(asks({ level: "block", where: { of: "all", args: [{ of: "any", args: [] }] } })).toBe(
      false,
    );
  });

  it("takes one ring at a time, which narrows whatever else is asked", () => {
    const ring = boxRing([1, 1], [2, 2]);
    const any = { level: "block", where: { of: "any", args: [OLD, GLAD] } as Group };
    const once = withRing(any, ring);
    expect(once.where.of).toBe("all");
    expect(once.where.args).toHaveLength(2);
    const twice = withRing(once, boxRing([3, 3], [4, 4]));
    expect(twice.where.args.filter((part) => part.of === "inside")).toHaveLength(1);
  });

  it("reads one bit a row, lowest first", () => {
    expect([...maskOf(btoa(String.fromCharCode(0b101, 0b1)), 9)]).toEqual([
      1, 0, 1, 0, 0, 0, 0, 0, 1,
    ]);
  });
});

describe("what the map asks for", () => {
  const base = { system: "S", level: "block", year: 2025 };
  const plain = { show: null, classes: null };

  it("is the published overlay unless something else is wished", () => {
    expect(wishOf(plain, "a b", base)).toEqual({
      path: "overlays/a%20b",
      query: { ...base, paint: "true" },
      made: false,
    });
    expect(wishOf({ ...plain, show: "year-2025" }, "a", base).made).toBe(false);
    expect(wishOf({ ...plain, show: "with-a" }, "a", base).made).toBe(false);
  });

  it("names years, indicators, classes and breaks", () => {
    expect(wishOf({ ...plain, show: "year-2022" }, "a", base).query).toMatchObject({
      versus_year: 2022,
    });
    expect(wishOf({ ...plain, show: "with-b" }, "a", base).query).toMatchObject({ versus: "b" });
    expect(classesOf("natural-6")).toEqual({ method: "natural", k: 6 });
    expect(classesOf("at--1.5,2")).toEqual({ breaks: "-1.5,2" });
    const keys = new Set(
      [plain, { ...plain, show: "pair" }, { ...plain, classes: "equal-4" }].map((wish) =>
        keyOf(wishOf(wish, "a", base)),
      ),
    );
    expect(keys.size).toBe(3);
  });

  it("follows the camera from the whole city down to buildings, over levels that have data", () => {
    const levels = ["building", "block", "district"];
    const size = 10_000;
    expect([500, 3000, 20_000].map((height) => levelFor(height, size, levels))).toEqual(levels);
    expect(levelFor(500, size, ["block", "district"])).toBe("block");
    expect(levelFor(90_000, size, ["building"])).toBe("building");
    expect(sizeOf({ west: 0, south: 0, east: 1, north: 0 })).toBeCloseTo(111_320, 0);
  });
});

describe("colours", () => {
  const legend = (method: string, direction: string) =>
    ({
      method,
      direction,
      classes: [0, 1, 2].map((index) => ({ index, color: "#111111", ink: "" })),
    }) as unknown as Legend;

  it("keep their order: each ramp only grows lighter or darker", () => {
    for (const ramp of Object.values(PALETTES)) {
      const light = [0, 0.25, 0.5, 0.75, 1].map((place) => {
        const n = Number.parseInt(along(ramp, place).slice(1), 16);
        return 0.3 * (n >> 16) + 0.59 * ((n >> 8) & 255) + 0.11 * (n & 255);
      });
      const steps = light.slice(1).map((value, i) => Math.sign(value - (light[i] ?? 0)));
      expect(new Set(steps).size).toBe(1);
    }
  });

  it("leave a change and a pair as they are, and turn where higher is better", () => {
    expect(recoloured(legend("difference", "higher"), "blues").classes[0]?.color).toBe("#111111");
    expect(recoloured(legend("quantile", "lower"), "blues").classes[0]?.color).toBe(
      PALETTES["blues"]?.[0],
    );
    expect(recoloured(legend("quantile", "higher"), "blues").classes[0]?.color).toBe(
      PALETTES["blues"]?.[4],
    );
    expect([inkOn("#ffffff"), inkOn("#101010")]).toEqual(["#14232b", "#ffffff"]);
  });
});

describe("marks", () => {
  it("go down to what lies in a unit and up to what holds it", () => {
    const parents = Uint32Array.from([0, 0, 1, NO_PARENT]);
    expect([...flagsDown(Uint8Array.from([0, 1]), parents, MARK_FOUND)]).toEqual([
      0,
      0,
      MARK_FOUND,
      0,
    ]);
    expect([...flagsUp(Uint8Array.from([0, 1, 0, 1]), parents, 2, MARK_HOLDS)]).toEqual([
      MARK_HOLDS,
      0,
    ]);
    expect([
      ...composeMarks(3, [{ row: 1, parents: null, mark: 2 }], Uint8Array.from([5, 5, 0])),
    ]).toEqual([5, 2, 0]);
    expect([
      isAbove("district", "block"),
      isAbove("block", "district"),
      isAbove("block", "area"),
    ]).toEqual([true, false, false]);
  });
});

const trend = (...values: (number | null)[]): TrendPoint[] =>
  values.map((value, i) => ({ year: 2021 + i, period: null, value, state: "measured" }));
const item = (code: string, value: number | null, more: Partial<UnitIndicator> = {}) =>
  ({
    code,
    system: "S",
    name: { zh: code, en: code },
    category: { code: "c", label: { zh: "", en: "" } },
    direction: "higher",
    value,
    meets: null,
    rank: null,
    of: null,
    conflict: false,
    qualitative: [],
    previous: null,
    trend: [],
    ...more,
  }) as unknown as UnitIndicator;

describe("the file's table", () => {
  const items = [
    item("a", 1, { meets: true, rank: 9, of: 10 }),
    item("b", null),
    item("c", 3, { meets: false, rank: 1, of: 10, previous: { value: 2 } as TrendPoint }),
    item("d", 4, { conflict: true }),
  ];
  const codes = (list: readonly UnitIndicator[]) => list.map(({ code }) => code).join("");

  it("is sieved by verdict, name and theme", () => {
    expect(codes(sieved(items, { ...OPEN, verdict: "unmet" }, []))).toBe("c");
    expect(codes(sieved(items, { ...OPEN, verdict: "missing" }, []))).toBe("b");
    expect(codes(sieved(items, { ...OPEN, verdict: "conflict" }, []))).toBe("d");
    expect(codes(sieved(items, { ...OPEN, text: "A" }, []))).toBe("a");
    const theme = { code: "t", indicators: [{ system: "S", code: "d" }] } as never;
    expect(codes(sieved(items, { ...OPEN, theme: "t" }, [theme]))).toBe("d");
  });

  it("is ordered by trouble, place or change; what has none comes last", () => {
    const sorted = (order: "problems" | "place" | "change") =>
      codes(ordered(items, order, ({ code }) => code, "en"));
    expect(sorted("problems")).toBe("cadb");
    expect(sorted("place")).toBe("acbd");
    expect(sorted("change")).toBe("cabd");
    expect(changeOf(items[2] as UnitIndicator)).toBe(0.5);
    expect(changeOf(items[1] as UnitIndicator)).toBeNull();
  });
});

describe("units side by side", () => {
  const file = (...list: UnitIndicator[]) => ({ indicators: list }) as unknown as UnitFile;

  it("share a line, best and worst by the direction, missing neither", () => {
    const [line] = linesOf([file(item("a", 1)), file(item("a", null)), file(item("a", 5))]);
    expect([line?.best, line?.worst]).toEqual([2, 0]);
    const [low] = linesOf([file(item("a", 1, { direction: "lower" })), file(item("a", 5))]);
    expect(low?.best).toBe(0);
    const [same] = linesOf([file(item("a", 2)), file(item("a", 2))]);
    expect([same?.best, same && differs(same)]).toEqual([null, false]);
    const [lone] = linesOf([file(item("a", 1)), file()]);
    expect(lone?.cells[1]).toBeNull();
  });

  it("draw their years with a gap where one is missing", () => {
    const drawn = yearLines([trend(1, null, 3), trend(2, 2, 2)], 100, 50);
    expect(drawn?.paths[0]?.match(/M/g)).toHaveLength(2);
    expect(drawn?.dots).toHaveLength(5);
    expect(yearLines([trend(null)], 100, 50)).toBeNull();
  });
});

describe("a scatter", () => {
  const a = Float32Array.from([1, 2, 3, 4, Number.NaN]);
  const b = Float32Array.from([2, 4, 6, 8, 1]);
  const cloud = cloudOf(a, b);

  it("leaves out what lacks one side and says how many", () => {
    expect([cloud.rows.length, cloud.lacking]).toEqual([4, 1]);
    expect(correlation(cloud)).toBeCloseTo(1);
    expect(rankCorrelation(cloudOf(a, Float32Array.from([1, 10, 100, 1000, 0])))).toBeCloseTo(1);
    expect(correlation(cloudOf(a, Float32Array.from([1, 1, 1, 1, 1])))).toBeNull();
  });

  it("finds points by pixel and by box", () => {
    expect(nearest(cloud, [0, 100], 100, 100, 20)).toBe(0);
    expect(nearest(cloud, [50, 0], 100, 100, 5)).toBeNull();
    const box = { width: 100, height: 100, rows: 5 };
    expect([...inside(cloud, [0, 100], [60, 40], box)]).toEqual([1, 1, 0, 0, 0]);
  });

  it("counts both ends of the last bin of a histogram", () => {
    expect([...binRows(a, 1, 2, false)]).toEqual([1, 0, 0, 0, 0]);
    expect([...binRows(a, 3, 4, true)]).toEqual([0, 0, 1, 1, 0]);
  });
});

describe("shapes", () => {
  const square = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 0],
  ];

  it("are taken from polygons, multipolygons and collections", () => {
    const features = [
      { geometry: { type: "Polygon", coordinates: [square] } },
      { geometry: { type: "MultiPolygon", coordinates: [[square], [square]] } },
      {
        geometry: {
          type: "GeometryCollection",
          geometries: [{ type: "Polygon", coordinates: [square] }],
        },
      },
      { geometry: null },
    ];
    expect(ringsOf(features)).toHaveLength(4);
    expect(boxOf(ringsOf(features))).toEqual({ west: 0, south: 0, east: 1, north: 1 });
    expect(boxOf([])).toBeNull();
  });

  it("stand as high as their value; what is not assessed does not stand", () => {
    const shape = (row: number) => ({
      id: `${row}`,
      geometry: { type: "Polygon", coordinates: [square] },
      properties: { row },
    });
    const legend = { classes: [{ index: 0, color: "#123456" }] } as unknown as Legend;
    const units = new Map(
      [0, 1, 2].map((row) => [row, { centroid: [0, 0, 7] as [number, number, number] }]),
    );
    const values = Float32Array.from([5, 10, Number.NaN]);
    const codes = Uint8Array.from([0, 0, 250]);
    const made = prismsOf([0, 1, 2].map(shape), units, values, { legend, codes }, 1000);
    expect(made.map(({ row, metres, ground }) => [row, metres, ground])).toEqual([
      [0, 48, 7],
      [1, 93, 7],
    ]);
  });
});

it("breaks lines between Chinese letters and between words", () => {
  const wide = (text: string) => text.length;
  expect(broken("one two three", 8, wide)).toEqual(["one two", "three"]);
  expect(broken("abcdefgh", 20, wide)).toEqual(["abcdefgh"]);
  expect(broken("\u57ce\u5e02\u4f53\u68c0\u6307\u6807", 4, wide)).toHaveLength(2);
});
