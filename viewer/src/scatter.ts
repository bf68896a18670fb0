/** Two columns of values as points: places, the nearest one, those inside a box, correlation. Pure. */

export interface Cloud {
  rows: number[];
  x: number[];
  y: number[];
  /** smallest and largest of each, widened a little */
  spanX: [number, number];
  spanY: [number, number];
  /** units that lack one of the two */
  lacking: number;
}

const ROOM = 0.04;

function spanOf(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * ROOM;
  return [low - room, high + room];
}

/** Rows with a number on both sides. */
export function cloudOf(a: Float32Array, b: Float32Array): Cloud {
  const rows: number[] = [];
  const x: number[] = [];
  const y: number[] = [];
  let lacking = 0;
  const size = Math.min(a.length, b.length);
  for (let row = 0; row < size; row += 1) {
    const [p = Number.NaN, q = Number.NaN] = [a[row], b[row]];
    if (Number.isFinite(p) && Number.isFinite(q)) {
      rows.push(row);
      x.push(p);
      y.push(q);
    } else if (Number.isFinite(p) || Number.isFinite(q)) lacking += 1;
  }
  return { rows, x, y, spanX: spanOf(x), spanY: spanOf(y), lacking };
}

/** Pearson's r of the points; null when one side never changes. */
export function correlation(cloud: Cloud): number | null {
  return pearson(cloud.x, cloud.y);
}

function pearson(x: readonly number[], y: readonly number[]): number | null {
  const n = x.length;
  if (n < 3) return null;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  let sxy = 0;
  let sxx = 0;
  let syy = 0;
  for (let i = 0; i < n; i += 1) {
    const dx = (x[i] ?? 0) - mx;
    const dy = (y[i] ?? 0) - my;
    sxy += dx * dy;
    sxx += dx * dx;
    syy += dy * dy;
  }
  return sxx > 0 && syy > 0 ? sxy / Math.sqrt(sxx * syy) : null;
}

/** Spearman's rank correlation, ties sharing the middle of their places. */
export function rankCorrelation(cloud: Cloud): number | null {
  return pearson(ranks(cloud.x), ranks(cloud.y));
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((value, at) => ({ value, at })).sort((a, b) => a.value - b.value);
  const out = new Array<number>(values.length).fill(0);
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j + 1 < order.length && order[j + 1]?.value === order[i]?.value) j += 1;
    for (let k = i; k <= j; k += 1) out[order[k]?.at ?? 0] = (i + j) / 2;
    i = j + 1;
  }
  return out;
}

/** Pixels of a box, the origin at its upper left. */
export function pixelOf(cloud: Cloud, at: number, width: number, height: number): [number, number] {
  const [x0, x1] = cloud.spanX;
  const [y0, y1] = cloud.spanY;
  return [
    (((cloud.x[at] ?? 0) - x0) / (x1 - x0)) * width,
    height - (((cloud.y[at] ?? 0) - y0) / (y1 - y0)) * height,
  ];
}

/** Place in the cloud of the point nearest to a pixel, within a reach; null: none so near. */
export function nearest(
  cloud: Cloud,
  pixel: readonly [number, number],
  width: number,
  height: number,
  reach: number,
): number | null {
  let best: number | null = null;
  let least = reach * reach;
  for (let i = 0; i < cloud.rows.length; i += 1) {
    const [x, y] = pixelOf(cloud, i, width, height);
    const far = (x - pixel[0]) ** 2 + (y - pixel[1]) ** 2;
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

/** Flags of the rows whose points lie between two corners (pixels). */
export function inside(
  cloud: Cloud,
  a: readonly [number, number],
  b: readonly [number, number],
  box: { width: number; height: number; rows: number },
): Uint8Array {
  const out = new Uint8Array(box.rows);
  const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
  const [top, bottom] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
  cloud.rows.forEach((row, i) => {
    const [x, y] = pixelOf(cloud, i, box.width, box.height);
    if (x >= left && x <= right && y >= top && y <= bottom) out[row] = 1;
  });
  return out;
}

/** Rows whose value lies in a bin; the last bin holds its upper end too. */
export function binRows(values: Float32Array, from: number, to: number, last: boolean): Uint8Array {
  const out = new Uint8Array(values.length);
  // the column is rounded to float32: the edges may lie a hair beside the values they were made of
  const hair = Math.max(Math.abs(from), Math.abs(to)) * 1e-6;
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] ?? Number.NaN;
    if (value >= from - hair && (value < to - hair || (last && value <= to + hair))) out[row] = 1;
  }
  return out;
}
