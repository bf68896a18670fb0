/** The maps of others that lie under the city, as a state and a link hold them. Pure. */
import type { BasemapShape } from "./api.ts";

/** Names from the bottom up; `calm`: grey and faded, so that legend colours stay what is seen. */
export interface Under {
  names: string[];
  calm: boolean;
}

const NOTHING: Under = { names: [], calm: true };
/** A map's own colours; no name can be like it, as names are small letters. */
const FULL = "FULL";

export const UNDER = /^[a-z0-9][a-z0-9-]{0,39}(\.[a-z0-9][a-z0-9-]{0,39}){0,5}(\.FULL)?$/;

/** "img.cia" or "img.FULL"; null and what cannot be read: nothing. */
export function readUnder(text: string | null): Under {
  if (!text || !UNDER.test(text)) return NOTHING;
  const parts = text.split(".");
  return { names: parts.filter((part) => part !== FULL), calm: !parts.includes(FULL) };
}

/** null when no map is chosen. */
export function writeUnder({ names, calm }: Under): string | null {
  if (names.length === 0) return null;
  return [...new Set(names), ...(calm ? [] : [FULL])].join(".");
}

/** Another map at the bottom ("" for none); labels of the same family stay, all go with the last. */
export function withBottom(under: Under, name: string, known: readonly BasemapShape[]): Under {
  const labels = under.names.filter((one) => known.find((map) => map.name === one)?.overlay);
  return { ...under, names: name ? [name, ...labels] : [] };
}

/** Labels laid over the map, or taken off. */
export function withLabels(under: Under, name: string, on: boolean): Under {
  const others = under.names.filter((one) => one !== name);
  return { ...under, names: on ? [...others, name] : others };
}

/** The chosen maps that the server has, from the bottom up. */
export function chosenOf(under: Under, known: readonly BasemapShape[]): BasemapShape[] {
  return under.names.flatMap((name) => known.find((map) => map.name === name) ?? []);
}
