/** Scenes as the server keeps them, and the page's state: one becomes the other. Pure. */
import type { SceneDocument, SceneStop } from "./api.ts";
import { PLAIN } from "./choice.ts";
import type { CameraPose, Patch, State } from "./state.ts";

/** Seconds a stop lasts that does not say how long; the same as the server's. */
export const STAY = 8;

/** Fields of the state that a scene keeps under `page`. */
const KEPT = ["look", "lens", "show", "classes", "palette", "solid", "find", "picked"] as const;

export interface Stop {
  title: SceneStop["title"];
  caption: SceneStop["caption"];
  view: CameraPose | null;
  /** seconds */
  duration: number;
  patch: Patch;
}

/** The views of a scene in order: its stops, each with what the scene says for all of them. */
export function stopsOf(scene: SceneDocument): Stop[] {
  const whole: SceneStop = {
    title: scene.title,
    caption: scene.caption ?? null,
    view: scene.view ?? null,
    overlay: scene.overlay ?? null,
    page: scene.page ?? null,
    selection: scene.selection ?? null,
    duration: scene.duration ?? null,
  };
  return (scene.stops?.length ? scene.stops : [whole]).map((stop) => {
    const view = stop.view ?? whole.view ?? null;
    return {
      title: stop.title,
      caption: stop.caption ?? null,
      view,
      duration: stop.duration ?? whole.duration ?? STAY,
      patch: patchOf({ ...whole, ...told(stop) }),
    };
  });
}

function told(stop: SceneStop): Partial<SceneStop> {
  const entries = Object.entries(stop).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as Partial<SceneStop>;
}

/** What a stop makes of the state; a field it does not speak of is put back to how a page opens. */
function patchOf(stop: SceneStop): Patch {
  const { overlay } = stop;
  const page = stop.page ?? {};
  const kept = Object.fromEntries(
    KEPT.map((key) => [
      key,
      typeof page[key] === "string" ? page[key] : key === "look" ? "true" : null,
    ]),
  );
  return {
    ...(kept as Patch),
    indicator: overlay?.indicator ?? PLAIN,
    level: overlay?.level ?? null,
    selection: stop.selection ?? null,
    ...(overlay ? { system: overlay.system } : {}),
    ...(overlay?.year ? { year: overlay.year } : {}),
  };
}

/** What the page shows now, as a stop of these words. */
export function stopOf(
  state: Readonly<State>,
  shown: {
    system: string | null;
    indicator: string | null;
    level: string | null;
    year: number | null;
  },
  words: Pick<SceneStop, "title" | "caption" | "duration">,
): SceneStop {
  const page = Object.fromEntries(
    KEPT.flatMap((key) => {
      const value = state[key];
      return value === null || (key === "look" && value === "true") ? [] : [[key, value]];
    }),
  );
  const { system, indicator, level, year } = shown;
  const painted = system && indicator && level;
  return {
    title: words.title,
    ...(words.caption ? { caption: words.caption } : {}),
    ...(state.camera ? { view: rounded(state.camera) } : {}),
    ...(painted ? { overlay: { system, indicator, level, ...(year ? { year } : {}) } } : {}),
    ...(Object.keys(page).length > 0 ? { page } : {}),
    ...(state.selection ? { selection: state.selection } : {}),
    ...(words.duration && words.duration !== STAY ? { duration: words.duration } : {}),
  };
}

function rounded(pose: CameraPose): CameraPose {
  const to = (value: number, digits: number) => Number(value.toFixed(digits));
  return {
    lon: to(pose.lon, 6),
    lat: to(pose.lat, 6),
    height: to(pose.height, 1),
    heading: to(pose.heading, 2),
    pitch: to(pose.pitch, 2),
  };
}

/** A name for a file that nobody has taken yet: letters a to z, digits and hyphens of the title. */
export function freeName(title: string, taken: ReadonlySet<string>): string {
  const plain = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  const stem = plain || "scene";
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? stem : `${stem}-${n}`;
    if (!taken.has(name)) return name;
  }
}
