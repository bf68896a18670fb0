import { describe, expect, it } from "vitest";
import type { BasemapShape } from "../src/api.ts";
import { chosenOf, readUnder, withBottom, withLabels, writeUnder } from "../src/basemap.ts";
import { parseState } from "../src/state.ts";

const map = (name: string, overlay = false): BasemapShape => ({
  name,
  overlay,
  kind: "xyz",
  label: { zh: name, en: name },
  attribution: "x",
  url: `/basemaps/${name}/{z}/{x}/{y}`,
  crs: "EPSG:3857",
  min_level: 0,
  max_level: 18,
  shift: "none",
  note: null,
});
const KNOWN = [map("img"), map("vec"), map("cia", true)];

describe("maps under the city", () => {
  it("come back from the link they were written to", () => {
    for (const text of ["img", "img.cia", "img.cia.FULL"]) {
      expect(writeUnder(readUnder(text))).toBe(text);
      expect(parseState(`?base=${text}`).base).toBe(text);
    }
    expect(writeUnder({ names: [], calm: false })).toBeNull();
  });

  it("are pale unless their own colours are asked for", () => {
    expect(readUnder("img")).toEqual({ names: ["img"], calm: true });
    expect(readUnder("img.FULL").calm).toBe(false);
  });

  it("are none where a link cannot be meant", () => {
    for (const text of ["../x", "IMG", "a b", "https://x.example/1", "FULL"]) {
      expect(readUnder(text).names).toEqual([]);
      expect(parseState(`?base=${encodeURIComponent(text)}`).base).toBeNull();
    }
  });

  it("keep their labels when another map is chosen, and lose all with none", () => {
    const both = withLabels(readUnder("img"), "cia", true);
    expect(both.names).toEqual(["img", "cia"]);
    expect(withBottom(both, "vec", KNOWN).names).toEqual(["vec", "cia"]);
    expect(withLabels(both, "cia", false).names).toEqual(["img"]);
    expect(withBottom(both, "", KNOWN).names).toEqual([]);
  });

  it("are only those that the server has", () => {
    expect(chosenOf(readUnder("img.gone"), KNOWN).map(({ name }) => name)).toEqual(["img"]);
  });
});
