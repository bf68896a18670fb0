/** Lengths and areas on the ellipsoid (Karney's geodesics), and through space. */
import library from "geographiclib-geodesic";
import type { Spot } from "./spot.ts";

const { Geodesic } = library;
const EARTH = Geodesic.WGS84;
const A = 6378137;
const E2 = 0.0066943799901413165;

/** Metres along the ellipsoid between two places, heights left aside. */
export function groundDistance(from: Spot, to: Spot): number {
  return EARTH.Inverse(from.lat, from.lon, to.lat, to.lon).s12 ?? Number.NaN;
}

/** Degrees clockwise from north in which `to` lies. */
export function bearing(from: Spot, to: Spot): number {
  const azimuth = EARTH.Inverse(from.lat, from.lon, to.lat, to.lon).azi1 ?? 0;
  return (azimuth + 360) % 360;
}

/** The place at a distance (metres) in a direction (degrees from north), at the same height. */
export function travelled(from: Spot, direction: number, metres: number): Spot {
  const end = EARTH.Direct(from.lat, from.lon, direction, metres);
  return { lon: end.lon2 ?? from.lon, lat: end.lat2 ?? from.lat, height: from.height };
}

/** Earth-fixed metres of a place on WGS84. */
export function earthFixed({ lon, lat, height }: Spot): [number, number, number] {
  const [l, p] = [(lon * Math.PI) / 180, (lat * Math.PI) / 180];
  const n = A / Math.sqrt(1 - E2 * Math.sin(p) ** 2);
  const ring = (n + height) * Math.cos(p);
  return [ring * Math.cos(l), ring * Math.sin(l), (n * (1 - E2) + height) * Math.sin(p)];
}

/** Metres straight through space. */
export function spaceDistance(from: Spot, to: Spot): number {
  const [a, b] = [earthFixed(from), earthFixed(to)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Sum over the legs of a line. */
export function lengthOf(
  line: readonly Spot[],
  leg: (from: Spot, to: Spot) => number = groundDistance,
): number {
  let sum = 0;
  for (let i = 1; i < line.length; i += 1) {
    const [from, to] = [line[i - 1], line[i]];
    if (from && to) sum += leg(from, to);
  }
  return sum;
}

/** Square metres on the ellipsoid inside a ring (open or closed, either way round). */
export function areaOf(ring: readonly { lon: number; lat: number }[]): number {
  const polygon = EARTH.Polygon(false);
  for (const { lon, lat } of ring) polygon.AddPoint(lat, lon);
  return Math.abs(polygon.Compute(false, true).area ?? 0);
}

/** Metres around a ring. */
export function perimeterOf(ring: readonly Spot[]): number {
  const [first] = ring;
  return first ? lengthOf([...ring, first]) : 0;
}
