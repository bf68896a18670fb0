import { describe, expect, it } from "vitest";
import type { Legend, LegendClass, OverlayInfo, Standard } from "../src/api.ts";
import {
  classOf,
  classRange,
  paletteOf,
  rgbOf,
  standardText,
  stateOfCode,
  stateRows,
} from "../src/legend.ts";

const cls = (
  index: number,
  from: number | null,
  to: number | null,
  color: string,
): LegendClass => ({
  index,
  from,
  to,
  label: { zh: "", en: "" },
  color,
  count: 0,
  ink: "#000000",
  meets: null,
  from_closed: true,
  to_closed: false,
});
const LEGEND: Legend = {
  classes: [cls(0, null, 10, "#1d6a72"), cls(1, 10, 20, "#ecd9a8"), cls(2, 20, null, "#9c4426")],
  direction: "lower",
  unit: "%",
  standard: null,
  method: "",
  ramp: "",
  domain: null,
};
const standard = (part: Partial<Standard>): Standard => ({
  op: "<=",
  value: null,
  low: null,
  high: null,
  text: "",
  provenance: "",
  confidence: "",
  reference: false,
  ...part,
});

describe("palette", () => {
  it("holds the exact legend colours at the class codes", () => {
    const palette = paletteOf(LEGEND);
    expect([...palette.subarray(4, 8)]).toEqual([0xec, 0xd9, 0xa8, 255]);
  });

  it("leaves states without a class colour", () => {
    const palette = paletteOf(LEGEND);
    expect([...palette.subarray(250 * 4)].every((byte) => byte === 0)).toBe(true);
  });

  it("shows an unreadable colour as grey, not as a class", () => {
    expect(rgbOf("teal")).toEqual([160, 160, 160]);
  });
});

describe("legend rows", () => {
  it("say below, between and from", () => {
    expect(LEGEND.classes.map((item) => classRange(item, "en-GB"))).toEqual([
      "< 10",
      "10 – 20",
      "≥ 20",
    ]);
  });

  it("find the class of a number", () => {
    expect(classOf(10, LEGEND)?.index).toBe(1);
    expect(classOf(-3, LEGEND)?.index).toBe(0);
    expect(classOf(1e9, LEGEND)?.index).toBe(2);
  });

  it("list only the states that occur, in a fixed order", () => {
    const info = { states: { measured: 9, withheld: 2, missing: 1 } } as unknown as OverlayInfo;
    expect(stateRows(info)).toEqual([
      { state: "missing", count: 1 },
      { state: "withheld", count: 2 },
    ]);
  });

  it("tell a state from a class by its code", () => {
    expect(stateOfCode(249)).toBeNull();
    expect(stateOfCode(250)).toBe("missing");
    expect(stateOfCode(253)).toBe("withheld");
    expect(stateOfCode(255)).toBe("no_unit");
  });
});

describe("standard", () => {
  it("is a sign, a number and a unit", () => {
    expect(standardText(standard({ op: "<=", value: 30 }), "%", "en-GB")).toBe("≤ 30 %");
    expect(standardText(standard({ op: ">=", value: 0 }), null, "en-GB")).toBe("≥ 0");
  });

  it("is a span when it has two ends", () => {
    expect(standardText(standard({ op: "range", low: 4, high: 8 }), "km", "en-GB")).toBe(
      "4 – 8 km",
    );
  });

  it("is nothing without a number", () => {
    expect(standardText(standard({ text: "as the plan says" }), "%", "en-GB")).toBeNull();
    expect(standardText(null, "%", "en-GB")).toBeNull();
  });
});
