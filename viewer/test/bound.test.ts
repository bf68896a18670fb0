import { describe, expect, it } from "vitest";
import type { BoundTileset } from "../src/api.ts";
import { BoundMap, wholeGroups } from "../src/bound.ts";
import { hideMarks, MARK_HIDDEN, MARK_SELECTED, NO_PARENT } from "../src/lut.ts";

const map = new BoundMap(
  {} as BoundTileset,
  {
    contents: {
      "c/a.b3dm": { first: 0, count: 2 },
      "c/b.b3dm": { first: 2, count: 1 },
      "楼/whole.glb": { row: 4 },
      "d/tile?id=7": { row: 5 },
      "https://other.example/e.glb": { row: 6 },
    },
  },
  new Uint32Array([3, NO_PARENT, 0]),
);

describe("a bound tileset's map", () => {
  it("finds the row by the content's address, wherever it is served", () => {
    expect(map.rowOf("http://a/tiles/bound/0f/tileset/c/a.b3dm", 0)).toBe(3);
    expect(map.rowOf("https://platform.example/x/c/b.b3dm?v=1", 0)).toBe(0);
    expect(map.rowOf(`http://a/${encodeURI("楼")}/whole.glb`, 77)).toBe(4);
  });

  it("heeds a query that is part of a name, and a name that is a whole address", () => {
    expect(map.rowOf("https://platform.example/d/tile?id=7", 0)).toBe(5);
    expect(map.rowOf("https://platform.example/d/tile?id=8", 0)).toBe(NO_PARENT);
    expect(map.rowOf("https://other.example/e.glb?v=2", 0)).toBe(6);
  });

  it("says none for a feature that was tied to no unit or that it does not know", () => {
    expect(map.rowOf("http://a/c/a.b3dm", 1)).toBe(NO_PARENT);
    expect(map.rowOf("http://a/c/a.b3dm", 2)).toBe(NO_PARENT);
    expect(map.rowOf("http://a/c/z.b3dm", 0)).toBe(NO_PARENT);
    expect(map.rowOf("http://a/c/xa.b3dm", 0)).toBe(NO_PARENT);
  });

  it("takes from our own tiles what it shows itself, and no more", () => {
    const shown = map.shown(5);
    expect([...shown]).toEqual([1, 0, 0, 1, 1]);
    const parents = new Uint32Array([0, 1, 1, 0, NO_PARENT]);
    expect([...wholeGroups(shown, parents, 3)]).toEqual([1, 0, 0]);
    const marks = new Uint8Array([MARK_SELECTED, MARK_SELECTED, 0, 0, 0]);
    expect([...hideMarks(marks, shown)]).toEqual([
      MARK_HIDDEN,
      MARK_SELECTED,
      0,
      MARK_HIDDEN,
      MARK_HIDDEN,
    ]);
  });
});
