/** Recorded views as a scene of the scenes schema: a tour whose stops are camera poses. */
import type { SceneDocument } from "../api.ts";
import type { CameraPose, State } from "../state.ts";

export interface Stop {
  pose: CameraPose;
  title: string;
}

export const MOST_STOPS = 60;

const round = (value: number, digits: number) => Number(value.toFixed(digits));

function viewOf(pose: CameraPose) {
  return {
    lon: round(pose.lon, 6),
    lat: round(pose.lat, 6),
    height: round(pose.height, 1),
    heading: round(pose.heading, 1),
    pitch: round(pose.pitch, 1),
  };
}

/** What is shown along the way, as a scene says it; null: the city itself. */
function overlayOf({ system, indicator, level, year }: Readonly<State>) {
  if (!system || !indicator || !level) return null;
  return { system, indicator, level, ...(year === null ? {} : { year }) };
}

/** A person types one language; the other one shows the same words. */
const both = (words: string) => ({ zh: words, en: words });

/** The scene as JSON; `seconds` at each stop. */
export function sceneOf(
  name: string,
  title: string,
  stops: readonly Stop[],
  seconds: number,
  state: Readonly<State>,
): SceneDocument {
  const overlay = overlayOf(state);
  return {
    name,
    title: both(title),
    duration: seconds,
    ...(overlay ? { overlay } : {}),
    stops: stops
      .slice(0, MOST_STOPS)
      .map((stop) => ({ title: both(stop.title), view: viewOf(stop.pose) })),
  };
}
