/**
 * The twin on a host's own Cesium.Viewer: our tilesets, colours, picks and flights join its scene.
 * Camera limits, imagery, terrain, clock, render mode, other primitives and handlers stay the host's.
 */
import type { Language } from "./api.ts";
import { Client } from "./client.ts";
import { backendOf, checkEngine, groundOf, type HostEngine, HostView } from "./earth/hostview.ts";
import type { Backend } from "./engine.ts";
import type { Guest } from "./guest.ts";
import { flyTo, type Goal, type Told, type Trouble, tell, watch } from "./outside.ts";
import { Session } from "./session.ts";
import { Stage } from "./stage.ts";
import { DEFAULTS, type Patch, readPatch, Store, type Theme } from "./state.ts";

export const VERSION = "0.1.0";

export interface AttachOptions {
  /** address of the CIM Twin server; "" for the page's own */
  server?: string;
  /** key or pass, sent as a header; never in an address */
  token?: string;
  system?: string;
  indicator?: string;
  level?: string;
  year?: number;
  language?: Language;
  theme?: Theme;
  /** where the legend and the unit file stand; none without */
  panel?: HTMLElement | string | null;
  /** names of desks that the panel offers */
  panels?: string[];
  /** flat surfaces of blocks and districts; "auto": only where the host has no hills */
  surfaces?: "auto" | "show" | "hide";
  /** our ground, water, green and roads; "auto": only where the host shows no globe */
  context?: "auto" | "show" | "hide";
  /** metres by which all of ours is lifted */
  heightOffset?: number;
  onReady?: (ready: { told: Told; backend: Backend | null; exact: boolean }) => void;
  onSelect?: (unit: { id: string; level: string } | null) => void;
  onError?: (trouble: { code: Trouble; detail: string }) => void;
}

type Events = {
  ready: Told;
  state: Told;
  select: { id: string; level: string } | null;
  error: { code: Trouble; detail: string };
};
type Listener<K extends keyof Events> = (told: Events[K]) => void;

function guestOf(engine: HostEngine, options: AttachOptions): Guest {
  const { globe, terrain } = groundOf(engine);
  const { context = "auto", surfaces = "auto", heightOffset = 0 } = options;
  return {
    context: context === "auto" ? !globe : context === "show",
    surfaces: surfaces === "auto" ? !terrain : surfaces === "show",
    heightOffset: Number.isFinite(heightOffset) ? heightOffset : 0,
  };
}

function placeOf(panel: AttachOptions["panel"]): HTMLElement | null {
  if (typeof panel !== "string") return panel ?? null;
  const found = document.querySelector<HTMLElement>(panel);
  if (!found) throw new RangeError(`attach(): no element fits ${panel}`);
  return found;
}

/** What attach() returns: the way to lead the twin, and to take it off again. */
export class Handle {
  readonly ready: Promise<Told>;
  private readonly session: Session;
  private readonly stage: Stage;
  private readonly heard = new Map<string, Set<(told: never) => void>>();
  private readonly stops: (() => void)[] = [];
  private gone = false;

  constructor(
    private readonly engine: HostEngine,
    options: AttachOptions,
  ) {
    const place = placeOf(options.panel);
    const client = new Client((options.server ?? "").replace(/\/+$/, ""));
    client.token = options.token ?? null;
    const start: Patch = readPatch(options);
    this.session = new Session(new Store({ ...DEFAULTS, ...start }), client);
    this.stage = new Stage(this.session, {
      view: (onFault) => new HostView(engine, onFault),
      quality: "high",
      free: () => engine.scene.canvas.getBoundingClientRect(),
      backend: backendOf(engine),
      guest: guestOf(engine, options),
    });
    if (options.onSelect) this.on("select", options.onSelect);
    if (options.onError) this.on("error", options.onError);
    this.stops.push(
      watch(this.session, {
        select: (unit) => this.emit("select", unit),
        state: (told) => this.emit("state", told),
        error: (trouble) => this.emit("error", trouble),
      }),
    );
    this.ready = this.stage.ready.then(() => this.opened(options));
    this.session.start();
    if (place) void this.furnish(place, options.panels ?? []);
  }

  private opened(options: AttachOptions): Told {
    const told = tell(this.session);
    const { exact } = groundOf(this.engine);
    options.onReady?.({ told, backend: this.backend, exact });
    this.emit("ready", told);
    return told;
  }

  private async furnish(place: HTMLElement, panels: string[]): Promise<void> {
    const { mountPanel } = await import("./panel/guestpanel.ts");
    if (!this.gone) this.stops.push(mountPanel(place, this.session, this.stage, panels));
  }

  private emit<K extends keyof Events>(kind: K, told: Events[K]): void {
    if (this.gone) return;
    for (const listener of [...(this.heard.get(kind) ?? [])]) (listener as Listener<K>)(told);
  }

  /** What is shown now. */
  get state(): Told {
    return tell(this.session);
  }

  /** How colours are made on this host; null before anything is there. */
  get backend(): Backend | null {
    return this.stage.backend;
  }

  /** Whether nothing more is on its way for this view. */
  get settled(): boolean {
    return this.stage.settled && !this.session.busy;
  }

  /** Changes wishes: indicator, level, year, system, language, theme, desk; also the pass. */
  set(patch: Patch & { token?: string }): void {
    if (patch.token !== undefined) {
      this.session.standing.take(patch.token || null);
      this.session.retry();
    }
    this.session.store.set(readPatch(patch, this.session.state));
  }

  /** Chooses a unit by its public id; null: none. The camera stays. */
  select(id: string | null): void {
    this.session.select(id);
  }

  /** Flies the host's camera to the whole city, a unit or a pose. */
  fly(goal: Goal = "home"): Promise<void> {
    return flyTo(this.stage, this.session, goal);
  }

  /** The unit under a pixel of the canvas, at the level that is shown. */
  pick(x: number, y: number): { id: string | null; level: string } | null {
    const unit = this.stage.resolve(this.stage.pick(x, y));
    return unit && { id: unit.id, level: unit.level };
  }

  on<K extends keyof Events>(kind: K, listener: Listener<K>): void {
    const known = this.heard.get(kind) ?? new Set();
    known.add(listener as (told: never) => void);
    this.heard.set(kind, known);
  }

  off<K extends keyof Events>(kind: K, listener: Listener<K>): void {
    this.heard.get(kind)?.delete(listener as (told: never) => void);
  }

  /** Takes all that is ours off the host; calling it twice does nothing more. */
  detach(): void {
    if (this.gone) return;
    this.gone = true;
    for (const stop of this.stops.splice(0)) stop();
    this.stage.dispose();
    this.session.close();
    this.heard.clear();
  }
}

/** Puts the twin on a viewer of the host. RangeError in words when it is none. */
export function attach(viewer: HostEngine, options: AttachOptions = {}): Handle {
  checkEngine(viewer);
  return new Handle(viewer, options);
}
