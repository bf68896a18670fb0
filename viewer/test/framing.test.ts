import { describe, expect, it } from "vitest";
import { bestHeading, fitRange, targetHalves, targetOfUnit, targetRadius } from "../src/framing.ts";

const ROOM = { across: 0.7, upward: 0.7 };

describe("framing", () => {
  it("turns degrees into metres at the target's latitude", () => {
    const target = { west: 120, east: 120.1, south: 59.95, north: 60.05, low: 0, high: 0 };
    const [width, depth] = targetHalves(target);
    expect(width / depth).toBeCloseTo(0.5, 1);
    expect(depth).toBeCloseTo(5566, 0);
  });

  it("never frames a point at no distance", () => {
    const target = targetOfUnit(null, [120, 36, 5], 12);
    expect(target && targetRadius(target, 60)).toBe(60);
    expect(targetOfUnit(null, null, 12)).toBeNull();
  });

  it("goes farther for a narrower view", () => {
    const wide = fitRange([3000, 2000], 0.3, 0.6, 1, 1.8, ROOM);
    const tall = fitRange([3000, 2000], 0.3, 0.6, 1, 0.5, ROOM);
    expect(tall).toBeGreaterThan(wide);
  });

  it("shows a long city from the side on which it fits", () => {
    const east = bestHeading([9000, 2000], [18, 72], 0.6, 1, 1.8, ROOM);
    const north = bestHeading([2000, 9000], [18, 72], 0.6, 1, 1.8, ROOM);
    expect(east.heading).toBe(18);
    expect(north.heading).toBe(72);
  });
});
