/** What the page may ask of a 3D engine. No engine is imported here. */
import type { Level } from "./api.ts";
import type { Theme } from "./state.ts";

export type Quality = "high" | "low";

/** Codes per row for every level that can be drawn, and the palette they point into. */
export interface Painting {
  palette: Uint8Array;
  codes: ReadonlyMap<Level, Uint8Array>;
}

/** Marks per row (see lut.MARK_*); `dim`: rows without a mark step back. */
export interface Marking {
  marks: ReadonlyMap<Level, Uint8Array>;
  dim: boolean;
}

/** One way to colour one tileset. Two backends: a lookup texture, or a style per feature. */
export interface Overlay {
  readonly backend: "texture" | "style";
  paint(painting: Painting | null): void;
  mark(marking: Marking): void;
  setTheme(theme: Theme): void;
  destroy(): void;
}

/** What lies under a pixel. `massing`: a block's simple mass, seen from afar. */
export interface Hit {
  level: Level;
  row: number;
  id: string;
  massing: boolean;
}

export type EngineFault = "no_webgl" | "render" | "shader" | "tiles";

export type FaultListener = (fault: EngineFault, detail: string) => void;
