import { describe, expect, it } from "vitest";
import { standIns } from "../src/declutter.ts";

describe("signs that want the same place", () => {
  it("let the more important one stand for the others", () => {
    const spots = [{ x: 0, y: 0 }, { x: 10, y: 0 }, null, { x: 100, y: 0 }, { x: 95, y: 5 }];
    expect(standIns(spots, 24)).toEqual([0, 0, -1, 3, 3]);
  });

  it("never stand nearer than the room they need, and never lose one", () => {
    const spots = Array.from({ length: 400 }, (_, i) => ({ x: (i * 37) % 500, y: (i * 91) % 300 }));
    const found = standIns(spots, 30);
    const kept = found.flatMap((by, at) => (by === at ? [at] : []));
    for (const a of kept) {
      for (const b of kept) {
        const [p, q] = [spots[a], spots[b]];
        if (a !== b && p && q) expect(Math.hypot(p.x - q.x, p.y - q.y)).toBeGreaterThanOrEqual(30);
      }
    }
    expect(found.every((by, at) => by <= at && found[by] === by)).toBe(true);
  });
});
