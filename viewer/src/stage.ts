/** Binds the session to the 3D view: what to paint, what to mark, where to fly. */
import type { City } from "./api.ts";
import type { Basemaps } from "./basemaps.ts";
import type { BoundMap } from "./bound.ts";
import { CityLayers, type Layer } from "./city.ts";
import { markingOf, paintingOf } from "./coats.ts";
import { Solids } from "./earth/solids.ts";
import type { View } from "./earth/view.ts";
import type { Backend, EngineFault, FaultListener, Hit, Overlay, Quality } from "./engine.ts";
import { Flights } from "./flights.ts";
import type { Guest } from "./guest.ts";
import { listen } from "./hand.ts";
import { makeOverlay } from "./overlay.ts";
import { patchOf } from "./patch.ts";
import type { Session } from "./session.ts";
import type { State } from "./state.ts";
import { type Meant, Touch } from "./touch.ts";
import { Wishes } from "./wishes.ts";

const WAIT_MS = 40;

export interface StageOptions {
  /** makes the view, or takes a host's */
  view: (onFault: FaultListener) => View;
  quality: Quality;
  /** the rectangle of the page that no panel covers */
  free: () => DOMRect;
  /** what is tried first for colours */
  backend?: Backend;
  /** set where the view is a host's: nothing moves unasked, and what is not ours stays as it is */
  guest?: Guest | null;
}

export class Stage {
  readonly globe: View;
  readonly layers: CityLayers;
  readonly flights: Flights;
  private readonly solids: Solids;
  readonly ready: Promise<void>;
  private overlays: Overlay[] = [];
  private coat: Backend = "texture";
  private readonly touch: Touch;
  private away: ReadonlyMap<string, Uint8Array> = new Map();
  readonly wishes = new Wishes();
  /** neutral whatever is chosen: the bare side of a comparison */
  plain = false;
  /** maps of others under the city; a host has its own */
  basemaps: Basemaps | null = null;
  private shown: { painted: unknown[]; marked: unknown[] } = { painted: [], marked: [] };
  private isReady = false;
  private tellReady: () => void = () => {};
  private started = false;
  private bound: BoundMap[] = [];
  private falls = 0;
  private gone = false;
  private readonly stops: (() => void)[];
  private waiting = 0;

  constructor(
    private readonly session: Session,
    private readonly options: StageOptions,
  ) {
    const fault = this.onFault.bind(this);
    const { quality, guest = null } = options;
    this.globe = options.view(fault);
    this.layers = new CityLayers(this.globe.scene, quality, fault, guest, session.client);
    this.solids = new Solids(this.globe, this.layers, session);
    this.flights = new Flights(this.globe, session, options.free, guest !== null);
    this.touch = new Touch(session, this.globe, this.layers, (id) => this.flights.stay(id));
    this.ready = new Promise((done) => {
      this.tellReady = done;
    });
    this.layers.onLayer.add((layer) => this.dressAlso(layer));
    const changed = () => this.follow();
    const resized = () => this.flights.reframe();
    session.addEventListener("change", changed);
    addEventListener("resize", resized);
    this.stops = [
      () => session.removeEventListener("change", changed),
      () => removeEventListener("resize", resized),
      session.store.subscribe((state, before) => this.onState(state, before)),
      // before the city has come the camera stands where the engine put it
      this.globe.onMoved(() => this.started && session.store.set({ camera: this.globe.pose() })),
      this.globe.onFrame(() => this.checkReady()),
      listen(this.globe.scene.canvas, this.touch),
    ];
  }

  private onFault(fault: EngineFault, detail: string): void {
    if (fault === "render") this.fallBack();
    this.session.fault(fault, detail);
  }

  /**
   * A shader the device cannot compile stops the engine. First the lookup shader gives way to a
   * style, then every shader goes; the city stays on the screen.
   */
  private fallBack(): void {
    const { guest } = this.options;
    if (this.falls >= (guest ? 3 : 2)) return;
    this.falls += 1;
    for (const overlay of this.overlays) overlay.destroy();
    if (this.falls === 3) {
      this.withdraw();
      return;
    }
    if (this.falls === 2) this.layers.undress(this.session.state.theme);
    this.dress(this.falls === 1 ? "style" : "bare");
    this.globe.resume();
  }

  /** A host's view goes on without us. */
  private withdraw(): void {
    this.overlays = [];
    this.layers.destroy();
    this.globe.resume();
  }

  private dress(backend: Backend): void {
    const frame = this.layers.frame;
    if (!frame) return;
    const theme = this.session.state.theme;
    this.coat = backend;
    this.overlays = this.layers.layers
      .filter((layer) => layer.info.kind !== "context")
      .map((layer) => makeOverlay(layer, frame, theme, backend));
    for (const overlay of this.overlays) overlay.setBare(this.session.state.look);
    this.applyWishes();
    this.shown = { painted: [], marked: [] };
    this.follow();
  }

  /** A layer that came after the others puts on what they wear. */
  private dressAlso(layer: Layer): void {
    const { frame } = this.layers;
    if (!frame || this.overlays.length === 0) return;
    const { theme, look } = this.session.state;
    const overlay = makeOverlay(layer, frame, theme, this.coat);
    overlay.setBare(look);
    this.overlays.push(overlay);
    this.applyWishes();
    this.shown = { painted: [], marked: [] };
    this.follow();
  }

  private follow(): void {
    const city = this.session.city.value;
    if (city && !this.started) {
      this.started = true;
      this.open().catch((error: unknown) => this.session.fault("tiles", String(error)));
    }
    if (this.overlays.length === 0) return;
    this.showPainting();
    this.solids.follow();
    this.showMarks();
    this.flights.toSelection();
  }

  private async open(): Promise<void> {
    const city = this.session.city.value;
    if (!city) return;
    const { guest } = this.options;
    const posed = this.flights.begin();
    const maps = await this.maps(city);
    this.layers.onTexture = () => this.session.noteTextures();
    await this.layers.load(city, maps, this.session.state.theme);
    if (this.gone) return;
    // what did not load must not hide what is ours
    this.bound = this.layers.layers.flatMap((layer) => layer.bound ?? []);
    this.flights.narrow((place) => this.layers.builtPoints(place));
    if (!posed && !guest) this.flights.home(0);
    this.dress(this.options.backend ?? "texture");
  }

  /** Maps of the tilesets of others; one that cannot be read leaves the city as it is. */
  private async maps(city: City): Promise<BoundMap[]> {
    const asked = await Promise.allSettled(
      city.bound.map((info) => this.session.client.bound(info)),
    );
    return asked.flatMap((answer) => {
      if (answer.status === "fulfilled") return [answer.value];
      this.session.fault("tiles", String(answer.reason));
      return [];
    });
  }

  home(duration?: number): void {
    this.flights.home(duration);
  }

  private onState(state: Readonly<State>, before: Readonly<State>): void {
    if (state.look !== before.look) {
      for (const overlay of this.overlays) overlay.setBare(state.look);
      this.globe.draw();
    }
    const { camera } = state;
    if (camera && camera !== before.camera && this.started) this.flights.follow(camera);
    if (state.theme === before.theme) return;
    this.globe.setTheme(state.theme);
    this.layers.setTheme(state.theme);
    for (const overlay of this.overlays) overlay.setTheme(state.theme);
    this.globe.draw();
  }

  /** Rows that a person took off the map, by level. */
  setAway(away: ReadonlyMap<string, Uint8Array>): void {
    this.away = away;
    if (this.overlays.length > 0) this.showMarks();
  }

  /** Puts a changed wish of a tool into every coat. */
  applyWishes(): void {
    this.wishes.apply(this.overlays, this.layers);
    this.globe.draw();
  }

  /** Ends this view: all that is ours leaves the scene; a canvas of our own goes with it. */
  dispose(): void {
    if (this.gone) return;
    this.gone = true;
    clearTimeout(this.waiting);
    for (const stop of this.stops) stop();
    for (const overlay of this.overlays) overlay.destroy();
    this.overlays = [];
    this.solids.clear();
    this.basemaps?.close();
    this.layers.destroy();
    this.globe.draw();
    this.globe.destroy();
  }

  private showPainting(): void {
    const { session } = this;
    const loaded = session.shown;
    const level = session.choice.level;
    const patched = session.planner.blind.value;
    const extra = [patched, session.state.palette, this.plain];
    const key = [loaded, session.massing.value, level, session.parents.size, ...extra];
    if (key.every((item, i) => item === this.shown.painted[i])) return;
    this.shown.painted = key;
    const painting = this.plain ? null : paintingOf(session);
    for (const overlay of this.overlays) overlay.paint(painting);
    const patch = patched && patchOf(patched.features);
    for (const overlay of this.overlays) overlay.setPatch(patch);
    this.layers.showSurface(patch && level === "building" ? "block" : level);
    this.globe.setPlain(painting === null);
    this.globe.draw();
  }

  private showMarks(): void {
    const { session } = this;
    const unit = session.state.selection ? session.unit.value : null;
    const one = unit && unit.id === session.state.selection ? [unit] : [];
    const chosen = [...one, ...session.planner.sideBySide];
    const { hover, planner } = session;
    const at = [hover?.level, hover?.row, session.choice.level];
    const ids = chosen.map((item) => item.id).join("|");
    const extra = [planner.highlight?.flags, planner.disagreeing];
    const key = [ids, ...at, session.parents.size, this.away, ...extra];
    if (key.every((item, i) => item === this.shown.marked[i]) && this.shown.marked.length) return;
    this.shown.marked = key;
    const marking = markingOf(session, this.bound, chosen, hover, this.away);
    for (const overlay of this.overlays) overlay.mark(marking);
    this.globe.draw();
  }

  /** The unit a hit means at the map's level: a building stands for its block or district. */
  resolve(hit: Hit | null): Meant | null {
    return this.touch.resolve(hit);
  }

  /** A tool that takes the next clicks instead of the unit file; null: none. */
  set taker(taker: ((x: number, y: number) => void) | null) {
    this.touch.taker = taker;
  }

  /** Longitude and latitude under a pixel, on the level of the city's ground; null over sky. */
  ground(x: number, y: number): [number, number] | null {
    return this.globe.groundAt(x, y, this.layers.frame?.height ?? 0);
  }

  pick(x: number, y: number): Hit | null {
    return this.touch.pick(x, y);
  }

  /** After each frame: more frames while tiles are on their way, then the word that all is there. */
  private checkReady(): void {
    const { choosing } = this.session;
    if (choosing || !this.layers.settled() || this.basemaps?.settled === false) {
      clearTimeout(this.waiting);
      this.waiting = window.setTimeout(() => this.globe.draw(), WAIT_MS);
      return;
    }
    if (this.isReady || this.overlays.length === 0) return;
    const { overlay, choice } = this.session;
    if (choice.indicator && choice.level && overlay.loading) return;
    this.isReady = true;
    this.globe.economise();
    this.tellReady();
  }

  get settled(): boolean {
    const under = this.basemaps?.settled ?? true;
    return this.overlays.length > 0 && this.layers.settled() && under;
  }

  get backend(): Backend | null {
    const kinds = this.overlays.map((overlay) => overlay.backend);
    return kinds.includes("texture") ? "texture" : (kinds[0] ?? null);
  }
}
