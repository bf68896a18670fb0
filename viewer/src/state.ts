/** The one state of the page. The URL, a shared link and later a scene are all this object. */
import type { Language } from "./api.ts";
import { UNDER } from "./basemap.ts";
import { WARNING_LISTS, type WarningList } from "./cockpit.ts";
import { PROJECT_SIEVES, type ProjectSieve } from "./projects.ts";

/** degrees, metres above the ellipsoid, degrees */
export interface CameraPose {
  lon: number;
  lat: number;
  height: number;
  heading: number;
  pitch: number;
}

export type Theme = "light" | "dark";

/** How buildings look that no indicator colours: as they are (textures), or all alike. */
export type Bare = "true" | "neutral";

/** What the page is at work on beside the overview: the name of a registered desk. */
export type Desk = string;

/** What is drawn over an indicator's colours. */
export type Lens = "spots" | "piles" | "blind" | "sources";

export interface State {
  system: string | null;
  indicator: string | null;
  level: string | null;
  year: number | null;
  /** public id of the selected unit */
  selection: string | null;
  camera: CameraPose | null;
  language: Language;
  theme: Theme;
  look: Bare;
  /** maps of others under the city, "img.cia" (see basemap.ts); null: none */
  base: string | null;
  desk: Desk | null;
  /** the leader's list of indicators: those of a category */
  category: string | null;
  /** ... those of a warning level, or "all" */
  warning: WarningList | null;
  /** which projects stand on the map: those of a state, or "overdue" */
  projectState: ProjectSieve | null;
  /** the wall that is presented on: metres wide x metres to the farthest seat, "4x8" */
  wall: string | null;
  /** name of the scene that is played or edited, and the stop that stands, from 0 */
  scene: string | null;
  stop: number | null;
  lens: Lens | null;
  /** what the map shows instead of the indicator itself: "pair", "score", "year-2022", "with-<code>" */
  show: string | null;
  /** classes of the reader's own choice: "natural-5", "at-10,20" */
  classes: string | null;
  /** name of the colours of the classes (see palette.ts) */
  palette: string | null;
  /** "prisms": units of the level stand as high as their value */
  solid: string | null;
  /** the combined question, as JSON (see question.ts) */
  find: string | null;
  /** public ids of the units that are compared, by commas */
  picked: string | null;
  /** what-if: project ids and indicator:number pairs as the URL holds them, budget in 10k yuan */
  projects: string | null;
  standards: string | null;
  budget: number | null;
  /** the open tool of the toolbox (see tools/catalogue.ts), and what it is set to, as the URL holds it */
  tool: string | null;
  toolSet: string | null;
  /** id of the publication that a link was made on */
  pin: string | null;
}

export type Patch = Partial<State>;
type Listener = (state: State, before: State) => void;

export const DEFAULTS: State = {
  system: null,
  indicator: null,
  level: null,
  year: null,
  selection: null,
  camera: null,
  language: "zh",
  theme: "light",
  look: "true",
  base: null,
  desk: null,
  category: null,
  warning: null,
  projectState: null,
  wall: null,
  scene: null,
  stop: null,
  lens: null,
  show: null,
  classes: null,
  palette: null,
  solid: null,
  find: null,
  picked: null,
  projects: null,
  standards: null,
  budget: null,
  tool: null,
  toolSet: null,
  pin: null,
};

const SHOW = /^(pair|score|year-\d{4}|with-[A-Za-z0-9_.-]{1,100})$/;
const CLASSES = /^([a-z]{3,20}-\d|at-[-\d.e,]{1,300})$/;
const DESK = /^[a-z][a-z0-9-]{0,39}$/;
const LENSES: readonly Lens[] = ["spots", "piles", "blind", "sources"];
const ID = /^[A-Za-z0-9_.-]{1,120}$/;

function poseOf(text: string | null): CameraPose | null {
  const numbers = (text ?? "").split(",").map(Number);
  const [lon, lat, height, heading, pitch] = numbers;
  if (numbers.length !== 5 || numbers.some((n) => !Number.isFinite(n))) return null;
  if (lon === undefined || lat === undefined || height === undefined) return null;
  if (heading === undefined || pitch === undefined) return null;
  if (Math.abs(lon) > 180 || Math.abs(lat) > 90 || Math.abs(pitch) > 90) return null;
  return { lon, lat, height, heading, pitch };
}

export function poseText(pose: CameraPose): string {
  return [
    pose.lon.toFixed(5),
    pose.lat.toFixed(5),
    pose.height.toFixed(0),
    pose.heading.toFixed(1),
    pose.pitch.toFixed(1),
  ].join(",");
}

function word(text: string | null): string | null {
  return text !== null && ID.test(text) ? text : null;
}

function matching(text: string | null, form: RegExp): string | null {
  return text !== null && form.test(text) ? text : null;
}

function deskName(text: string | null): string | null {
  return text !== null && DESK.test(text) ? text : null;
}

function yearOf(text: string | null): number | null {
  return text !== null && /^\d{4}$/.test(text) ? Number(text) : null;
}

function countOf(text: string | null): number | null {
  return text !== null && /^\d{1,4}$/.test(text) ? Number(text) : null;
}

function moneyOf(text: string | null): number | null {
  return text !== null && /^\d{1,12}(\.\d{1,4})?$/.test(text) ? Number(text) : null;
}

function settingsOf(text: string | null): string | null {
  return text !== null && /^[\w.,:~-]{1,300}$/.test(text) ? text : null;
}

function oneOf<T extends string>(text: string | null, known: readonly T[]): T | null {
  return known.find((item) => item === text) ?? null;
}

/** The state written in a URL's query; what is absent or not readable takes the default. */
export function parseState(search: string, defaults: State = DEFAULTS): State {
  const query = new URLSearchParams(search);
  const language = query.get("lang");
  const theme = query.get("theme");
  const look = query.get("look");
  return {
    system: word(query.get("system")) ?? defaults.system,
    indicator: word(query.get("indicator")) ?? defaults.indicator,
    level: word(query.get("level")) ?? defaults.level,
    year: yearOf(query.get("year")) ?? defaults.year,
    selection: query.get("unit") || defaults.selection,
    camera: poseOf(query.get("camera")) ?? defaults.camera,
    language: language === "zh" || language === "en" ? language : defaults.language,
    theme: theme === "light" || theme === "dark" ? theme : defaults.theme,
    look: look === "true" || look === "neutral" ? look : defaults.look,
    base: matching(query.get("base"), UNDER) ?? defaults.base,
    desk: deskName(query.get("desk")) ?? defaults.desk,
    category: word(query.get("category")) ?? defaults.category,
    warning: oneOf(query.get("warning"), WARNING_LISTS) ?? defaults.warning,
    projectState: oneOf(query.get("project_state"), PROJECT_SIEVES) ?? defaults.projectState,
    wall: word(query.get("wall")) ?? defaults.wall,
    scene: word(query.get("scene")) ?? defaults.scene,
    stop: countOf(query.get("stop")) ?? defaults.stop,
    lens: oneOf(query.get("lens"), LENSES) ?? defaults.lens,
    show: matching(query.get("show"), SHOW) ?? defaults.show,
    classes: matching(query.get("classes"), CLASSES) ?? defaults.classes,
    palette: deskName(query.get("palette")) ?? defaults.palette,
    solid: query.get("solid") === "prisms" ? "prisms" : defaults.solid,
    find: query.get("find") || defaults.find,
    picked: query.get("picked") || defaults.picked,
    projects: query.get("projects") || defaults.projects,
    standards: query.get("standards") || defaults.standards,
    budget: moneyOf(query.get("budget")) ?? defaults.budget,
    tool: deskName(query.get("tool")) ?? defaults.tool,
    toolSet: settingsOf(query.get("set")) ?? defaults.toolSet,
    pin: word(query.get("pin")) ?? defaults.pin,
  };
}

/** The query that brings this state back; keys the page does not own (quality, embed) survive. */
export function formatState(state: State, search = ""): string {
  const query = new URLSearchParams(search);
  const values: Record<string, string | null> = {
    system: state.system,
    indicator: state.indicator,
    level: state.level,
    year: state.year === null ? null : String(state.year),
    unit: state.selection,
    camera: state.camera && poseText(state.camera),
    lang: state.language,
    theme: state.theme,
    look: state.look === DEFAULTS.look ? null : state.look,
    base: state.base,
    desk: state.desk,
    category: state.category,
    warning: state.warning,
    project_state: state.projectState,
    wall: state.wall,
    scene: state.scene,
    stop: state.stop === null ? null : String(state.stop),
    lens: state.lens,
    show: state.show,
    classes: state.classes,
    palette: state.palette,
    solid: state.solid,
    find: state.find || null,
    picked: state.picked || null,
    projects: state.projects || null,
    standards: state.standards || null,
    budget: state.budget === null ? null : String(state.budget),
    tool: state.tool,
    set: state.tool && state.toolSet,
    pin: state.pin,
  };
  for (const [key, value] of Object.entries(values)) {
    if (value === null) query.delete(key);
    else query.set(key, value);
  }
  const text = query.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text ? `?${text}` : "";
}

/** Holds the state and tells who listens. */
export class Store {
  private readonly listeners = new Set<Listener>();
  constructor(private current: State) {}

  get state(): Readonly<State> {
    return this.current;
  }

  set(patch: Patch): void {
    const before = this.current;
    const after = { ...before, ...patch };
    const keys = Object.keys(after) as (keyof State)[];
    if (keys.every((key) => Object.is(after[key], before[key]))) return;
    this.current = after;
    for (const listener of [...this.listeners]) listener(after, before);
  }

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The parts of a state that somebody else told us, each as strictly read as from a URL. */
export function readPatch(told: unknown, current: Readonly<State> = DEFAULTS): Patch {
  if (typeof told !== "object" || told === null) return {};
  const given = told as Record<string, unknown>;
  const keys = (Object.keys(DEFAULTS) as (keyof State)[]).filter((key) =>
    Object.hasOwn(given, key),
  );
  const wished: Record<string, unknown> = { ...current };
  for (const key of keys) wished[key] = key === "camera" ? poseGiven(given[key]) : given[key];
  const read = parseState(formatState(wished as unknown as State), {
    ...DEFAULTS,
    language: current.language,
    theme: current.theme,
  });
  return Object.fromEntries(keys.map((key) => [key, read[key]])) as Patch;
}

/** A pose that is whole; null for all else. */
export function poseGiven(told: unknown): CameraPose | null {
  if (typeof told !== "object" || told === null) return null;
  const { lon, lat, height, heading = 0, pitch = -45 } = told as Record<string, unknown>;
  const numbers = [lon, lat, height, heading, pitch];
  return numbers.every((item) => typeof item === "number") ? poseOf(numbers.join(",")) : null;
}

/** What a person opens: each is a step of the browser's history. */
const STEPS = ["selection", "desk", "category", "warning", "projectState"] as const;

/**
 * Keeps URL and store equal: a new selection, list or desk is a step one can go back from, all else
 * replaces; with `steps` false everything replaces.
 */
export function mirrorToUrl(
  store: Store,
  page: Window,
  defaults: State = DEFAULTS,
  steps = true,
): () => void {
  const write = (push: boolean) => {
    const search = formatState(store.state, page.location.search);
    if (search === page.location.search) return;
    const url = `${page.location.pathname}${search}${page.location.hash}`;
    if (push) page.history.pushState(null, "", url);
    else page.history.replaceState(null, "", url);
  };
  let applying = false;
  const stop = store.subscribe((state, before) => {
    const step = STEPS.some((key) => state[key] !== before[key]);
    if (!applying) write(step && steps);
  });
  const back = () => {
    applying = true;
    const past = parseState(page.location.search, defaults);
    const { camera: _camera, pin: _pin, ...rest } = past;
    store.set(rest);
    applying = false;
    write(false);
  };
  page.addEventListener("popstate", back);
  return () => {
    stop();
    page.removeEventListener("popstate", back);
  };
}
