/** The units of a level from the worst to the best by the chosen indicator, and the whole city's value. */
import type { OverlayInfo, Page, RankItem } from "./api.ts";
import { hasColumn } from "./choice.ts";
import { Resource } from "./resource.ts";
import type { Session } from "./session.ts";

const LISTED = 300;

export type RankOrder = "worst" | "best";

export class Ranks {
  readonly list: Resource<Page<RankItem>>;
  readonly legend: Resource<OverlayInfo>;
  /** the whole city, as a list of one */
  readonly total: Resource<Page<RankItem>>;
  /** level of the list; null: nothing can be listed */
  level: string | null = null;
  order: RankOrder = "worst";
  /** level that a person chose; null follows the map */
  private wish: string | null = null;
  /** lists on the page; the units are asked for while there is one */
  private readers = 0;

  constructor(
    private readonly session: Session,
    changed: () => void,
  ) {
    this.list = new Resource(changed);
    this.legend = new Resource(changed);
    this.total = new Resource(changed);
  }

  get busy(): boolean {
    return this.list.loading;
  }

  /** Levels that can be listed: anything larger than a building that has values this year. */
  levels(): string[] {
    const { indicator, levels, year } = this.session.choice;
    if (!indicator) return [];
    const filled = levels.filter((level) => hasColumn(indicator, level, year));
    return filled.filter((level) => level !== "building").reverse();
  }

  /** A list has come onto the page, or has left it. */
  read(on: boolean): void {
    this.readers += on ? 1 : -1;
    if (on) queueMicrotask(() => this.session.refresh());
  }

  choose(level: string, order: RankOrder): void {
    this.wish = level;
    this.order = order;
    this.session.refresh();
  }

  refresh(): void {
    const { client, choice } = this.session;
    const { system, indicator, year } = choice;
    const levels = this.levels();
    const like = choice.level === "building" ? "block" : choice.level;
    const wished = this.wish ?? like;
    const level = wished && levels.includes(wished) ? wished : (levels.at(-1) ?? null);
    this.level = level;
    if (!system || !indicator || !level || year === null) {
      this.list.clear();
      this.legend.clear();
    } else if (this.readers > 0) {
      const at = { system, year, level };
      const key = `${system}/${indicator.code}/${level}/${year}`;
      const query = { ...at, order: this.order, limit: LISTED };
      this.list.load(`${key}/${this.order}`, (signal) =>
        client.ranking(indicator.code, query, signal),
      );
      this.legend.load(key, (signal) => this.session.told(indicator.code, at, signal));
    }
    if (!system || !indicator || year === null || !hasColumn(indicator, "city", year)) {
      this.total.clear();
      return;
    }
    // what paints the map carries the city's own value; the list's level stands in for a map without
    const at = { system, year, level: choice.gap ? "city" : (choice.level ?? "city") };
    this.total.load(`${system}/${indicator.code}/${year}`, async (signal) => {
      const { city } = await this.session.told(indicator.code, at, signal);
      return { items: city ? [city] : [], total: city ? 1 : 0, next: null };
    });
  }
}
