/** What a hand on the map means: which unit it points at, chooses, or sets beside others. */
import type { CityLayers } from "./city.ts";
import type { View } from "./earth/view.ts";
import type { Hit } from "./engine.ts";
import type { Hand } from "./hand.ts";
import { NO_PARENT } from "./lut.ts";
import { pickAt } from "./pick.ts";
import type { Session } from "./session.ts";

/** A unit on the map; `id` is null until it is told. */
export interface Meant {
  level: string;
  row: number;
  id: string | null;
}

export class Touch implements Hand {
  /** a tool that takes the next clicks instead of the unit file; null: none */
  taker: ((x: number, y: number) => void) | null = null;

  constructor(
    private readonly session: Session,
    private readonly view: View,
    private readonly layers: CityLayers,
    /** told before a unit is chosen by hand, so that nobody flies to it */
    private readonly chosen: (id: string) => void,
  ) {}

  pick(x: number, y: number): Hit | null {
    const { layers, copies } = this.layers;
    return pickAt(this.view.scene, [...layers, ...copies], x, y);
  }

  /** The unit a hit means at the map's level: a building stands for its block or district. */
  resolve(hit: Hit | null): Meant | null {
    if (!hit) return null;
    const { session } = this;
    const level = session.choice.level ?? hit.level;
    if (hit.level === level || hit.level !== "building") {
      if (hit.id === null) session.places.needUnit(hit.level, hit.row);
      return { ...hit, id: hit.id ?? session.index.get(hit.level)?.get(hit.row)?.id ?? null };
    }
    const row = session.parents.get(level)?.[hit.row] ?? NO_PARENT;
    if (row === NO_PARENT) return hit;
    return { level, row, id: session.index.get(level)?.get(row)?.id ?? null };
  }

  press(): void {
    this.session.setHover(null);
  }

  leave(): void {
    this.session.setHover(null);
  }

  click(x: number, y: number, many: boolean): void {
    if (this.taker) this.taker(x, y);
    else if (many) this.gather(x, y);
    else this.open(x, y);
  }

  private open(x: number, y: number): void {
    const hit = this.pick(x, y);
    const unit = this.resolve(hit);
    if (hit && unit && unit.id === null) void this.openRow(unit);
    else this.choose(unit?.id ?? null, hit && hit.id !== unit?.id ? hit.id : null);
  }

  /** A click with Shift or Ctrl: one unit more to set side by side, or one less. */
  private gather(x: number, y: number): void {
    const unit = this.resolve(this.pick(x, y));
    if (unit?.id) this.session.planner.gather(unit.id);
  }

  private choose(id: string | null, through: string | null = null): void {
    if (id) this.chosen(id);
    this.session.select(id, through);
  }

  /** A unit that is known by its row alone tells its id first. */
  private async openRow({ level, row }: Meant): Promise<void> {
    try {
      this.choose((await this.session.client.unitAt(level, row))?.id ?? null);
    } catch (error) {
      this.session.fault("tiles", String(error));
    }
  }

  point(x: number, y: number): void {
    if (this.taker) return;
    const unit = this.resolve(this.pick(x, y));
    this.view.point(unit !== null);
    this.session.setHover(unit ? { ...unit, at: { x, y } } : null);
  }
}
