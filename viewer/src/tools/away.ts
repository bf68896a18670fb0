/** Units taken off the map by hand: some hidden, or all others. */
import { wholeGroups } from "../bound.ts";
import type { Session } from "../session.ts";
import type { Stage } from "../stage.ts";

export interface Picked {
  level: string;
  row: number;
}

export class Away {
  hidden: Picked[] = [];
  /** only these are shown; empty: all */
  alone: Picked[] = [];

  constructor(
    private readonly session: Session,
    private readonly stage: Stage,
    private readonly changed: () => void,
  ) {
    session.addEventListener("change", () => {
      if (this.waiting) this.apply();
    });
  }

  /** parents that a hidden block needs are on their way */
  private waiting = false;

  get count(): number {
    return this.hidden.length + this.alone.length;
  }

  hide(unit: Picked): void {
    if (!this.hidden.some((one) => same(one, unit))) this.hidden = [...this.hidden, unit];
    this.alone = this.alone.filter((one) => !same(one, unit));
    this.apply();
  }

  isolate(unit: Picked): void {
    if (!this.alone.some((one) => same(one, unit))) this.alone = [...this.alone, unit];
    this.apply();
  }

  /** Hides many rows of buildings at once, in place of all that was hidden by hand. */
  hideRows(rows: readonly number[]): void {
    this.hidden = rows.map((row) => ({ level: "building", row }));
    this.apply();
  }

  restore(unit: Picked): void {
    this.hidden = this.hidden.filter((one) => !same(one, unit));
    this.alone = this.alone.filter((one) => !same(one, unit));
    this.apply();
  }

  clear(): void {
    this.hidden = [];
    this.alone = [];
    this.apply();
  }

  private apply(): void {
    this.waiting = false;
    this.stage.setAway(this.count === 0 ? new Map() : this.rows());
    this.changed();
  }

  /** Rows of buildings inside a unit; null while the answer is on its way. */
  private inside({ level, row }: Picked): number[] | null {
    if (level === "building") return [row];
    const parents = this.session.parents.get(level);
    if (!parents) {
      this.session.needParents(level);
      this.waiting = true;
      return null;
    }
    const out: number[] = [];
    parents.forEach((parent, child) => {
      if (parent === row) out.push(child);
    });
    return out;
  }

  private rows(): Map<string, Uint8Array> {
    const { session } = this;
    const buildings = new Uint8Array(session.rowsOf("building"));
    if (this.alone.length > 0) buildings.fill(1);
    for (const unit of this.alone) for (const row of this.inside(unit) ?? []) buildings[row] = 0;
    for (const unit of this.hidden) for (const row of this.inside(unit) ?? []) buildings[row] = 1;
    const out = new Map<string, Uint8Array>([["building", buildings]]);
    const city = session.city.value;
    const mass = city ? session.massingLevel(city) : null;
    if (mass) {
      const parents = session.parents.get(mass);
      if (parents) out.set(mass, wholeGroups(buildings, parents, session.rowsOf(mass)));
      else {
        session.needParents(mass);
        this.waiting = true;
      }
    }
    this.grounds(out);
    return out;
  }

  /** The coloured ground of units that were named themselves goes with them. */
  private grounds(out: Map<string, Uint8Array>): void {
    const levels = new Set([...this.alone, ...this.hidden].map((unit) => unit.level));
    levels.delete("building");
    for (const level of levels) {
      const rows = out.get(level) ?? new Uint8Array(this.session.rowsOf(level));
      const alone = this.alone.filter((unit) => unit.level === level);
      if (alone.length > 0) rows.fill(1);
      for (const { row } of alone) rows[row] = 0;
      for (const unit of this.hidden) if (unit.level === level) rows[unit.row] = 1;
      out.set(level, rows);
    }
  }
}

function same(a: Picked, b: Picked): boolean {
  return a.level === b.level && a.row === b.row;
}
