/** What the planner's desks ask the server: combined questions, units side by side, made maps. */
import type {
  AreaPage,
  BlindAreas,
  Disagreement,
  Found,
  Indicator,
  Theme,
  UnitFile,
} from "./api.ts";
import { decodeCodes, inlineBytes } from "./lut.ts";
import { recoloured } from "./palette.ts";
import { type Prism, prismsOf, type Shape } from "./prism.ts";
import { asks, maskOf, type Question, readQuestion, writeQuestion } from "./question.ts";
import { Resource } from "./resource.ts";
import type { LoadedOverlay, Session } from "./session.ts";
import { sizeOf } from "./variant.ts";

/** Units of a result that are listed and dotted on the map; the count is of all. */
export const LISTED = 300;
/** Most units side by side. */
export const SIDE_BY_SIDE = 6;
const AREAS = 100;
/** Units of a level above which no prisms are made. */
const MOST_PRISMS = 3000;

/** Kinds of special areas, those that a checkup sets beside the city first. */
export const AREA_KINDS = [
  "old_town",
  "core",
  "strategy",
  "renewal",
  "heritage",
  "built_up",
  "setback",
  "view_corridor",
  "permeable",
  "residential_land",
] as const;

export class Planner {
  readonly found: Resource<Found>;
  readonly files: Resource<UnitFile[]>;
  readonly areas: Resource<AreaPage>;
  readonly blind: Resource<BlindAreas>;
  readonly sources: Resource<{ answer: Disagreement; flags: Uint8Array }>;
  readonly themes: Resource<Theme[]>;
  /** outlines of the map's level, for prisms */
  readonly shapes: Resource<Shape[]>;
  /** indicators of every system, for lists to choose from */
  readonly known: Resource<Indicator[]>;
  /** kind of special areas that stand beside the city */
  areaKind: string = AREA_KINDS[0];
  private stood: { key: unknown[]; made: Prism[] } | null = null;
  private dress: { from: LoadedOverlay; palette: string; made: LoadedOverlay } | null = null;
  private marked: { by: Found; mask: Uint8Array } | null = null;
  /** rows that a chart points out, at the map's level; null: none */
  brushed: Uint8Array | null = null;

  constructor(
    private readonly session: Session,
    changed: () => void,
  ) {
    this.found = new Resource(changed);
    this.files = new Resource(changed);
    this.areas = new Resource(changed);
    this.blind = new Resource(changed);
    this.sources = new Resource(changed);
    this.themes = new Resource(changed);
    this.shapes = new Resource(changed);
    this.known = new Resource(changed);
  }

  get busy(): boolean {
    const asked = [this.found, this.files, this.areas, this.blind, this.sources, this.shapes];
    return asked.some((item) => item.loading);
  }

  get question(): Question {
    return readQuestion(this.session.state.find);
  }

  ask(question: Question): void {
    this.session.store.set({ find: writeQuestion(question) });
  }

  get finding(): boolean {
    return this.session.state.desk === "find";
  }

  /** Ids of the units that stand side by side. */
  get picked(): string[] {
    return (this.session.state.picked ?? "").split(",").filter(Boolean).map(decodeURIComponent);
  }

  pick(ids: readonly string[]): void {
    const kept = [...new Set(ids)].slice(0, SIDE_BY_SIDE);
    this.session.store.set({ picked: kept.map(encodeURIComponent).join(",") || null });
  }

  /** Adds a unit to those side by side, or takes it out. */
  toggle(id: string): void {
    const { picked } = this;
    this.pick(picked.includes(id) ? picked.filter((item) => item !== id) : [...picked, id]);
  }

  /** Units that are set side by side, as far as their files are there. */
  get sideBySide(): readonly UnitFile[] {
    return this.session.state.desk === "compare" ? (this.files.value ?? []) : [];
  }

  /** From the map: the chosen unit joins the first one that is gathered. */
  gather(id: string): void {
    const { selection, desk } = this.session.state;
    const { picked } = this;
    if (picked.length === 0 && selection && selection !== id) this.pick([selection, id]);
    else this.toggle(id);
    if (desk !== "compare") this.session.desks.open("compare");
  }

  refresh(): void {
    const { session } = this;
    const { year, system } = session.choice;
    const { state, client } = session;
    if (!session.city.value?.publication || year === null) return;
    this.loadFound(year, system);
    this.loadLens(year, system);
    this.loadShapes();
    const { picked } = this;
    if (picked.length > 0 && state.desk === "compare") {
      this.files.load(`${picked.join("|")}/${year}/${system}`, (signal) =>
        Promise.all(picked.map((id) => client.unit(id, { year, system }, signal))),
      );
    } else if (picked.length === 0) this.files.clear();
    if (state.desk === "compare") {
      const { areaKind } = this;
      this.areas.load(`${areaKind}/${year}/${system}`, (signal) =>
        client.json("/api/v1/areas", { kind: areaKind, year, system, limit: AREAS }, signal),
      );
    }
    if (state.selection || state.desk === "compare") {
      this.themes.load("all", (signal) => client.all<Theme>("/api/v1/themes", {}, signal));
    }
  }

  /** Asked for by lists that name indicators of every system. */
  needKnown(): void {
    const systems = (this.session.city.value?.systems ?? []).map((item) => item.id);
    this.known.load(systems.join(), async (signal) => {
      const lists = systems.map((id) => this.session.client.indicators(id, signal));
      return (await Promise.all(lists)).flat();
    });
  }

  chooseAreas(kind: string): void {
    this.areaKind = kind;
    this.session.refresh();
  }

  private loadFound(year: number, system: string | null): void {
    const { question } = this;
    if (!this.finding || !asks(question)) {
      this.found.clear();
      return;
    }
    const query = this.query(year, system);
    this.found.load(JSON.stringify(query), (signal) =>
      this.session.client.json("/api/v1/find", { ...query, limit: LISTED }, signal),
    );
  }

  private query(
    year: number | null,
    system: string | null,
  ): Record<string, string | number | null> {
    const { level, where } = this.question;
    return { level, where: JSON.stringify(where), year, system };
  }

  /** Address of everything that was found, as a table. */
  tableUrl(format: "csv" | "xlsx"): string {
    const { year, system } = this.session.choice;
    const query = new URLSearchParams({ format });
    for (const [name, value] of Object.entries(this.query(year, system))) {
      if (value !== null) query.set(name, String(value));
    }
    return `${this.session.client.base}/api/v1/tables/find?${query}`;
  }

  private loadLens(year: number, system: string | null): void {
    const { client, choice, state } = this.session;
    const { indicator, level } = choice;
    if (state.lens === "blind" && indicator) {
      this.blind.load(`${indicator.code}/${year}`, (signal) =>
        client.json(
          `/api/v1/spatial/${encodeURIComponent(indicator.code)}/blind`,
          { year },
          signal,
        ),
      );
    } else this.blind.clear();
    if (state.lens === "sources" && indicator && level && !choice.gap) {
      const query = { system, year, level };
      this.sources.load(`${system}/${indicator.code}/${level}/${year}`, async (signal) => {
        const path = `/api/v1/maps/${encodeURIComponent(indicator.code)}/disagreement`;
        const answer = await client.json<Disagreement>(path, query, signal);
        const rows = this.session.rowsOf(level);
        return { answer, flags: decodeCodes(inlineBytes(answer.column), answer.column, rows) };
      });
    } else this.sources.clear();
  }

  /** An overlay in the colours of the reader's choice. */
  dressed(from: LoadedOverlay | null): LoadedOverlay | null {
    const { palette } = this.session.state;
    if (!from || !palette) return from;
    if (this.dress?.from === from && this.dress.palette === palette) return this.dress.made;
    const info = { ...from.info, legend: recoloured(from.info.legend, palette) };
    this.dress = { from, palette, made: { ...from, info } };
    return this.dress.made;
  }

  private loadShapes(): void {
    const { choice, state, client, city } = this.session;
    const { level, indicator, gap } = choice;
    const few = level !== null && this.session.rowsOf(level) <= MOST_PRISMS;
    if (state.solid !== "prisms" || !level || !indicator || gap || !few) {
      this.shapes.clear();
      return;
    }
    this.session.needIndex(level);
    this.session.needValues();
    this.shapes.load(`${level}/${city.value?.model}`, async (signal) => {
      const path = `/ogc/collections/${encodeURIComponent(level)}/items`;
      const query = { limit: MOST_PRISMS, properties: "row" };
      return (await client.json<{ features: Shape[] }>(path, query, signal)).features;
    });
  }

  /** What stands as high as its value; null: the city stands as it is. */
  get prisms(): readonly Prism[] | null {
    const { choice, shown, values, city, state } = this.session;
    const shapes = this.shapes.value;
    const index = choice.level ? this.session.index.get(choice.level) : undefined;
    const extent = city.value?.extent;
    if (state.solid !== "prisms" || !shapes || !values.value || !index || !extent) return null;
    if (!shown || shown.info.level !== choice.level) return null;
    const key = [shapes, shown, values.value, index];
    if (this.stood?.key.every((item, i) => item === key[i])) return this.stood.made;
    const form = { legend: shown.info.legend, codes: shown.codes };
    const made = prismsOf(shapes, index, values.value, form, sizeOf(extent));
    this.stood = { key, made };
    return made;
  }

  /** Units the map sets off from the rest: what was found, or what a chart points out. */
  get highlight(): { level: string; flags: Uint8Array } | null {
    const { level } = this.session.choice;
    if (this.brushed && level) return { level, flags: this.brushed };
    const found = this.found.value;
    if (!this.finding || !found || this.found.loading) return null;
    if (this.marked?.by !== found) {
      this.marked = { by: found, mask: maskOf(found.mask, found.rows) };
    }
    return { level: found.level, flags: this.marked.mask };
  }

  /** Rows of the map's level on whose value sources disagree. */
  get disagreeing(): Uint8Array | null {
    return this.session.state.lens === "sources" ? (this.sources.value?.flags ?? null) : null;
  }

  brush(flags: Uint8Array | null): void {
    if (flags === this.brushed) return;
    this.brushed = flags;
    this.session.tell();
  }
}
