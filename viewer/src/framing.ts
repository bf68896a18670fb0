/** Camera poses from extents: plain geometry, no engine. */
import type { Extent } from "./api.ts";

/** A box on the ellipsoid to be shown: degrees and metres. */
export interface Target {
  west: number;
  south: number;
  east: number;
  north: number;
  low: number;
  high: number;
}

const METRES_PER_DEGREE = 111_320;

export function targetOfExtent(extent: Extent): Target {
  const { west, south, east, north } = extent;
  return { west, south, east, north, low: extent.min_height, high: extent.max_height };
}

export function targetOfUnit(
  bbox: [number, number, number, number] | null,
  centroid: [number, number, number] | null,
  height: number | null,
): Target | null {
  const base = centroid?.[2] ?? 0;
  if (bbox) {
    const [west, south, east, north] = bbox;
    return { west, south, east, north, low: base, high: base + (height ?? 0) };
  }
  if (!centroid) return null;
  const [lon, lat] = centroid;
  return { west: lon, south: lat, east: lon, north: lat, low: base, high: base + (height ?? 0) };
}

/** Half of the box's ground diagonal, metres; never below `least` so that context stays in view. */
export function targetRadius(target: Target, least = 0): number {
  const middle = ((target.south + target.north) / 2) * (Math.PI / 180);
  const width = (target.east - target.west) * METRES_PER_DEGREE * Math.cos(middle);
  const depth = (target.north - target.south) * METRES_PER_DEGREE;
  const tall = target.high - target.low;
  return Math.max(least, Math.hypot(width, depth, tall) / 2);
}

/** Half width and half depth on the ground, metres. */
export function targetHalves(target: Target): [number, number] {
  const middle = ((target.south + target.north) / 2) * (Math.PI / 180);
  const width = (target.east - target.west) * METRES_PER_DEGREE * Math.cos(middle);
  return [
    Math.max(1, width / 2),
    Math.max(1, ((target.north - target.south) * METRES_PER_DEGREE) / 2),
  ];
}

export function targetCentre(target: Target): [number, number, number] {
  return [
    (target.west + target.east) / 2,
    (target.south + target.north) / 2,
    (target.low + target.high) / 2,
  ];
}

/** A place beside a centre: metres to the east, to the north and up. */
export type Offset = readonly [number, number, number];

/** The part of the view left free by panels: from -1 (left, bottom) to 1 (right, top). */
export interface Window {
  left: number;
  right: number;
  bottom: number;
  top: number;
}

/** How the camera sees: vertical field of view in radians, width by height. */
export interface Lens {
  fovy: number;
  aspect: number;
}

/** Where a camera stands and looks; angles in radians, pitch positive downwards. */
export interface Stand {
  /** beside the same centre as the offsets */
  at: Offset;
  heading: number;
  pitch: number;
  /** metres along the view from the camera to the nearest of the offsets */
  range: number;
}

const dot = (a: Offset, b: Offset) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** The nearest interval that holds all points, and where the camera stands across it. */
function squeeze(along: number[], ahead: number[], low: number, high: number) {
  let upper = Number.NEGATIVE_INFINITY;
  let lower = Number.POSITIVE_INFINITY;
  for (let i = 0; i < along.length; i += 1) {
    upper = Math.max(upper, (along[i] ?? 0) - high * (ahead[i] ?? 0));
    lower = Math.min(lower, (along[i] ?? 0) - low * (ahead[i] ?? 0));
  }
  const back = (upper - lower) / (high - low);
  const at = (f: number) => (upper + high * f + lower + low * f) / 2;
  return { back, at };
}

/**
 * The nearest stand from which all points lie within the window, in closed form: with the direction
 * of view fixed every side of the window is one linear bound on the camera's place.
 */
export function fitStand(
  points: readonly Offset[],
  heading: number,
  pitch: number,
  lens: Lens,
  window: Window,
): Stand {
  const [sin, cos] = [Math.sin(heading), Math.cos(heading)];
  const right: Offset = [cos, -sin, 0];
  const ahead: Offset = [sin * Math.cos(pitch), cos * Math.cos(pitch), -Math.sin(pitch)];
  const up: Offset = [sin * Math.sin(pitch), cos * Math.sin(pitch), Math.cos(pitch)];
  const tall = Math.tan(lens.fovy / 2);
  const wide = tall * lens.aspect;
  const depths = points.map((point) => dot(point, ahead));
  const across = squeeze(
    points.map((point) => dot(point, right)),
    depths,
    window.left * wide,
    window.right * wide,
  );
  const upward = squeeze(
    points.map((point) => dot(point, up)),
    depths,
    window.bottom * tall,
    window.top * tall,
  );
  const nearest = Math.min(...depths);
  const f = Math.min(-Math.max(across.back, upward.back), nearest - 1);
  const [r, u] = [across.at(f), upward.at(f)];
  const at = [0, 1, 2].map(
    (i) => r * (right[i] ?? 0) + u * (up[i] ?? 0) + f * (ahead[i] ?? 0),
  ) as unknown as Offset;
  return { at, heading, pitch, range: nearest - f };
}

/** Of the headings (degrees), the one from which the whole is seen largest; the first one leads. */
export function bestStand(
  points: readonly Offset[],
  headings: readonly number[],
  pitch: number,
  lens: Lens,
  window: Window,
): Stand {
  const distance = ({ at }: Stand) => Math.hypot(...at);
  const tried = headings.map((heading) =>
    fitStand(points, (heading * Math.PI) / 180, pitch, lens, window),
  );
  return tried.reduce((best, item) => (distance(item) < distance(best) * 0.94 ? item : best));
}

/** Points around a target's middle that must be seen: a ring, at the foot and at the top. */
export function ringOf(target: Target, least: number): Offset[] {
  const radius = targetRadius(target, least);
  const half = (target.high - target.low) / 2;
  return [0, 1, 2, 3, 4, 5, 6, 7].flatMap((turn): Offset[] => {
    const angle = (turn * Math.PI) / 4;
    const [x, y] = [Math.sin(angle) * radius, Math.cos(angle) * radius];
    return [
      [x, y, -half],
      [x, y, half],
    ];
  });
}

/** The four ground corners of a target. */
export function cornersOf(target: Target): Offset[] {
  const [w, d] = targetHalves(target);
  return [
    [w, d, 0],
    [w, -d, 0],
    [-w, d, 0],
    [-w, -d, 0],
  ];
}

/** A window made smaller around its middle. */
export function shrink(window: Window, share: number): Window {
  const part = (a: number, b: number, side: number) => (a + b) / 2 + (side * (b - a) * share) / 2;
  return {
    left: part(window.left, window.right, -1),
    right: part(window.left, window.right, 1),
    bottom: part(window.bottom, window.top, -1),
    top: part(window.bottom, window.top, 1),
  };
}

/** A free rectangle of the page (pixels from its top left) as a window; never thinner than a fifth. */
export function windowOf(
  free: { left: number; top: number; right: number; bottom: number },
  width: number,
  height: number,
): Window {
  const x = (pixels: number) => (2 * pixels) / Math.max(1, width) - 1;
  const y = (pixels: number) => 1 - (2 * pixels) / Math.max(1, height);
  const sides = {
    left: x(free.left),
    right: x(free.right),
    bottom: y(free.bottom),
    top: y(free.top),
  };
  const thin = sides.right - sides.left < 0.4 || sides.top - sides.bottom < 0.4;
  return thin ? { left: -0.9, right: 0.9, bottom: -0.8, top: 0.8 } : sides;
}
