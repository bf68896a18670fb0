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

/** Distance at which a sphere fills `share` of the narrower side of the view (1.4: corners cut). */
export function framingRange(radius: number, verticalFov: number, aspect: number, share: number) {
  const horizontal = 2 * Math.atan(Math.tan(verticalFov / 2) * aspect);
  return radius / (Math.sin(Math.min(verticalFov, horizontal) / 2) * share);
}

/** Share of the view, to each side of its middle, in which the target's corners must lie. */
export interface Room {
  across: number;
  upward: number;
}

/**
 * Smallest distance from which the ground rectangle lies within `room`, looking at its middle.
 * Angles in radians, pitch positive downwards; `halves` as targetHalves.
 */
export function fitRange(
  halves: [number, number],
  heading: number,
  pitch: number,
  fovy: number,
  aspect: number,
  room: Room,
): number {
  const [w, d] = halves;
  const corners = [
    [w, d],
    [w, -d],
    [-w, d],
    [-w, -d],
  ].map(([x = 0, y = 0]) => ({
    right: x * Math.cos(heading) - y * Math.sin(heading),
    ahead: x * Math.sin(heading) + y * Math.cos(heading),
  }));
  const tall = Math.tan(fovy / 2);
  const fits = (range: number) =>
    corners.every(({ right, ahead }) => {
      const depth = range + ahead * Math.cos(pitch);
      if (depth <= 0) return false;
      const across = Math.abs(right) / (depth * tall * aspect);
      const upward = Math.abs(ahead * Math.sin(pitch)) / (depth * tall);
      return across <= room.across && upward <= room.upward;
    });
  let low = 0;
  let high = (Math.hypot(w, d) / tall) * 40;
  for (let turn = 0; turn < 40; turn += 1) {
    const middle = (low + high) / 2;
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Of the headings (degrees), the one from which the whole fits nearest. */
export function bestHeading(
  halves: [number, number],
  headings: readonly number[],
  pitch: number,
  fovy: number,
  aspect: number,
  room: Room,
): { heading: number; range: number } {
  const tried = headings.map((heading) => ({
    heading,
    range: fitRange(halves, (heading * Math.PI) / 180, pitch, fovy, aspect, room),
  }));
  return tried.reduce((best, item) => (item.range < best.range * 0.97 ? item : best));
}
