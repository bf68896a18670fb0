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

const KEPT = 32;

export class Stock {
  private readonly kept = new Map<string, LoadedOverlay>();

  constructor(private readonly client: Client) {}

  /** `rows`: rows the loaded city has at the level that is asked for. */
  async fetch(city: City, wish: Wish, rows: number, signal: AbortSignal): Promise<LoadedOverlay> {
    const key = keyOf(wish);
    const kept = this.kept.get(key);
    if (kept) return kept;
    const info = await this.client.wished(wish);
    checkModel(city.model, info.model);
    const column = info.columns.find((item) => item.dtype === "u8");
    if (!column) throw new Error("no u8 column");
    const bytes = await this.client.bytes(column, signal);
    const loaded = { info, codes: decodeCodes(bytes, column, rows) };
    this.kept.set(key, loaded);
    const oldest = this.kept.keys().next().value;
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
    return loaded;
  }
}
