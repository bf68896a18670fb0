/** The tilesets of a city and their neutral materials. One of the four files that know Cesium. */
import {
  Cartesian2,
  Cartesian3,
  Cartographic,
  type Cesium3DTileFeature,
  Cesium3DTileStyle,
  Cesium3DTileset,
  type CustomShader,
  Matrix4,
  OrientedBoundingBox,
  type Scene,
  ShadowMode,
  Transforms,
} from "cesium";
import type { City, TilesetInfo } from "./api.ts";
import type { BoundMap } from "./bound.ts";
import type { Client } from "./client.ts";
import { CONTEXT_LOOK, contextShader, vec3 } from "./earth/context.ts";
import { tilesAt } from "./earth/reach.ts";
import { localUp } from "./earth/view.ts";
import type { FaultListener, Quality } from "./engine.ts";
import { type Offset, type Target, targetCentre, targetHalves, targetOfExtent } from "./framing.ts";
import type { Guest } from "./guest.ts";
import { LOOKS } from "./look.ts";
import type { Theme } from "./state.ts";

/** A loaded tileset with what the city says of it. */
export interface Layer {
  name: string;
  info: TilesetInfo;
  tileset: Cesium3DTileset;
  /** set for a tileset of others */
  bound: BoundMap | null;
}

/** Unit row of a feature of a bound tileset. */
export function rowOfFeature(feature: Cesium3DTileFeature, bound: BoundMap): number {
  const { content } = feature as unknown as { content: { url: string } }; // left out of the types
  return bound.rowOf(content.url, feature.featureId);
}

/** Unit vectors and sizes the shaders need, earth-fixed. */
export interface Frame {
  up: Cartesian3;
  sun: Cartesian3;
  east: Cartesian3;
  north: Cartesian3;
  centre: Cartesian3;
  /** half extent to the east and to the north, metres */
  half: Cartesian2;
  /** of the centre: metres above the ellipsoid */
  height: number;
}

/** Draped layers from the lowest to the highest. */
const PILE: readonly string[] = [
  "ground",
  "water",
  "district",
  "subdistrict",
  "community",
  "block",
  "green",
  "roads",
];

/** What is read of a tile's place; the engine's own types leave it out. */
interface BoxedTile {
  children: BoxedTile[];
  boundingVolume?: { boundingVolume?: unknown };
}

/** Screen-space error in pixels: how fine the tiles are loaded. */
const DETAIL: Record<Quality, number> = { high: 12, low: 24 };

const FLAT: ReadonlySet<string> = new Set(["surface", "context"]);
const MEGABYTE = 1024 * 1024;
/**
 * Memory of the engine for the tiles of a layer, bytes: kept of what was seen, and what a view may
 * need beyond it before it is drawn coarser. Buildings, four layers of context and five levels of
 * surfaces together stay within what the engine would give each of them (512 MB), however large
 * the city is.
 */
const KEEP: Record<"units" | "flat", Record<Quality, [number, number]>> = {
  units: { high: [320 * MEGABYTE, 48 * MEGABYTE], low: [160 * MEGABYTE, 32 * MEGABYTE] },
  flat: { high: [12 * MEGABYTE, 4 * MEGABYTE], low: [8 * MEGABYTE, 4 * MEGABYTE] },
};

/** Morning light from the south-east, so that the long faces of a north-south city differ. */
export function frameOf(target: Target): Frame {
  const [lon, lat, height] = targetCentre(target);
  const up = localUp(lon, lat);
  const east = Cartesian3.normalize(
    Cartesian3.cross(Cartesian3.UNIT_Z, up, new Cartesian3()),
    new Cartesian3(),
  );
  const north = Cartesian3.cross(up, east, new Cartesian3());
  const sun = new Cartesian3();
  for (const [axis, part] of [
    [east, 0.62],
    [north, -0.55],
    [up, 0.56],
  ] as const) {
    Cartesian3.add(sun, Cartesian3.multiplyByScalar(axis, part, new Cartesian3()), sun);
  }
  Cartesian3.normalize(sun, sun);
  const centre = Cartesian3.fromDegrees(lon, lat, height);
  return { up, sun, east, north, centre, half: new Cartesian2(...targetHalves(target)), height };
}

/** Loads and holds the layers; colouring is the overlay's work. */
export class CityLayers {
  readonly layers: Layer[] = [];
  /** the same tilesets again while a divider splits the view */
  readonly copies: Layer[] = [];
  readonly shaders = new Map<string, CustomShader>();
  /** kinds and names that a person switched off */
  readonly off = new Set<string>();
  /** surfaces of which nothing was asked for yet, by name; a level that is shown loads its own */
  private readonly later = new Map<string, TilesetInfo>();
  /** surfaces on their way */
  private coming = 0;
  /** told of a layer that came after the first view */
  readonly onLayer = new Set<(layer: Layer) => void>();
  private surface: string | null = null;
  private gone = false;
  frame: Frame | null = null;
  /** told once, when the first unit with an image of its own has come */
  onTexture: (() => void) | null = null;

  constructor(
    private readonly scene: Scene,
    private readonly quality: Quality,
    private readonly onFault: FaultListener,
    private readonly guest: Guest | null,
    private readonly client: Client,
  ) {}

  async load(city: City, bound: readonly BoundMap[], theme: Theme): Promise<void> {
    if (city.extent) this.frame = frameOf(targetOfExtent(city.extent));
    const wanted = Object.entries(city.tilesets).filter(([, info]) => this.wanted(info.kind));
    for (const [name, info] of wanted) if (info.kind === "surface") this.later.set(name, info);
    const jobs = wanted
      .filter(([name]) => !this.later.has(name))
      .map(([name, info]) => this.add(name, info));
    const others = bound.map((map) => {
      const { name, url, level } = map.info;
      const info = { url, level, kind: "units", massing_level: null } as const;
      const full = { ...info, features: map.info.features, profile: null };
      return this.add(name, full, map);
    });
    await Promise.all([...jobs, ...others]);
    if (this.gone) return;
    this.widenFrame();
    this.dressContext(theme);
    for (const layer of this.layers) this.lift(layer);
  }

  /** A host's view keeps its own ground; see guest.ts. */
  private wanted(kind: string): boolean {
    if (!this.guest) return true;
    return kind === "context" ? this.guest.context : kind !== "surface" || this.guest.surfaces;
  }

  /** Whether the city has surfaces of any level, loaded or not. */
  get hasSurfaces(): boolean {
    return this.later.size > 0 || this.layers.some(({ info }) => info.kind === "surface");
  }

  /** Asks for the surfaces of a level that were not shown before. */
  need(level: string): void {
    void this.fetchSurface(level);
  }

  private async fetchSurface(level: string): Promise<void> {
    const found = [...this.later].find(([, info]) => info.level === level);
    if (!found) return;
    const [name, info] = found;
    this.later.delete(name);
    this.coming += 1;
    await this.add(name, info);
    this.coming -= 1;
    const layer = this.layers.find((item) => item.name === name);
    if (this.gone || !layer) return;
    this.lift(layer);
    for (const tell of this.onLayer) tell(layer);
    this.showSurface(this.surface);
  }

  private async add(name: string, info: TilesetInfo, bound: BoundMap | null = null): Promise<void> {
    const [cacheBytes, maximumCacheOverflowBytes] =
      KEEP[FLAT.has(info.kind) ? "flat" : "units"][this.quality];
    try {
      const tileset = await Cesium3DTileset.fromUrl(tilesAt(this.client, info.url), {
        maximumScreenSpaceError: DETAIL[this.quality],
        show: info.kind !== "surface",
        enableCollision: false,
        shadows: FLAT.has(info.kind) ? ShadowMode.RECEIVE_ONLY : ShadowMode.ENABLED,
        cacheBytes,
        maximumCacheOverflowBytes,
      });
      if (this.gone) return tileset.destroy();
      this.scene.primitives.add(tileset);
      this.layers.push({ name, info, tileset, bound });
      if (info.kind === "units") tileset.tileLoad.addEventListener(this.lookAt.bind(this));
      tileset.tileFailed.addEventListener((event: { message?: string }) =>
        this.onFault("tiles", `${name}: ${event.message ?? ""}`),
      );
    } catch (error) {
      this.onFault("tiles", `${name}: ${String(error)}`);
    }
  }

  private lookAt(tile: { content?: { texturesByteLength?: number } }): void {
    if (!this.onTexture || !tile.content?.texturesByteLength) return;
    this.onTexture();
    this.onTexture = null;
  }

  /**
   * Corners of the boxes in which buildings stand, beside a centre: what the whole city's view must
   * hold, however far its districts reach beyond. None when the boxes are not told.
   */
  builtPoints(centre: Cartesian3): Offset[] {
    const all = this.layers.filter((layer) => layer.info.kind === "units");
    const own = all.filter((layer) => layer.bound === null);
    const units = own.length > 0 ? own : all;
    const toLocal = Matrix4.inverseTransformation(
      Transforms.eastNorthUpToFixedFrame(centre),
      new Matrix4(),
    );
    const points: Offset[] = [];
    const waiting = units.map(({ tileset }) => tileset.root as unknown as BoxedTile);
    for (let tile = waiting.pop(); tile; tile = waiting.pop()) {
      waiting.push(...tile.children);
      const box: unknown = tile.boundingVolume?.boundingVolume;
      if (tile.children.length > 0 || !(box instanceof OrientedBoundingBox)) continue;
      for (const corner of box.computeCorners()) {
        const at = Matrix4.multiplyByPoint(toLocal, corner, corner);
        points.push([at.x, at.y, at.z]);
      }
    }
    return points;
  }

  /** The context fades out at the edge of the ground, which reaches farther than the units. */
  private widenFrame(): void {
    const ground = this.layers.find((layer) => layer.name === "ground");
    const { frame } = this;
    if (!ground || !frame) return;
    const box: unknown = (ground.tileset.root as unknown as BoxedTile).boundingVolume
      ?.boundingVolume;
    if (!(box instanceof OrientedBoundingBox)) return;
    const spans = ([frame.east, frame.north] as const).map((axis) => {
      const along = box
        .computeCorners()
        .map((corner) => Cartesian3.dot(Cartesian3.subtract(corner, box.center, corner), axis));
      return Math.max(...along);
    });
    const [east = frame.half.x, north = frame.half.y] = spans;
    frame.half = new Cartesian2(east, north);
    frame.centre = Cartesian3.clone(box.center);
    frame.height = Cartographic.fromCartesian(box.center).height;
  }

  private dressContext(theme: Theme): void {
    if (!this.frame) return;
    for (const layer of this.layers) {
      const part = CONTEXT_LOOK[layer.name];
      if (layer.info.kind !== "context" || !part) continue;
      const look = LOOKS[theme];
      const relief = layer.name === "ground" || layer.name === "green" ? 0.3 : 0;
      const shader = contextShader(this.frame, look[part], look.haze, relief);
      this.shaders.set(layer.name, shader);
      layer.tileset.customShader = shader;
    }
  }

  /** Lifts a draped layer a few centimetres off the others, so that none flickers through. */
  private lift(layer: Layer): void {
    if (!this.frame) return;
    const place = layer.info.kind === "units" ? 0 : Math.max(PILE.indexOf(layer.name), 0);
    const metres = place * 0.12 + (this.guest?.heightOffset ?? 0);
    if (metres === 0) return;
    const raised = Cartesian3.multiplyByScalar(this.frame.up, metres, new Cartesian3());
    layer.tileset.modelMatrix = Matrix4.fromTranslation(raised);
  }

  setTheme(theme: Theme): void {
    const look = LOOKS[theme];
    for (const [name, shader] of this.shaders) {
      const part = CONTEXT_LOOK[name];
      if (!part) continue;
      shader.setUniform("u_colour", vec3(look[part]));
      shader.setUniform("u_haze", vec3(look.haze));
    }
  }

  /** Shows the flat surfaces of one level only; null hides them all. */
  showSurface(level: string | null): void {
    this.surface = level;
    if (level && !this.off.has("surface")) this.need(level);
    for (const layer of this.layers) {
      const { kind } = layer.info;
      const wished = kind !== "surface" || layer.info.level === level;
      layer.tileset.show = wished && !this.off.has(kind === "surface" ? kind : layer.name);
    }
    this.scene.requestRender();
  }

  /** Takes a layer (by its name; all surfaces as "surface") off the map or puts it back. */
  setShown(name: string, shown: boolean): void {
    if (shown) this.off.delete(name);
    else this.off.add(name);
    this.showSurface(this.surface);
  }

  /** Resolves when every shown tile of the view is there. */
  settled(): boolean {
    if (this.coming > 0) return false;
    return this.layers.every(({ tileset }) => !tileset.show || tileset.tilesLoaded);
  }

  /** Takes every shader off: the last resort when the engine could not compile one. */
  undress(theme: Theme): void {
    for (const layer of this.layers) {
      layer.tileset.customShader = undefined;
      const part = CONTEXT_LOOK[layer.name];
      if (part)
        layer.tileset.style = new Cesium3DTileStyle({ color: `color("${LOOKS[theme][part]}")` });
    }
    this.shaders.clear();
  }

  destroy(): void {
    this.gone = true;
    for (const { tileset } of [...this.layers, ...this.copies]) {
      this.scene.primitives.remove(tileset);
    }
    for (const shader of this.shaders.values()) shader.destroy();
    this.shaders.clear();
    this.layers.length = 0;
    this.copies.length = 0;
  }
}
