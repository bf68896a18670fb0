/** What pages around us are told and may ask for, by whatever door: attach(), the element, messages. */
import { ApiError } from "./client.ts";
import { targetOfUnit } from "./framing.ts";
import type { Session } from "./session.ts";
import type { Stage } from "./stage.ts";
import { type CameraPose, poseGiven, type State } from "./state.ts";

/** What is shown: wishes brought in line with what the city has. */
export interface Told {
  publication: string | null;
  system: string | null;
  indicator: string | null;
  level: string | null;
  year: number | null;
  selection: string | null;
  language: string;
  theme: string;
  desk: string | null;
}

export type Trouble =
  | "signed_out"
  | "expired"
  | "offline"
  | "server"
  | "no_webgl"
  | "render"
  | "shader"
  | "tiles"
  | "tools"
  | "refused";

/** A place to fly to: the whole city, a unit's public id, or a pose. */
export type Goal = "home" | string | CameraPose;

export function tell(session: Session): Told {
  const { state, choice, city } = session;
  return {
    publication: city.value?.publication?.id ?? null,
    system: choice.system,
    indicator: choice.indicator?.code ?? null,
    level: choice.level,
    year: choice.year,
    selection: state.selection,
    language: state.language,
    theme: state.theme,
    desk: state.desk,
  };
}

/** The level of a public id; its part before the first colon. */
export function unitOf(id: string | null): { id: string; level: string } | null {
  return id === null ? null : { id, level: id.split(":", 1)[0] ?? "" };
}

/** What keeps the page from showing anything, or what was last noticed; null: nothing. */
export function troubleOf(session: Session): { code: Trouble; detail: string } | null {
  const { standing, city, notice } = session;
  if (standing.signedOut) return { code: standing.expired ? "expired" : "signed_out", detail: "" };
  const { error } = city;
  if (error && !city.value) {
    const far = !(error instanceof ApiError) || error.kind === "offline";
    return { code: far ? "offline" : "server", detail: String(error) };
  }
  const fault = notice?.key.startsWith("fault.") ? notice.key.slice("fault.".length) : null;
  return fault === null ? null : { code: fault as Trouble, detail: notice?.detail ?? "" };
}

/** RangeError when there is no such place. */
export async function flyTo(stage: Stage, session: Session, goal: unknown): Promise<void> {
  if (goal === "home") {
    stage.home();
    return;
  }
  const pose = poseGiven(goal);
  if (pose) {
    await stage.flights.toView(pose, session.state.selection, 1.6);
    return;
  }
  if (typeof goal !== "string") throw new RangeError("fly: home, a unit's id or a pose");
  const { year, system } = session.choice;
  const unit = await session.client.unit(goal, { year, system });
  const height = Number(unit.identity["height"] ?? 0) || null;
  const target = targetOfUnit(unit.bbox, unit.centroid, height);
  if (!target) throw new RangeError(`fly: ${goal} has no place on the map`);
  stage.flights.to(target, unit.level);
}

/** Calls back for each new selection, change of what is shown, and trouble. Returns the way to stop. */
export function watch(
  session: Session,
  heard: {
    select(unit: { id: string; level: string } | null): void;
    state(told: Told): void;
    error(trouble: { code: Trouble; detail: string }): void;
  },
): () => void {
  let chosen: State["selection"] = session.state.selection;
  let shown = "";
  let trouble = "";
  const look = () => {
    if (session.state.selection !== chosen) {
      chosen = session.state.selection;
      heard.select(unitOf(chosen));
    }
    const told = tell(session);
    const text = JSON.stringify(told);
    if (session.city.value && text !== shown) {
      shown = text;
      heard.state(told);
    }
    const now = troubleOf(session);
    const key = JSON.stringify(now);
    if (now && key !== trouble) heard.error(now);
    trouble = key;
  };
  session.addEventListener("change", look);
  look();
  return () => session.removeEventListener("change", look);
}
