/** Which unit is where: names by row, and the row of each building's unit at a larger level. */
import type { ColumnInfo, UnitItem } from "./api.ts";
import type { Client } from "./client.ts";
import { decodeParents } from "./lut.ts";

export class Places {
  /** building → unit row, by level */
  readonly parents = new Map<string, Uint32Array>();
  /** units of a level by row; the larger levels whole, others as far as they were asked for */
  readonly index = new Map<string, Map<number, UnitItem>>();
  private readonly asked = new Set<string>();
  private pending = 0;

  constructor(
    private readonly client: Client,
    private readonly changed: () => void,
    private readonly failed: (detail: string) => void,
  ) {}

  get busy(): boolean {
    return this.pending > 0;
  }

  needParents(column: ColumnInfo | undefined, level: string, rows: number): void {
    if (!column) return;
    this.once(
      `parents/${level}`,
      async () => {
        this.parents.set(level, decodeParents(await this.client.bytes(column), column, rows));
      },
      this.failed,
    );
  }

  /** Names of all units of a level. */
  needIndex(level: string): void {
    if (level === "building") return;
    this.once(`index/${level}`, async () => {
      const units = await this.client.unitsOf(level);
      this.index.set(level, new Map(units.map((unit) => [unit.row, unit])));
    });
  }

  /** Name of one unit, for levels too large to list. */
  needUnit(level: string, row: number): void {
    const known = this.index.get(level) ?? new Map<number, UnitItem>();
    this.index.set(level, known);
    if (known.has(row)) return;
    this.once(`unit/${level}/${row}`, async () => {
      const unit = await this.client.unitAt(level, row);
      if (unit) known.set(row, unit);
    });
  }

  /** Asks but once; what failed may be asked for again. */
  private once(key: string, ask: () => Promise<void>, failed?: (detail: string) => void): void {
    if (this.asked.has(key)) return;
    this.asked.add(key);
    this.pending += 1;
    ask()
      .then(this.changed)
      .catch((error: unknown) => {
        this.asked.delete(key);
        failed?.(String(error));
      })
      .finally(() => {
        this.pending -= 1;
      });
  }
}
