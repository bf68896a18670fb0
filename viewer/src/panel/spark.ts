/** A trend in the space of a word; a year without a value leaves a gap. */
import { html, nothing, svg, type TemplateResult } from "lit";
import type { TrendPoint } from "../api.ts";

const WIDTH = 56;
const HEIGHT = 20;
const EDGE = 3;

/** Path of the known values, broken where one is missing; pixels of a 56 × 20 box. */
export function sparkPath(
  points: readonly TrendPoint[],
): { path: string; end: [number, number] } | null {
  const known = points.flatMap((point) => (point.value === null ? [] : [point.value]));
  if (known.length < 2) return null;
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  const step = (WIDTH - 2 * EDGE) / Math.max(1, points.length - 1);
  let path = "";
  let end: [number, number] = [0, 0];
  let pen = false;
  points.forEach((point, i) => {
    if (point.value === null) {
      pen = false;
      return;
    }
    const share = span > 0 ? (point.value - low) / span : 0.5;
    end = [EDGE + i * step, HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)];
    path += `${pen ? "L" : "M"}${end[0].toFixed(1)} ${end[1].toFixed(1)}`;
    pen = true;
  });
  return { path, end };
}

export function sparkline(points: readonly TrendPoint[]): TemplateResult | typeof nothing {
  const drawn = sparkPath(points);
  if (!drawn) return nothing;
  return html`<svg viewBox="0 0 56 20" width="100%" height="100%" aria-hidden="true">
    ${svg`<path d=${drawn.path} fill="none" stroke="var(--ink-3)" stroke-width="1.5"
      stroke-linecap="round" stroke-linejoin="round" /><circle cx=${drawn.end[0]} cy=${drawn.end[1]}
      r="2.2" fill="var(--ink)" />`}
  </svg>`;
}
