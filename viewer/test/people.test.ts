/** What people need of the page, as far as it is plain logic: colours told apart, lists, plan, troubles. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Problem } from "../src/api.ts";
import { TONES } from "../src/beside.ts";
import { ApiError } from "../src/client.ts";
import { type Features, FlatView, readable, shapeAt, shapesOf } from "../src/flat.ts";
import { inView } from "../src/inview.ts";
import { ColumnRefused } from "../src/lut.ts";
import { along, PALETTES } from "../src/palette.ts";
import { Resource } from "../src/resource.ts";
import { gravest, resourcesOf, troubleOf } from "../src/trouble.ts";
import { apart, SIGHT_NAMES, seen } from "./colours.ts";

/** Below 2.3 two colours beside each other look alike; legends keep twice that and more. */
const TOLD_APART = 6;
const RAMPS = readFileSync(join(import.meta.dirname, "../../indicator_overlays/ramp.py"), "utf8");

function ramp(name: string): string[] {
  const found = new RegExp(`^${name}:.*?\\(([^)]*)\\)`, "ms").exec(RAMPS)?.[1] ?? "";
  return found.match(/#[0-9a-f]{6}/g) ?? [];
}

const steps = (colours: readonly string[], n: number) =>
  Array.from({ length: n }, (_, i) => along(colours, i / (n - 1)));

describe("colours", () => {
  it("are measured as published: pairs of Sharma, Wu and Dalal", () => {
    expect(apart([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
    expect(apart([50, 2.5, 0], [73, 25, -18])).toBeCloseTo(27.1492, 4);
    expect(apart([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514])).toBeCloseTo(0.9082, 4);
  });

  const palettes = { ...PALETTES, judged: ramp("JUDGED"), plain: ramp("PLAIN") };
  for (const [name, colours] of Object.entries(palettes)) {
    for (const sight of SIGHT_NAMES) {
      it(`of ${name} keep neighbouring classes apart, ${sight}`, () => {
        expect(colours.length).toBeGreaterThanOrEqual(5);
        for (const n of [3, 5, 6]) {
          const shown = steps(colours, n).map((hex) => seen(hex, sight));
          for (let i = 1; i < n; i += 1) {
            const [a, b] = [shown[i - 1], shown[i]];
            if (!a || !b) throw new Error("no colour");
            expect(apart(a, b), `${n} classes, ${i - 1} and ${i}`).toBeGreaterThanOrEqual(
              TOLD_APART,
            );
          }
        }
      });
    }
  }

  it("of units side by side differ for every sight", () => {
    for (const sight of SIGHT_NAMES) {
      const shown = TONES.slice(0, 4).map((hex) => seen(hex, sight));
      for (const [i, a] of shown.entries()) {
        for (const b of shown.slice(i + 1)) expect(apart(a, b), sight).toBeGreaterThan(TOLD_APART);
      }
    }
  });

  it("that are alike are found out", () => {
    expect(apart(seen("#1d6a72", "usual"), seen("#1f6c74", "usual"))).toBeLessThan(TOLD_APART);
    // red and green of one lightness, as a deuteranope sees them
    expect(apart(seen("#b06a50", "deuteranopia"), seen("#828246", "deuteranopia"))).toBeLessThan(
      12,
    );
  });
});

const problem = (unit: string, severity: string, lon = 0): Problem =>
  ({ unit: { id: unit }, severity, centroid: [lon, 0, 0] }) as unknown as Problem;

describe("what is in view", () => {
  it("stands by its gravest problem, then by how many", () => {
    const list = inView(
      [
        problem("c", "low"),
        problem("b", "medium"),
        problem("a", "low"),
        problem("a", "low"),
        problem("d", "high"),
        problem("b", "high"),
      ],
      () => true,
    );
    expect(list.map((item) => item.unit.id)).toEqual(["b", "d", "a", "c"]);
    expect(list[0]?.problems.map((item) => item.severity)).toEqual(["high", "medium"]);
  });

  it("leaves out what lies outside and what has no place", () => {
    const nowhere = { ...problem("x", "high"), centroid: null } as unknown as Problem;
    const list = inView(
      [problem("in", "low", 1), problem("out", "high", 9), nowhere],
      (lon) => lon < 5,
    );
    expect(list.map((item) => item.unit.id)).toEqual(["in"]);
  });
});

const square = (id: string, row: number, size: number, hole = false) => ({
  id,
  properties: { row },
  geometry: {
    type: "Polygon",
    coordinates: [
      [
        [0, 0],
        [size, 0],
        [size, size],
        [0, size],
        [0, 0],
      ],
      ...(hole
        ? [
            [
              [1, 1],
              [2, 1],
              [2, 2],
              [1, 2],
              [1, 1],
            ],
          ]
        : []),
    ],
  },
});

describe("the plan", () => {
  const found: Features = {
    features: [
      square("big", 0, 10, true),
      square("small", 1, 0.5),
      { id: "point", properties: { row: 2 }, geometry: { type: "Point", coordinates: [1, 1] } },
      { id: "none", properties: { row: 3 }, geometry: null },
    ],
  };
  const shapes = shapesOf(found);

  it("keeps areas and finds the smallest under a place, not in a hole", () => {
    expect(shapes.map((shape) => shape.id)).toEqual(["big", "small"]);
    expect(shapeAt(shapes, 0.2, 0.2)?.id).toBe("small");
    expect(shapeAt(shapes, 5, 5)?.id).toBe("big");
    expect(shapeAt(shapes, 1.5, 1.5)).toBeNull();
    expect(shapeAt(shapes, 11, 5)).toBeNull();
  });

  it("leads from place to pixel and back, and keeps the place under the hand", () => {
    const view = new FlatView(121, 37, 1000, 800, 600);
    const [x, y] = view.toPixel(121.1, 37.05);
    const back = view.toPlace(x, y);
    expect(back[0]).toBeCloseTo(121.1, 9);
    expect(back[1]).toBeCloseTo(37.05, 9);
    view.zoom(2, x, y);
    expect(view.toPixel(121.1, 37.05)[0]).toBeCloseTo(x, 6);
    view.fit(
      { west: 121, south: 37, east: 121.2, north: 37.1 },
      { left: 400, top: 0, width: 400, height: 600 },
    );
    const middle = view.toPixel(121.1, 37.05);
    expect(middle[0]).toBeCloseTo(600, 3);
    expect(view.toPixel(121, 37)[0]).toBeGreaterThanOrEqual(400);
  });
});

describe("troubles", () => {
  it("have one word each, the gravest first", () => {
    expect(troubleOf(new ApiError("offline", 0, "", ""))).toBe("offline");
    expect(troubleOf(new ApiError("server", 503, "", ""))).toBe("server");
    expect(troubleOf(new ApiError("refused", 401, "", ""))).toBe("sign_in");
    expect(troubleOf(new ApiError("not_found", 404, "", ""))).toBe("gone");
    expect(troubleOf(new ColumnRefused("model", "a", "b"))).toBe("model");
    expect(troubleOf(new Error("other"))).toBeNull();
    const both = [new ApiError("server", 500, "", ""), new ApiError("offline", 0, "", "")];
    expect(gravest(both)).toBe("offline");
    expect(gravest([])).toBeNull();
  });

  it("are looked for in every answer that is held", () => {
    const held = { a: new Resource(() => {}), other: 1 };
    expect(resourcesOf(held, { b: new Resource(() => {}) })).toHaveLength(2);
  });
});

describe("names on the plan", () => {
  it("never lie over each other; the first one stays", () => {
    const names = [
      { x: 100, y: 50, width: 80 },
      { x: 150, y: 55, width: 80 },
      { x: 150, y: 75, width: 80 },
      { x: 300, y: 50, width: 80 },
    ];
    expect(readable(names, 18)).toEqual([true, false, true, true]);
  });
});
