/** What went wrong while the page stands open, in one word that has words and a way on. Pure. */
import { ApiError } from "./client.ts";
import { ColumnRefused } from "./lut.ts";
import { Resource } from "./resource.ts";

/**
 * offline: nobody answers; server: it answers with a fault; sign_in: it wants to know who asks;
 * model: the city was published anew under the page; gone: what was open is no longer published.
 */
export type Trouble = "offline" | "server" | "sign_in" | "model" | "gone";

const FIRST: readonly Trouble[] = ["offline", "sign_in", "model", "gone", "server"];

export function troubleOf(error: unknown): Trouble | null {
  if (error instanceof ColumnRefused) return "model";
  if (!(error instanceof ApiError)) return null;
  if (error.kind === "offline") return "offline";
  if (error.status === 401 || error.status === 403) return "sign_in";
  if (error.status === 404 || error.status === 410) return "gone";
  return error.kind === "server" || error.kind === "unreadable" ? "server" : null;
}

/** The gravest of several. */
export function gravest(errors: readonly unknown[]): Trouble | null {
  const found = new Set(errors.map(troubleOf));
  return FIRST.find((item) => found.has(item)) ?? null;
}

/** Every answer that these objects hold. */
export function resourcesOf(...holders: readonly object[]): Resource<unknown>[] {
  return holders.flatMap((holder) =>
    Object.values(holder).filter((item): item is Resource<unknown> => item instanceof Resource),
  );
}
