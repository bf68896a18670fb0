import { describe, expect, it } from "vitest";
import type { ColumnInfo } from "../src/api.ts";
import {
  CODE_MISSING,
  CODE_NO_UNIT,
  CODE_WITHHELD,
  ColumnRefused,
  checkModel,
  composeCodes,
  composeMarks,
  decodeCodes,
  decodeParents,
  decodeValues,
  liftParents,
  MARK_HOVERED,
  MARK_SELECTED,
  NO_PARENT,
  packTexture,
} from "../src/lut.ts";

const column = (dtype: ColumnInfo["dtype"], length: number): ColumnInfo => ({
  url: "/columns/a/b",
  dtype,
  length,
  digest: "a",
});
const bytes = (array: Uint8Array | Uint32Array | Float32Array) =>
  array.buffer.slice(0, array.byteLength) as ArrayBuffer;

describe("columns at the border", () => {
  it("are taken when their length is the city's number of rows", () => {
    const codes = decodeCodes(bytes(new Uint8Array([0, 3, 250])), column("u8", 3), 3);
    expect([...codes]).toEqual([0, 3, 250]);
  });

  it("are refused when the description names another length", () => {
    expect(() => decodeCodes(bytes(new Uint8Array(3)), column("u8", 4), 3)).toThrow(ColumnRefused);
  });

  it("are refused when fewer bytes arrive than described", () => {
    expect(() => decodeParents(bytes(new Uint32Array(2)), column("u32", 3), 3)).toThrow(
      ColumnRefused,
    );
  });

  it("carry exact values with NaN for no number", () => {
    const values = decodeValues(bytes(new Float32Array([1.5, Number.NaN])), column("f32", 2), 2);
    expect(values[0]).toBe(1.5);
    expect(values[1]).toBeNaN();
  });

  it("of another model are refused with both digests named", () => {
    expect(() => checkModel("aaa", "aaa")).not.toThrow();
    try {
      checkModel("aaa", "bbb");
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ fault: "model", expected: "aaa", found: "bbb" });
    }
  });
});

describe("composition through parents", () => {
  it("gives each building its block's code, states included", () => {
    const blocks = new Uint8Array([4, CODE_MISSING, CODE_WITHHELD]);
    const parents = new Uint32Array([0, 0, 1, 2, NO_PARENT, 99]);
    expect([...composeCodes(blocks, parents)]).toEqual([
      4,
      4,
      CODE_MISSING,
      CODE_WITHHELD,
      CODE_NO_UNIT,
      CODE_NO_UNIT,
    ]);
  });

  it("reads the way from block to district off their buildings", () => {
    const block = new Uint32Array([0, 1, 1, 2, NO_PARENT]);
    const district = new Uint32Array([5, 6, 7, NO_PARENT, 5]);
    expect([...liftParents(block, district, 4)]).toEqual([5, 6, NO_PARENT, NO_PARENT]);
  });

  it("handles a million rows within a few frames", () => {
    const parents = Uint32Array.from({ length: 1_000_000 }, (_, i) => i % 900);
    const began = performance.now();
    const out = composeCodes(new Uint8Array(900).fill(7), parents);
    expect(performance.now() - began).toBeLessThan(400);
    expect(out[999_999]).toBe(7);
  });
});

describe("marks", () => {
  it("mark one row of the same level", () => {
    expect([...composeMarks(3, [{ row: 1, parents: null, mark: MARK_SELECTED }])]).toEqual([
      0,
      MARK_SELECTED,
      0,
    ]);
  });

  it("mark all children, and a later request wins", () => {
    const parents = new Uint32Array([0, 0, 1]);
    const marks = composeMarks(3, [
      { row: 0, parents, mark: MARK_HOVERED },
      { row: 1, parents: null, mark: MARK_SELECTED },
    ]);
    expect([...marks]).toEqual([MARK_HOVERED, MARK_SELECTED, 0]);
  });

  it("ignore a row that does not exist", () => {
    expect([...composeMarks(2, [{ row: 9, parents: null, mark: 1 }])]).toEqual([0, 0]);
  });
});

describe("packing for the texture", () => {
  it("puts four rows in a texel and fills the rest", () => {
    const packed = packTexture(new Uint8Array([1, 2, 3, 4, 5]), CODE_NO_UNIT);
    expect([packed.width, packed.height]).toEqual([2, 1]);
    expect([...packed.bytes]).toEqual([1, 2, 3, 4, 5, 255, 255, 255]);
  });

  it("never exceeds the width every device has", () => {
    const packed = packTexture(new Uint8Array(1_000_000));
    expect(packed.width).toBeLessThanOrEqual(2048);
    expect(packed.width * packed.height * 4).toBeGreaterThanOrEqual(1_000_000);
  });

  it("makes a texture even of nothing", () => {
    expect(packTexture(new Uint8Array(0), 255)).toMatchObject({ width: 1, height: 1 });
  });
});
