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
  return [Math.max(1, width / 2), Math.max(1, ((target.north - target.south) * METRES_PER_DEGREE) / 2)];
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
