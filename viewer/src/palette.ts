/** Colours of classes that a reader may choose; all keep their order for the colour-blind. Pure. */
import type { Legend } from "./api.ts";

/** Low to high. Viridis and cividis are matplotlib's; the others are one hue each. */
export const PALETTES: Readonly<Record<string, readonly string[]>> = {
  viridis: ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"],
  cividis: ["#00224e", "#434e6c", "#7d7c78", "#bcae6c", "#fee838"],
  blues: ["#e6eef5", "#b5cfe3", "#7aa9cb", "#3f7eab", "#134b73"],
  ochre: ["#f6ecd2", "#e8cd8f", "#cf9f53", "#a06a2c", "#643a14"],
  greys: ["#f0f1f2", "#c9cdd1", "#979da3", "#61676e", "#2c3136"],
};

type Rgb = [number, number, number];

function parts(hex: string): Rgb {
  const n = Number.parseInt(hex.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

const toLinear = (value: number): number =>
  value <= 10.31475 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
const fromLinear = (value: number): number =>
  Math.round(255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055));

/** A colour at 0 … 1 along a ramp, mixed in linear light. */
export function along(ramp: readonly string[], place: number): string {
  const at = Math.min(1, Math.max(0, place)) * (ramp.length - 1);
  const low = Math.min(Math.floor(at), ramp.length - 2);
  const share = at - low;
  const [a, b] = [parts(ramp[low] ?? "#000000"), parts(ramp[low + 1] ?? "#000000")];
  const mixed = a.map((part, i) =>
    fromLinear(toLinear(part) * (1 - share) + toLinear(b[i] ?? 0) * share),
  );
  return `#${mixed.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** Ink that can be read on a colour. */
export function inkOn(hex: string): string {
  const [r, g, b] = parts(hex).map(toLinear) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.24 ? "#14232b" : "#ffffff";
}

/** The same legend in other colours; a legend that means a change or a pair keeps its own. */
export function recoloured(legend: Legend, name: string | null): Legend {
  const ramp = name === null ? undefined : PALETTES[name];
  if (!ramp || ["difference", "places", "pair"].includes(legend.method)) return legend;
  const last = Math.max(1, legend.classes.length - 1);
  const turned = legend.direction === "higher" && name !== "viridis" && name !== "cividis";
  const classes = legend.classes.map((item, i) => {
    const color = along(ramp, turned ? 1 - i / last : i / last);
    return { ...item, color, ink: inkOn(color) };
  });
  return { ...legend, classes };
}
