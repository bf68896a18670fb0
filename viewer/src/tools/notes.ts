/** Notes pinned to places, kept in this browser, one list a city. */
import type { Spot } from "./spot.ts";

export interface Note {
  id: string;
  text: string;
  at: Spot;
}

const KEPT = "cim-twin-notes";
export const LONGEST = 200;

function isNote(value: unknown): value is Note {
  const { id, text, at } = (value ?? {}) as Partial<Note>;
  const numbers = [at?.lon, at?.lat, at?.height];
  return typeof id === "string" && typeof text === "string" && numbers.every(Number.isFinite);
}

/** What was kept for a city; anything unreadable is left out. */
export function readNotes(city: string, store: Storage | null = safeStorage()): Note[] {
  try {
    const kept = JSON.parse(store?.getItem(`${KEPT}/${city}`) ?? "[]") as unknown;
    return Array.isArray(kept) ? kept.filter(isNote) : [];
  } catch {
    return [];
  }
}

/** False when this browser keeps nothing: the notes then last as long as the page. */
export function keepNotes(
  city: string,
  notes: readonly Note[],
  store: Storage | null = safeStorage(),
): boolean {
  try {
    if (!store) return false;
    if (notes.length > 0) store.setItem(`${KEPT}/${city}`, JSON.stringify(notes));
    else store.removeItem(`${KEPT}/${city}`);
    return true;
  } catch {
    return false;
  }
}

/** Whether any city has notes, so that the page brings them without being asked. */
export function anyNotes(store: Storage | null = safeStorage()): boolean {
  try {
    return Object.keys(store ?? {}).some((key) => key.startsWith(`${KEPT}/`));
  } catch {
    return false;
  }
}

function safeStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
