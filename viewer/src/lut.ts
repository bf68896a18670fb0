/** Lookup columns: what the server sends per unit of a level, composed per row of a tileset. */
import type { ColumnInfo } from "./api.ts";

/** First class code that is a state, not a class. */
export const FIRST_STATE = 250;
export const CODE_MISSING = 250;
export const CODE_NOT_COMPUTABLE = 251;
export const CODE_NOT_APPLICABLE = 252;
export const CODE_WITHHELD = 253;
export const CODE_STALE = 254;
export const CODE_NO_UNIT = 255;

/** A parents column's "this row has no parent at that level". */
export const NO_PARENT = 0xffffffff;

/** How a row is drawn beside its colour. */
export const MARK_NONE = 0;
export const MARK_HOVERED = 1;
export const MARK_SELECTED = 2;
/** another tileset shows the unit */
export const MARK_HIDDEN = 3;
/** sources disagree on the unit's value: its colour is hatched */
export const MARK_DISAGREES = 4;
/** one of the units that were asked for; the others step back */
export const MARK_FOUND = 5;
/** a mass that holds some of them */
export const MARK_HOLDS = 6;

export type ColumnFault = "length" | "model";

/** A column that does not belong to the loaded city; painting it would colour the wrong units. */
export class ColumnRefused extends Error {
  constructor(
    readonly fault: ColumnFault,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`column refused (${fault}): expected ${expected}, found ${found}`);
    this.name = "ColumnRefused";
  }
}

const BYTES = { u8: 1, u16: 2, u32: 4, f32: 4 } as const;

function checkLength(bytes: ArrayBuffer, column: ColumnInfo, rows: number): void {
  const found = bytes.byteLength / BYTES[column.dtype];
  if (column.length !== rows) throw new ColumnRefused("length", `${rows}`, `${column.length}`);
  if (found !== rows) throw new ColumnRefused("length", `${rows}`, `${found}`);
}

/** Bytes of a column that came inside an answer, as a data: address. */
export function inlineBytes(column: { url: string }): ArrayBuffer {
  const text = atob(column.url.slice(column.url.indexOf(",") + 1));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer;
}

/** Class codes of a level, one byte a unit row. `rows`: rows the loaded city has at that level. */
export function decodeCodes(bytes: ArrayBuffer, column: ColumnInfo, rows: number): Uint8Array {
  checkLength(bytes, column, rows);
  return new Uint8Array(bytes);
}

/** Parent rows (little-endian; every browser Cesium runs on is little-endian too). */
export function decodeParents(bytes: ArrayBuffer, column: ColumnInfo, rows: number): Uint32Array {
  checkLength(bytes, column, rows);
  return new Uint32Array(bytes);
}

/** Exact values, NaN where there is no number. */
export function decodeValues(bytes: ArrayBuffer, column: ColumnInfo, rows: number): Float32Array {
  checkLength(bytes, column, rows);
  return new Float32Array(bytes);
}

/** An overlay belongs to one model release; another one has other rows. */
export function checkModel(expected: string | null, found: string): void {
  if (expected !== found) throw new ColumnRefused("model", expected ?? "", found);
}

/** Codes of a higher level brought down to rows through a parents column. */
export function composeCodes(codes: Uint8Array, parents: Uint32Array): Uint8Array {
  const out = new Uint8Array(parents.length);
  for (let row = 0; row < parents.length; row += 1) {
    out[row] = codes[parents[row] ?? NO_PARENT] ?? CODE_NO_UNIT;
  }
  return out;
}

/** What is to be marked, and how it is reached from the rows of a tileset. */
export interface MarkRequest {
  row: number;
  /** parents column from the tileset's rows to the marked unit's level; null: same level */
  parents: Uint32Array | null;
  mark: number;
}

/** Marks per row; later requests win. `under`: marks to begin with. */
export function composeMarks(
  rows: number,
  requests: readonly MarkRequest[],
  under: Uint8Array | null = null,
): Uint8Array {
  const out = new Uint8Array(rows);
  if (under) out.set(under.subarray(0, rows));
  for (const { row, parents, mark } of requests) {
    if (!parents) {
      if (row >= 0 && row < rows) out[row] = mark;
      continue;
    }
    for (let child = 0; child < rows; child += 1) if (parents[child] === row) out[child] = mark;
  }
  return out;
}

/**
 * Ground heights for the cut, a texel a row: centimetres above -1000 m in 24 bits, alpha 255; rows
 * that do not reach above the cut are left out and keep alpha 0.
 */
export function packGround(rows: number, ground: ReadonlyMap<number, number>): Uint8Array {
  const out = new Uint8Array(rows * 4);
  for (const [row, metres] of ground) {
    if (row < 0 || row >= rows) continue;
    const centimetres = Math.round((metres + 1000) * 100);
    out.set([(centimetres >> 16) & 255, (centimetres >> 8) & 255, centimetres & 255, 255], row * 4);
  }
  return out;
}

/**
 * Flags of one level brought to the rows of another as marks. Down: a unit takes its parent's flag.
 * Up: a unit that holds a flagged one is marked `some`, by what `parents` says of the flagged rows.
 */
export function flagsDown(flags: Uint8Array, parents: Uint32Array, mark: number): Uint8Array {
  const out = new Uint8Array(parents.length);
  for (let row = 0; row < parents.length; row += 1) {
    if (flags[parents[row] ?? NO_PARENT]) out[row] = mark;
  }
  return out;
}

export function flagsUp(
  flags: Uint8Array,
  parents: Uint32Array,
  rows: number,
  some: number,
): Uint8Array {
  const out = new Uint8Array(rows);
  for (let row = 0; row < parents.length; row += 1) {
    const parent = parents[row] ?? NO_PARENT;
    if (flags[row] && parent < rows) out[parent] = some;
  }
  return out;
}

/** Marks with the rows hidden that another tileset shows. */
export function hideMarks(marks: Uint8Array, hidden: Uint8Array | undefined): Uint8Array {
  if (!hidden) return marks;
  const out = new Uint8Array(hidden.length);
  for (let row = 0; row < out.length; row += 1) {
    out[row] = hidden[row] ? MARK_HIDDEN : (marks[row] ?? MARK_NONE);
  }
  return out;
}

export interface PackedTexture {
  bytes: Uint8Array;
  width: number;
  height: number;
}

/** Widest texture used; every WebGL2 device can hold it. */
const MAX_WIDTH = 2048;

/**
 * One byte a row, four rows a texel: RGBA8 is the only format that was read exactly on every
 * renderer measured. Row r is channel r & 3 of texel r >> 2.
 */
export function packTexture(bytes: Uint8Array, fill = 0): PackedTexture {
  const texels = Math.max(1, Math.ceil(bytes.length / 4));
  const width = Math.min(MAX_WIDTH, texels);
  const height = Math.ceil(texels / width);
  const size = width * height * 4;
  if (bytes.length === size) return { bytes, width, height };
  const padded = new Uint8Array(size);
  if (fill) padded.fill(fill, bytes.length);
  padded.set(bytes);
  return { bytes: padded, width, height };
}

/**
 * Parents from one level to a larger one, read off the buildings that belong to both. A unit whose
 * buildings disagree takes the parent of its first building.
 */
export function liftParents(lower: Uint32Array, upper: Uint32Array, rows: number): Uint32Array {
  const out = new Uint32Array(rows).fill(NO_PARENT);
  for (let child = 0; child < lower.length; child += 1) {
    const row = lower[child] ?? NO_PARENT;
    if (row < rows && out[row] === NO_PARENT) out[row] = upper[child] ?? NO_PARENT;
  }
  return out;
}
