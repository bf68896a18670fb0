/** Types of attach(): the twin on a Cesium.Viewer of your own. Kept by hand; a test holds them to the code. */
import type { CesiumWidget, Viewer } from "cesium";

export type Language = "zh" | "en";

/** What is shown, wishes brought in line with what the city has. */
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

/** `id` is the unit's public id, the one the API knows; its part before the colon is the level. */
export interface UnitTold {
  id: string;
  level: string;
}

/** signed_out, expired: a token is wanted (`set({token})`); render, shader: colours fell back to a style. */
export interface Trouble {
  code:
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
  detail: string;
}

/** degrees, metres above the ellipsoid */
export interface Pose {
  lon: number;
  lat: number;
  height: number;
  heading: number;
  pitch: number;
}

export interface Wishes {
  system?: string | null;
  indicator?: string | null;
  level?: string | null;
  year?: number | null;
  selection?: string | null;
  language?: Language;
  theme?: "light" | "dark";
  desk?: string | null;
}

export interface AttachOptions {
  /** address of the CIM Twin server; the page's own without */
  server?: string;
  /** key or pass, sent as a header; never in an address */
  token?: string;
  system?: string;
  indicator?: string;
  level?: string;
  year?: number;
  language?: Language;
  theme?: "light" | "dark";
  /** element or selector where the legend and the unit file stand */
  panel?: HTMLElement | string | null;
  /** names of desks that the panel offers */
  panels?: string[];
  /** flat surfaces of blocks and districts; "auto": only where the host has no hills */
  surfaces?: "auto" | "show" | "hide";
  /** our ground, water, green and roads; "auto": only where the host shows no globe */
  context?: "auto" | "show" | "hide";
  /** metres by which all of ours is lifted */
  heightOffset?: number;
  /** exact: whether roofs have the legend's colours to the bit (not under high dynamic range) */
  onReady?: (ready: {
    told: Told;
    backend: "texture" | "style" | "bare" | null;
    exact: boolean;
  }) => void;
  onSelect?: (unit: UnitTold | null) => void;
  onError?: (trouble: Trouble) => void;
}

export interface Events {
  ready: Told;
  state: Told;
  select: UnitTold | null;
  error: Trouble;
}

export interface Handle {
  /** resolves when the city and its first colours are on the screen */
  readonly ready: Promise<Told>;
  readonly state: Told;
  readonly backend: "texture" | "style" | "bare" | null;
  /** whether nothing more is on its way for this view */
  readonly settled: boolean;
  set(patch: Wishes & { token?: string }): void;
  select(id: string | null): void;
  fly(goal?: "home" | string | Pose): Promise<void>;
  pick(x: number, y: number): { id: string | null; level: string } | null;
  on<K extends keyof Events>(kind: K, listener: (told: Events[K]) => void): void;
  off<K extends keyof Events>(kind: K, listener: (told: Events[K]) => void): void;
  detach(): void;
}

export declare const VERSION: string;

/** Puts the twin on a viewer of the host. RangeError in words when it is none. */
export declare function attach(viewer: Viewer | CesiumWidget, options?: AttachOptions): Handle;
