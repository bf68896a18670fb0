/** Tilesets of others: from a feature of one of their contents to a unit row of ours. Pure. */
import type { BoundTileset } from "./api.ts";
import { NO_PARENT } from "./lut.ts";

type Part = { first: number; count: number } | { row: number };

/** map.json of a binding: where each content's part of the column begins. */
export interface BoundIndex {
  contents: Record<string, Part>;
}

/** The map of one bound tileset, asked by what an engine knows of a feature. */
export class BoundMap {
  private readonly found = new Map<string, Part | null>();
  private kept = new Uint8Array(0);

  constructor(
    readonly info: BoundTileset,
    private readonly index: BoundIndex,
    private readonly rows: Uint32Array,
  ) {}

  /** Unit row of a feature; NO_PARENT when it was tied to none. `url`: the content's address. */
  rowOf(url: string, feature: number): number {
    let part = this.found.get(url);
    if (part === undefined) {
      part = this.partOf(url);
      this.found.set(url, part);
    }
    if (!part) return NO_PARENT;
    if ("row" in part) return part.row;
    if (feature < 0 || feature >= part.count) return NO_PARENT;
    return this.rows[part.first + feature] ?? NO_PARENT;
  }

  /**
   * Contents are named by their path in the tileset, which is the end of their address; by all of
   * it when another host than the tileset's serves them. A query belongs to the name if it has one.
   */
  private partOf(url: string): Part | null {
    const whole = url.replace(/#.*$/, "");
    const path = whole.replace(/[?].*$/, "");
    for (const text of new Set([whole, readable(whole), path, readable(path)])) {
      for (let at = 0; at >= 0 && at < text.length; at = after(text, at)) {
        const key = text.slice(at);
        if (Object.hasOwn(this.index.contents, key)) return this.index.contents[key] ?? null;
      }
    }
    return null;
  }

  /** A byte a unit row: 1 where the tileset shows the unit, so that nothing else need draw it. */
  shown(rows: number): Uint8Array {
    if (this.kept.length === rows) return this.kept;
    const out = new Uint8Array(rows);
    this.kept = out;
    for (const row of this.rows) if (row < rows) out[row] = 1;
    for (const part of Object.values(this.index.contents)) {
      if ("row" in part && part.row < rows) out[part.row] = 1;
    }
    return out;
  }
}

function after(text: string, at: number): number {
  const next = text.indexOf("/", at);
  return next < 0 ? -1 : next + 1;
}

function readable(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

/** Units of a larger level of which every building is shown elsewhere: their masses go too. */
export function wholeGroups(shown: Uint8Array, parents: Uint32Array, rows: number): Uint8Array {
  const out = new Uint8Array(rows);
  const open = new Uint8Array(rows);
  for (let child = 0; child < shown.length; child += 1) {
    const row = parents[child] ?? NO_PARENT;
    if (row >= rows) continue;
    if (shown[child]) out[row] = 1;
    else open[row] = 1;
  }
  return out.map((value, row) => (open[row] ? 0 : value));
}
