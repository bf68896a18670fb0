/** From the server's legend to rows to show and to the palette the shader reads. */
import type { Legend, LegendClass, OverlayInfo, Standard, ValueState } from "./api.ts";
import { formatNumber } from "./format.ts";
import {
  CODE_MISSING,
  CODE_NO_UNIT,
  CODE_NOT_APPLICABLE,
  CODE_NOT_COMPUTABLE,
  CODE_STALE,
  CODE_WITHHELD,
  FIRST_STATE,
} from "./lut.ts";

/** States that carry no class colour, in the order the legend lists them. */
export const STATE_CODES: readonly [ValueState, number][] = [
  ["missing", CODE_MISSING],
  ["not_computable", CODE_NOT_COMPUTABLE],
  ["not_applicable", CODE_NOT_APPLICABLE],
  ["withheld", CODE_WITHHELD],
  ["stale", CODE_STALE],
  ["no_unit", CODE_NO_UNIT],
];

const STATE_OF_CODE = new Map<number, ValueState>(
  STATE_CODES.map(([state, code]) => [code, state]),
);

/** null: the code is a class. */
export function stateOfCode(code: number): ValueState | null {
  return code < FIRST_STATE ? null : (STATE_OF_CODE.get(code) ?? "no_unit");
}

export type Rgb = [number, number, number];

export function rgbOf(hex: string): Rgb {
  const value = /^#([0-9a-f]{6})$/i.exec(hex)?.[1];
  if (!value) return [160, 160, 160];
  const n = Number.parseInt(value, 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

/** 256 RGBA texels, one per code; codes of states stay transparent: the shader hatches them. */
export function paletteOf(legend: Legend): Uint8Array {
  const out = new Uint8Array(256 * 4);
  for (const item of legend.classes) {
    if (item.index < 0 || item.index >= FIRST_STATE) continue;
    const [r, g, b] = rgbOf(item.color);
    out.set([r, g, b, 255], item.index * 4);
  }
  return out;
}

function sameNumber(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a === b;
}

/** "< 10", "10 – 20", "≥ 60", or one value when a class holds a single one. */
export function classRange(item: LegendClass, locale: string): string {
  const from = formatNumber(item.from, locale);
  const to = formatNumber(item.to, locale);
  if (item.from === null && item.to === null) return "";
  if (item.from === null) return `< ${to}`;
  if (item.to === null) return `≥ ${from}`;
  return sameNumber(item.from, item.to) ? from : `${from} – ${to}`;
}

export interface StateRow {
  state: ValueState;
  count: number;
}

/** States that occur, without the ones that are plain values. */
export function stateRows(overlay: OverlayInfo): StateRow[] {
  return STATE_CODES.map(([state]) => ({ state, count: overlay.states[state] ?? 0 })).filter(
    (row) => row.count > 0,
  );
}

/** Class a number falls in, by the breaks alone (used for the histogram's colours). */
export function classOf(value: number, legend: Legend): LegendClass | null {
  for (const item of legend.classes) {
    const above = item.from === null || value >= item.from;
    const below = item.to === null || value < item.to;
    if (above && below) return item;
  }
  return legend.classes.at(-1) ?? null;
}

/** "≤ 30 %", "4 – 8 km/km²"; null when the standard holds no number. */
export function standardText(
  standard: Standard | null,
  unit: string | null,
  locale: string,
): string | null {
  if (!standard) return null;
  const tail = unit ? ` ${unit}` : "";
  if (standard.low !== null && standard.high !== null) {
    return `${formatNumber(standard.low, locale)} – ${formatNumber(standard.high, locale)}${tail}`;
  }
  if (standard.value === null) return null;
  const sign = { "<=": "≤", ">=": "≥", "<": "<", ">": ">", "=": "=", "==": "=" }[standard.op];
  return `${sign ?? standard.op} ${formatNumber(standard.value, locale)}${tail}`;
}
