/** State plus what the server says about it. Panels read a Session and write the Store. */
import { Account } from "./account.ts";
import type {
  City,
  Indicator,
  OverlayInfo,
  ProblemPage,
  SystemInfo,
  UnitFile,
  UnitItem,
  ValueRecord,
} from "./api.ts";
import {
  type Choice,
  candidates,
  choose,
  chooseSystem,
  chooseYear,
  drawnLevels,
  hasColumn,
  NO_CHOICE,
} from "./choice.ts";
import type { Client } from "./client.ts";
import { Desks } from "./desks.ts";
import type { EngineFault } from "./engine.ts";
import { Leader } from "./leader.ts";
import { decodeValues } from "./lut.ts";
import { findOpening } from "./opening.ts";
import { Places } from "./places.ts";
import { Planner } from "./planner.ts";
import { Ranks } from "./ranks.ts";
import { Resource, resourcesOf } from "./resource.ts";
import { Shelf } from "./shelf.ts";
import { Standing } from "./standing.ts";
import type { State, Store } from "./state.ts";
import { type LoadedOverlay, Stock } from "./stock.ts";
import { AUTO, keyOf, levelFor, published, sizeOf, wishOf } from "./variant.ts";

export type { LoadedOverlay } from "./stock.ts";

/** The unit under the pointer or the focused list row, brought up to the map's level. */
export interface Hover {
  level: string;
  row: number;
  id: string | null;
  /** pixels of the map; null when it comes from a list */
  at: { x: number; y: number } | null;
}

export interface Notice {
  key: string;
  detail: string;
}

const PROBLEMS = 500;

export class Session extends EventTarget {
  readonly city: Resource<City>;
  readonly systems: Resource<SystemInfo[]>;
  readonly indicators: Resource<Indicator[]>;
  readonly problems: Resource<ProblemPage>;
  readonly overlay: Resource<LoadedOverlay>;
  readonly massing: Resource<LoadedOverlay>;
  /** code of the indicator the page opens with */
  readonly opening: Resource<string>;
  readonly values: Resource<Float32Array>;
  readonly unit: Resource<UnitFile>;
  readonly record: Resource<ValueRecord>;
  readonly ranks: Ranks;
  readonly places: Places;
  readonly desks: Desks;
  readonly planner: Planner;
  readonly leader: Leader;
  readonly shelf: Shelf;
  readonly standing: Standing;
  readonly account: Account;
  choice: Choice = NO_CHOICE;
  hover: Hover | null = null;
  notice: Notice | null = null;
  /** address of the value whose origin is shown */
  address: string | null = null;
  /** whether any building in sight has an image of its own */
  textured = false;
  /** building that was clicked when the click meant a larger unit */
  through: string | null = null;
  private readonly stock: Stock;
  private closed = false;

  constructor(
    readonly store: Store,
    readonly client: Client,
  ) {
    super();
    const changed = () => this.refresh();
    this.places = new Places(client, changed, (detail) => {
      this.notice = { key: "error.parents", detail };
      this.tell();
    });
    this.ranks = new Ranks(this, changed);
    this.desks = new Desks(this, changed);
    this.planner = new Planner(this, changed);
    this.stock = new Stock(client);
    this.leader = new Leader(this, changed);
    this.shelf = new Shelf(this, changed);
    this.standing = new Standing(client, () => this.tell());
    this.account = new Account(client, () => this.tell());
    this.city = new Resource(changed);
    this.systems = new Resource(changed);
    this.indicators = new Resource(changed);
    this.problems = new Resource(changed);
    this.overlay = new Resource(changed);
    this.massing = new Resource(changed);
    this.opening = new Resource(changed);
    this.values = new Resource(changed);
    this.unit = new Resource(changed);
    this.record = new Resource(changed);
    store.subscribe((state, before) => {
      if (state.level !== before.level || state.selection !== before.selection) this.hover = null;
      this.refresh();
    });
  }

  /** True while an answer that the view needs is on its way. */
  get busy(): boolean {
    const waiting = [this.city, this.indicators, this.opening, this.overlay, this.massing];
    const panels = [this.unit, this.problems];
    return (
      this.places.busy ||
      this.ranks.busy ||
      this.desks.busy ||
      this.leader.busy ||
      this.shelf.busy ||
      [...waiting, ...panels].some((item) => item.loading)
    );
  }

  /** What the map wears: as published, or as a what-if answers. */
  get shown(): LoadedOverlay | null {
    if (this.leader.plain) return null;
    return this.planner.dressed(this.desks.laid(this.overlay.value));
  }

  /** building → unit row, by level */
  get parents(): ReadonlyMap<string, Uint32Array> {
    return this.places.parents;
  }

  /** units of a level by row */
  get index(): ReadonlyMap<string, ReadonlyMap<number, UnitItem>> {
    return this.places.index;
  }

  get state(): Readonly<State> {
    return this.store.state;
  }

  start(): void {
    this.city.load("city", (signal) => this.client.city(signal));
    this.systems.load("systems", (signal) => this.client.systems(signal));
    void this.account.read();
    this.tell();
  }

  /** Asks again for all that failed. */
  retry(): void {
    for (const item of this.resources()) if (item.error) item.retry();
    this.notice = null;
    this.start();
    this.refresh();
  }

  private resources(): Resource<unknown>[] {
    return resourcesOf(this, this.ranks, this.desks, this.planner, this.leader, this.shelf);
  }

  /** Ends all that is on its way; nothing is asked for any more. */
  close(): void {
    this.closed = true;
    for (const item of this.resources()) item.clear();
  }

  tell(): void {
    this.dispatchEvent(new Event("change"));
  }

  fault(fault: EngineFault, detail: string): void {
    this.notice = { key: `fault.${fault}`, detail };
    this.tell();
  }

  /** Brings every answer in line with the state; called on each change of either. */
  refresh(): void {
    const city = this.city.value;
    if (city && !this.closed) {
      this.loadLists(city);
      this.loadOpening(city);
      if (!this.choosing) this.choice = this.decide(city);
      else if (this.choice === NO_CHOICE) this.choice = { ...NO_CHOICE, ...this.asked(city) };
      this.loadOverlay(city);
      this.ranks.refresh();
      this.loadUnit();
      this.desks.refresh();
      this.planner.refresh();
      this.leader.refresh();
      this.shelf.refresh();
    }
    this.tell();
  }

  /** Whether it is still open which indicator, level and year are shown. */
  get choosing(): boolean {
    const city = this.city.value;
    if (!city || this.indicators.loading) return true;
    return this.state.indicator === null && this.unopened(city);
  }

  /** The system and the year that are asked about. */
  private asked(city: City): { system: string | null; year: number | null } {
    const { system, year } = this.state;
    return { system: chooseSystem(city, system), year: chooseYear(city, year) };
  }

  private decide(city: City): Choice {
    const list = this.indicators.value ?? [];
    const found = choose(city, this.state, list, this.opening.value);
    const { camera, level } = this.state;
    if (level !== AUTO || !city.extent) return found;
    const { indicator, levels, year } = found;
    const filled = indicator ? levels.filter((name) => hasColumn(indicator, name, year)) : levels;
    const near = camera && levelFor(camera.height, sizeOf(city.extent), filled);
    return near ? choose(city, { ...this.state, level: near }, list, this.opening.value) : found;
  }

  /** Whether the indicator to open with is still to be found. */
  private unopened(city: City): boolean {
    if (!city.publication || this.opening.error || this.opening.loading)
      return this.opening.loading;
    const failed = this.problems.error || this.indicators.error;
    const { system, year } = this.asked(city);
    // a city without values has nothing to open with, and never will while this page lasts
    return this.opening.value === null && !failed && system !== null && year !== null;
  }

  /** Without a wish the page opens with what troubles the city most and tells its parts apart. */
  private loadOpening(city: City): void {
    const { system, year } = this.asked(city);
    const ready = this.indicators.key === system && this.indicators.value && this.problems.value;
    if (this.state.indicator !== null || !ready || !system || year === null) return;
    const list = candidates(this.indicators.value ?? [], drawnLevels(city), ready.items);
    // by system alone: another year must not bring another indicator
    this.opening.load(system, (signal) =>
      findOpening(list, year, (code) => this.told(code, { system, year, level: "block" }, signal)),
    );
  }

  private loadLists(city: City): void {
    const { system, year } = this.asked(city);
    if (system) this.indicators.load(system, (signal) => this.client.indicators(system, signal));
    if (!city.publication) return;
    this.problems.load(`${year}`, (signal) =>
      this.client.problems({ year, limit: PROBLEMS }, signal),
    );
  }

  private loadOverlay(city: City): void {
    const { system, indicator, level, year, gap } = this.choice;
    if (level && level !== "building") {
      this.needParents(level);
      this.needIndex(level);
    }
    if (!system || !indicator || !level || year === null || !city.publication || gap) {
      this.overlay.clear();
      this.massing.clear();
      this.values.clear();
      return;
    }
    const want = (name: string) => ({
      wish: wishOf(this.state, indicator.code, { system, level: name, year }),
      rows: this.rowsOf(name),
    });
    const own = want(level);
    const key = keyOf(own.wish);
    if (key !== this.overlay.key) this.values.clear();
    const mass = this.massingLevel(city);
    const masses =
      level === "building" && mass && hasColumn(indicator, mass, year) ? want(mass) : null;
    this.overlay.load(key, (signal) => this.stock.fetch(city, own, signal, masses));
    if (!masses) this.massing.clear();
    else {
      this.massing.load(keyOf(masses.wish), (signal) => this.stock.fetch(city, masses, signal));
    }
  }

  /** What an overlay is as published; one that was on the map is not asked for again. */
  async told(
    code: string,
    at: { system: string; year: number; level: string },
    signal: AbortSignal = new AbortController().signal,
  ): Promise<OverlayInfo> {
    const city = this.city.value;
    if (!city) return this.client.overlay(code, at);
    const want = { wish: published(code, at), rows: this.rowsOf(at.level) };
    return (await this.stock.fetch(city, want, signal)).info;
  }

  massingLevel(city: City): string | null {
    const units = Object.values(city.tilesets).find((item) => item.kind === "units");
    return units?.massing_level ?? null;
  }

  rowsOf(level: string): number {
    return this.city.value?.levels.find((item) => item.level === level)?.rows ?? 0;
  }

  /** Exact values of the overlay, fetched when a reader first points at the map. */
  needValues(): void {
    const loaded = this.overlay.value;
    const column = loaded?.info.columns.find((item) => item.dtype === "f32");
    if (!loaded || !column) return;
    this.values.load(column.url, async (signal) =>
      decodeValues(await this.client.bytes(column, signal), column, this.rowsOf(loaded.info.level)),
    );
  }

  needParents(level: string): void {
    this.places.needParents(this.city.value?.parents[level], level, this.rowsOf("building"));
  }

  needIndex(level: string): void {
    this.places.needIndex(level);
  }

  private loadUnit(): void {
    const id = this.state.selection;
    const { system, year } = this.choice;
    if (!id) {
      this.unit.clear();
      return;
    }
    this.unit.load(`${id}/${system}/${year}`, (signal) =>
      this.client.unit(id, { year, system }, signal),
    );
    const unit = this.unit.value;
    if (unit && unit.level !== "building") this.needParents(unit.level);
  }

  select(id: string | null, through: string | null = null): void {
    this.through = through;
    this.store.set({ selection: id });
  }

  /** Opens the record behind a number; null closes it. */
  showAddress(address: string | null): void {
    this.address = address;
    if (address) this.record.load(address, (signal) => this.client.value(address, signal));
    this.tell();
  }

  /** A building with an image of its own has come into sight. */
  noteTextures(): void {
    if (this.textured) return;
    this.textured = true;
    this.tell();
  }

  setHover(hover: Hover | null): void {
    const before = this.hover;
    this.hover = hover;
    if (hover && hover.level === this.choice.level) this.needValues();
    if (before?.row !== hover?.row || before?.level !== hover?.level) this.tell();
    else this.dispatchEvent(new Event("point"));
  }

  levelLabel(level: string | null): { zh: string; en: string } | null {
    return this.city.value?.levels.find((item) => item.level === level)?.label ?? null;
  }

  drawn(): string[] {
    return this.city.value ? drawnLevels(this.city.value) : [];
  }
}
