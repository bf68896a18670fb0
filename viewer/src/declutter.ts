/** Which signs on the map stay when several want the same place. Pure. */

export interface Spot {
  x: number;
  y: number;
}

/**
 * For every spot, in order of importance, the place of the spot that stands for it: its own where
 * it stays, an earlier one's where that stands nearer than `room` pixels; -1 for one not in sight.
 */
export function standIns(spots: readonly (Spot | null)[], room: number): number[] {
  const cells = new Map<string, number[]>();
  const key = (x: number, y: number) => `${x}/${y}`;
  return spots.map((spot, at) => {
    if (!spot) return -1;
    const [cx, cy] = [Math.floor(spot.x / room), Math.floor(spot.y / room)];
    for (let dx = -1; dx <= 1; dx += 1) {
      for (let dy = -1; dy <= 1; dy += 1) {
        for (const other of cells.get(key(cx + dx, cy + dy)) ?? []) {
          const there = spots[other];
          if (there && Math.hypot(there.x - spot.x, there.y - spot.y) < room) return other;
        }
      }
    }
    const mine = key(cx, cy);
    cells.set(mine, [...(cells.get(mine) ?? []), at]);
    return at;
  });
}
