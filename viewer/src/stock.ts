/** Overlays with their codes, the last ones kept, so that going back asks nothing. */
import type { City, OverlayInfo } from "./api.ts";
import type { Client } from "./client.ts";
import { checkModel, decodeCodes } from "./lut.ts";
import { keyOf, type Wish } from "./variant.ts";

/** An overlay's description with its class codes, one a unit row. */
export interface LoadedOverlay {
  info: OverlayInfo;
  codes: Uint8Array;
}

/** A wish, and how many rows the loaded city has at its level. */
export interface Want {
  wish: Wish;
  rows: number;
}

const KEPT = 32;

export class Stock {
  private readonly kept = new Map<string, LoadedOverlay>();
  /** overlays that come inside the answer to another question */
  private readonly riding = new Map<string, Promise<unknown>>();

  constructor(private readonly client: Client) {}

  /** `masses`: the overlay of what stands for buildings from afar; it comes in the same answer. */
  fetch(
    city: City,
    want: Want,
    signal: AbortSignal,
    masses: Want | null = null,
  ): Promise<LoadedOverlay> {
    const key = keyOf(want.wish);
    const kept = this.kept.get(key);
    if (kept) return Promise.resolve(kept);
    const ask = (more: Want | null) => this.ask(city, want, signal, more);
    const ride = this.riding.get(key);
    if (ride) return ride.catch(() => {}).then(() => this.kept.get(key) ?? ask(null));
    if (!masses || want.wish.made || this.kept.has(keyOf(masses.wish))) return ask(null);
    const second = keyOf(masses.wish);
    const asked = ask(masses).finally(() => this.riding.delete(second));
    this.riding.set(second, asked);
    return asked;
  }

  private async ask(
    city: City,
    { wish, rows }: Want,
    signal: AbortSignal,
    masses: Want | null,
  ): Promise<LoadedOverlay> {
    const info = await this.client.wished(wish);
    if (masses && info.masses) {
      await this.take(city, { ...info.masses, city: info.city ?? null }, masses, signal);
    }
    return this.take(city, info, { wish, rows }, signal);
  }

  private async take(
    city: City,
    info: OverlayInfo,
    { wish, rows }: Want,
    signal: AbortSignal,
  ): Promise<LoadedOverlay> {
    checkModel(city.model, info.model);
    const column = info.columns.find((item) => item.dtype === "u8");
    if (!column) throw new Error("no u8 column");
    const bytes = await this.client.bytes(column, signal);
    const codes = decodeCodes(bytes, column, rows);
    // the bytes are read: their text need not be kept with what they mean
    const columns = info.columns.map((item) => (item === column ? { ...item, url: "" } : item));
    const loaded = { info: { ...info, columns, masses: null }, codes };
    this.kept.set(keyOf(wish), loaded);
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
    return loaded;
  }
}
