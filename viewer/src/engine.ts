/** What the page may ask of a 3D engine. No engine is imported here. */
import type { Level } from "./api.ts";
import type { Bare, Theme } from "./state.ts";

export type Quality = "high" | "low";

/** Class codes per row of one level, and the palette they point into (256 RGBA texels). */
export interface Coat {
  codes: Uint8Array;
  palette: Uint8Array;
}

/** A coat for every level that can be drawn. */
export type Painting = ReadonlyMap<Level, Coat>;

/** Marks per row (see lut.MARK_*); `dim`: rows without a mark step back. */
export interface Marking {
  marks: ReadonlyMap<Level, Uint8Array>;
  dim: boolean;
  /** rows without a mark give up their colour altogether */
  ghost?: boolean;
  /** rows that a bound tileset shows instead of ours, 1 each */
  hidden: ReadonlyMap<Level, Uint8Array>;
  /** rows that a person took off the map, 1 each, whatever tileset shows them */
  away?: ReadonlyMap<Level, Uint8Array>;
}

/** A drawn-in part of the ground: pixels from north to south over a box in degrees. */
export interface Patch {
  picture: ImageData;
  box: { west: number; south: number; east: number; north: number };
}

/** A cut at a height above ground that follows the ground. */
export interface Cut {
  metres: number;
  /** per row of the buildings, four bytes: see lut.packGround */
  ground: Uint8Array;
}

/**
 * How a tileset is coloured: by a lookup texture; by a style per feature in exact colours; or by the
 * style alone, in the engine's own light, where no shader of ours compiles.
 */
export type Backend = "texture" | "style" | "bare";

export interface Overlay {
  readonly backend: Backend;
  paint(painting: Painting | null): void;
  mark(marking: Marking): void;
  setTheme(theme: Theme): void;
  /** how units look while no indicator is shown */
  setBare(look: Bare): void;
  /** 0 … 1: how much of the layer is drawn, as a fine sieve, so that colours stay what they are */
  setOpacity(share: number): void;
  /** tells apart what stands higher above its own ground than the cut; null: no cut */
  setCut(cut: Cut | null): void;
  /** hatches a part of the ground that surfaces show; null: none */
  setPatch(patch: Patch | null): void;
  destroy(): void;
}

/** What lies under a pixel. `massing`: a block's simple mass, seen from afar. */
export interface Hit {
  level: Level;
  row: number;
  /** null: known by its row alone, in lean tiles and in a tileset of others */
  id: string | null;
  massing: boolean;
}

export type EngineFault = "no_webgl" | "render" | "shader" | "tiles" | "tools";

export type FaultListener = (fault: EngineFault, detail: string) => void;
