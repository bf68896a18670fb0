/** Where the tools work: what is drawn, what clicks mean, and the engine's hands. Panels ask here. */
import { flyPose, stopFlight, tie } from "../earth/cameras.ts";
import { Cuts, type Plane } from "../earth/cuts.ts";
import { Guests } from "../earth/guests.ts";
import { Halves } from "../earth/halves.ts";
import { Rays } from "../earth/rays.ts";
import { Shade } from "../earth/shade.ts";
import { skylineOf } from "../earth/skyline.ts";
import { altitudeOf, azimuthOf, eyeOf, pixelOf, spotAt } from "../earth/spots.ts";
import type { Cut } from "../engine.ts";
import { LOOKS } from "../look.ts";
import type { Session } from "../session.ts";
import type { Stage } from "../stage.ts";
import type { CameraPose } from "../state.ts";
import { Away } from "./away.ts";
import { MENU } from "./catalogue.ts";
import { Foreign } from "./foreign.ts";
import { keepNotes, type Note, readNotes } from "./notes.ts";
import type { Stop } from "./route.ts";
import { readSettings, type Settings, writeSettings } from "./settings.ts";
import type { Shape, Skyline, Spot } from "./spot.ts";
import type { Sun } from "./sun.ts";

/** A divider or a seam between two sides, each with its name. */
export interface Sides {
  left: string;
  right: string;
  /** 0 … 1 of the canvas; none: the middle, and it cannot be moved */
  share?: number;
  put?: (share: number) => void;
}

/** Buildings that are all drawn one by one while they are asked for. */
const MOST_FINE = 60_000;
const WAIT_MS = 40;
/** Frames in a row without a tile on its way: the first may not have asked for any yet. */
const CALM = 3;
const LONGEST_WAIT_MS = 20_000;
/** How fine the second half's tiles are, pixels of error. */
const HALF_DETAIL = 16;

export class Bench extends EventTarget {
  /** the section at hand; a layer that comes later is cut too */
  private planes: { middle: Spot; planes: readonly Plane[] } | null = null;
  readonly rays: Rays;
  readonly halves: Halves;
  readonly guests: Guests;
  readonly away: Away;
  readonly foreign: Foreign;
  /** files that were dropped on the page and wait for a tool */
  dropped: File[] = [];
  notes: Note[] = [];
  /** what the open tool draws */
  drawn: readonly Shape[] = [];
  /** a line over the picture, in pixels of the canvas: valid for this view alone */
  trace: readonly { x: number; y: number }[] = [];
  /** opacity and visibility as wished, by layer */
  readonly opacity = new Map<string, number>();
  between: Sides | null = null;
  /** the other view while the screen is split */
  second: Stage | null = null;
  /** views recorded on this page */
  route: Stop[] = [];
  private readonly coarse = new WeakMap<object, number>();
  private readonly cuts: Cuts;
  private readonly shade: Shade;
  private taking: ((spot: Spot) => void) | null = null;

  constructor(
    readonly session: Session,
    readonly stage: Stage,
  ) {
    super();
    const { scene } = stage.globe;
    const changed = () => this.tell();
    this.rays = new Rays(scene);
    this.halves = new Halves(scene, stage.layers);
    stage.layers.onLayer.add(() => this.planes && this.cut(this.planes.middle, this.planes.planes));
    this.guests = new Guests(scene);
    this.cuts = new Cuts(scene);
    this.shade = new Shade(scene);
    this.away = new Away(session, stage, changed);
    this.foreign = new Foreign(session, stage, this.guests, changed);
    this.notes = readNotes(this.cityKey);
  }

  private get cityKey(): string {
    const city = this.session.city.value;
    return city ? `${city.name.zh}` : "";
  }

  tell(): void {
    this.dispatchEvent(new Event("change"));
  }

  get settings(): Settings {
    return readSettings(this.session.state.toolSet);
  }

  /** Changes what the open tool is set to; an empty value goes. */
  keep(patch: Record<string, string | number | null>): void {
    const now: Record<string, string> = { ...this.settings };
    for (const [key, value] of Object.entries(patch)) {
      if (value === null || value === "") delete now[key];
      else now[key] = String(value);
    }
    this.session.store.set({ toolSet: writeSettings(now) });
  }

  /** Opens a tool, the list of tools, or none. */
  open(tool: string | null): void {
    this.session.store.set({ tool, toolSet: null });
  }

  leave(): void {
    this.open(this.session.state.tool === MENU ? null : MENU);
  }

  draw(shapes: readonly Shape[]): void {
    this.drawn = shapes;
    this.tell();
  }

  /** The next clicks on the map give places to this; null gives them back to the map. */
  take(taking: ((spot: Spot) => void) | null): void {
    this.taking = taking;
    this.stage.taker =
      taking &&
      ((x, y) => {
        const spot = this.spotAt(x, y);
        if (spot) this.taking?.(spot);
      });
    this.stage.globe.scene.canvas.style.cursor = taking ? "crosshair" : "";
  }

  /** The next clicks give pixels. */
  takePixels(taking: ((x: number, y: number) => void) | null): void {
    this.taking = null;
    this.stage.taker = taking;
    this.stage.globe.scene.canvas.style.cursor = taking ? "crosshair" : "";
  }

  /** Takes the place in the middle of the view that no panel covers: for those without a mouse. */
  takeMiddle(): void {
    const { x, y } = this.middle();
    this.stage.taker?.(x, y);
  }

  middle(): { x: number; y: number } {
    const box = this.stage.flights.free();
    return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  }

  middleSpot(): Spot | null {
    const { x, y } = this.middle();
    return this.spotAt(x, y);
  }

  spotAt(x: number, y: number): Spot | null {
    return spotAt(this.stage.globe.scene, x, y);
  }

  pixelOf(spot: Spot): { x: number; y: number } | null {
    return pixelOf(this.stage.globe.scene, spot);
  }

  altitudeAt(x: number, y: number): number {
    return altitudeOf(this.stage.globe.scene, x, y);
  }

  azimuthAt(x: number, y: number): number {
    return azimuthOf(this.stage.globe.scene, x, y);
  }

  get eye(): Spot {
    return eyeOf(this.stage.globe.scene);
  }

  /** All that a tool drew and took goes; what it put into the city stays its own work. */
  rest(): void {
    this.refine(false);
    this.take(null);
    this.drawn = [];
    this.trace = [];
    this.tell();
  }

  setNotes(notes: readonly Note[]): boolean {
    this.notes = [...notes];
    const kept = keepNotes(this.cityKey, notes);
    this.tell();
    return kept;
  }

  /** The middle of the city on the ellipsoid, and its half diagonal in metres. */
  get city(): { middle: Spot; reach: number; low: number; high: number } | null {
    const extent = this.session.city.value?.extent;
    if (!extent) return null;
    const lat = (extent.south + extent.north) / 2;
    const middle = { lon: (extent.west + extent.east) / 2, lat, height: 0 };
    const wide = (extent.east - extent.west) * 111_320 * Math.cos((lat * Math.PI) / 180);
    const deep = (extent.north - extent.south) * 111_320;
    const { min_height: low, max_height: high } = extent;
    return { middle, reach: Math.hypot(wide, deep) / 2, low, high };
  }

  /** Cuts every tileset of the city. */
  cut(middle: Spot, planes: readonly Plane[]): void {
    this.planes = { middle, planes };
    const tilesets = this.stage.layers.layers.map((layer) => layer.tileset);
    const colour = LOOKS[this.session.state.theme].accent;
    // a level cuts flat ground at so small an angle that its edge would be a broad band
    const width = planes.some(({ normal }) => normal[2] !== 0) ? 0 : 1.5;
    this.cuts.set(tilesets, middle, planes, { colour, width });
  }

  /** Tells apart what stands above a height over its own ground; null: nothing. */
  setCut(cut: Cut | null): void {
    this.stage.wishes.cut = cut;
    this.refine(cut !== null);
    this.stage.applyWishes();
  }

  /** Blocks seen from afar as one mass hide what is asked for: buildings come in, as far as a page bears it. */
  refine(fine: boolean): void {
    for (const { info, tileset } of this.stage.layers.layers) {
      if (info.kind !== "units") continue;
      this.coarse.set(tileset, this.coarse.get(tileset) ?? tileset.maximumScreenSpaceError);
      const usual = this.coarse.get(tileset) ?? tileset.maximumScreenSpaceError;
      const finer = (info.features ?? 0) <= MOST_FINE ? 0.1 : usual / 2;
      tileset.maximumScreenSpaceError = fine ? finer : usual;
    }
  }

  uncut(): void {
    this.planes = null;
    this.cuts.clear();
  }

  shadows(sun: Sun | null): void {
    const { city } = this;
    if (!sun || !city) {
      this.shade.off();
      return;
    }
    const { layers } = this.stage.layers;
    const pick = (units: boolean) =>
      layers.filter(({ info }) => (info.kind === "units") === units).map((one) => one.tileset);
    // shadows as fine as the view needs: the same number of texels for a street and for a city
    const reach = Math.max(800, this.eye.height * 3.5);
    this.shade.on(pick(true), pick(false), sun, city.middle, reach);
  }

  lookAt({ lon, lat, height }: Spot): void {
    const at = { west: lon, east: lon, south: lat, north: lat, low: height, high: height };
    this.stage.flights.to(at, "block");
  }

  flyPose(pose: CameraPose, seconds: number): Promise<boolean> {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return flyPose(this.stage.globe.scene, pose, still ? 0 : seconds);
  }

  stopFlight(): void {
    stopFlight(this.stage.globe.scene);
  }

  /** Resolves when the view's tiles are there, or after a while that is long enough. */
  async settled(): Promise<void> {
    const { globe } = this.stage;
    const late = performance.now() + LONGEST_WAIT_MS;
    for (let calm = 0; calm < CALM && performance.now() < late; ) {
      await new Promise<void>((done) => {
        const stop = globe.onFrame(() => {
          stop();
          done();
        });
        globe.draw();
      });
      await new Promise((done) => setTimeout(done, WAIT_MS));
      calm = this.stage.settled ? calm + 1 : 0;
    }
  }

  /** Reads the skyline of the view at hand and draws it; null: nothing stands against the sky. */
  skyline(): Skyline | null {
    const found = skylineOf(this.stage.globe.scene);
    this.trace = found?.edges ?? [];
    this.tell();
    return found;
  }

  clearTrace(): void {
    this.trace = [];
    this.tell();
  }

  async openHalves(): Promise<void> {
    const backend = this.stage.backend ?? "style";
    await this.halves.open(this.session.state.theme, backend, HALF_DETAIL);
  }

  closeHalves(): void {
    this.halves.close();
    this.sides(null);
  }

  /** Where a divider stands first: in the middle of what no panel covers. */
  middleShare(): number {
    return this.middle().x / this.stage.globe.scene.canvas.clientWidth;
  }

  divide(sides: Required<Sides>): void {
    this.halves.divide(sides.share);
    this.sides(sides);
  }

  sides(sides: Sides | null): void {
    this.between = sides;
    this.tell();
  }

  tieWith(second: Stage): () => void {
    return tie(this.stage.globe.scene, second.globe.scene);
  }

  setOpacity(name: string, share: number): void {
    this.opacity.set(name, share);
    this.stage.wishes.opacity.set(name, share);
    this.stage.applyWishes();
    this.tell();
  }

  setShown(name: string, shown: boolean): void {
    this.stage.layers.setShown(name, shown);
    this.tell();
  }

  /** True while the map shows less or more than the published city. */
  get altered(): boolean {
    const { off } = this.stage.layers;
    const sieved = [...this.opacity.values()].some((share) => share < 1);
    return off.size > 0 || sieved || this.away.count > 0 || this.foreign.guests.length > 0;
  }
}
