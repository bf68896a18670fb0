import { describe, expect, it } from "vitest";
import {
  bestStand,
  cornersOf,
  fitStand,
  type Offset,
  ringOf,
  type Stand,
  shrink,
  targetHalves,
  targetOfUnit,
  targetRadius,
  type Window,
  windowOf,
} from "../src/framing.ts";

const LENS = { fovy: 1, aspect: 1.8 };
const WINDOW: Window = { left: -0.6, right: 0.5, bottom: -0.8, top: 0.7 };

/** Where a stand's camera shows a point, from -1 to 1 both ways. */
function seen(point: Offset, stand: Stand, lens = LENS): { x: number; y: number } {
  const [sin, cos] = [Math.sin(stand.heading), Math.cos(stand.heading)];
  const [ps, pc] = [Math.sin(stand.pitch), Math.cos(stand.pitch)];
  const d = point.map((value, i) => value - (stand.at[i] ?? 0));
  const [e = 0, n = 0, z = 0] = d;
  const depth = e * sin * pc + n * cos * pc - z * ps;
  const tall = Math.tan(lens.fovy / 2);
  return {
    x: (e * cos - n * sin) / (depth * tall * lens.aspect),
    y: (e * sin * ps + n * cos * ps + z * pc) / (depth * tall),
  };
}

describe("framing", () => {
  it("turns degrees into metres at the target's latitude", () => {
    const target = { west: 120, east: 120.1, south: 59.95, north: 60.05, low: 0, high: 0 };
    const [width, depth] = targetHalves(target);
    expect(width / depth).toBeCloseTo(0.5, 1);
    expect(depth).toBeCloseTo(5566, 0);
    expect(cornersOf(target)).toContainEqual([width, -depth, 0]);
  });

  it("never frames a point at no distance", () => {
    const target = targetOfUnit(null, [120, 36, 5], 12);
    expect(target && targetRadius(target, 60)).toBe(60);
    expect(target && Math.hypot(...(ringOf(target, 60)[0] ?? []))).toBeCloseTo(60.3, 1);
    expect(targetOfUnit(null, null, 12)).toBeNull();
  });

  it("fills the free window: every point lies in it, and both sides of one way are touched", () => {
    const points: Offset[] = [];
    for (let i = 0; i < 60; i += 1) {
      points.push([Math.sin(i * 7.3) * 6000, Math.cos(i * 3.1) * 2500 + 900, (i % 9) * 20]);
    }
    for (const heading of [0, 0.4, 1.3, 3, 5.8]) {
      const stand = fitStand(points, heading, 0.8, LENS, WINDOW);
      const at = points.map((point) => seen(point, stand));
      const [xs, ys] = [at.map((p) => p.x), at.map((p) => p.y)];
      expect(Math.min(...xs)).toBeGreaterThan(WINDOW.left - 1e-9);
      expect(Math.max(...xs)).toBeLessThan(WINDOW.right + 1e-9);
      expect(Math.min(...ys)).toBeGreaterThan(WINDOW.bottom - 1e-9);
      expect(Math.max(...ys)).toBeLessThan(WINDOW.top + 1e-9);
      const across = (Math.max(...xs) - Math.min(...xs)) / (WINDOW.right - WINDOW.left);
      const upward = (Math.max(...ys) - Math.min(...ys)) / (WINDOW.top - WINDOW.bottom);
      expect(Math.max(across, upward)).toBeGreaterThan(0.97);
      expect(stand.range).toBeGreaterThan(0);
    }
  });

  it("goes farther for a narrower view", () => {
    const points = cornersOf({ west: 0, east: 0.06, south: -0.02, north: 0.02, low: 0, high: 0 });
    const wide = fitStand(points, 0.3, 0.8, { fovy: 1, aspect: 1.8 }, WINDOW);
    const narrow = fitStand(points, 0.3, 0.8, { fovy: 1, aspect: 0.5 }, WINDOW);
    expect(narrow.range).toBeGreaterThan(wide.range);
  });

  it("shows a long city from the side on which it is seen largest", () => {
    const flat = (w: number, d: number): Offset[] => [
      [w, d, 0],
      [w, -d, 0],
      [-w, d, 0],
      [-w, -d, 0],
    ];
    const degrees = (stand: Stand) => Math.round((stand.heading * 180) / Math.PI);
    const wall = { fovy: 0.8, aspect: 3 };
    expect(degrees(bestStand(flat(9000, 2000), [18, 72], 0.8, wall, WINDOW))).toBe(18);
    expect(degrees(bestStand(flat(2000, 9000), [18, 72], 0.8, wall, WINDOW))).toBe(72);
  });

  it("reads the free rectangle of a page, and does without one too thin to use", () => {
    const free = { left: 300, top: 100, right: 1300, bottom: 850 };
    expect(windowOf(free, 1600, 900)).toEqual({
      left: -0.625,
      right: 0.625,
      bottom: expect.closeTo(-0.889, 3),
      top: expect.closeTo(0.778, 3),
    });
    expect(windowOf({ ...free, right: 350 }, 1600, 900).right).toBe(0.9);
    expect(shrink(WINDOW, 0.5).left).toBeCloseTo(-0.325);
  });
});
