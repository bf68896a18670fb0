/**
 * Maps of others on a globe under the city, lower than all of it: nothing is hidden, nothing
 * flickers. Far from the city it melts into the backdrop. Cesium is known here.
 */
import {
  type Cartesian3,
  Color,
  CustomHeightmapTerrainProvider,
  Globe,
  ImageryLayer,
  Material,
  Rectangle,
  Request,
  type RequestErrorEvent,
  Resource,
  type Scene,
  type TileProviderError,
  UrlTemplateImageryProvider,
} from "cesium";
import type { BasemapShape } from "../api.ts";
import type { Client } from "../client.ts";
import { LOOKS } from "../look.ts";
import type { Theme } from "../state.ts";
import { tilesAt } from "./reach.ts";

/** degrees; metres above the ellipsoid */
export interface Place {
  west: number;
  south: number;
  east: number;
  north: number;
  low: number;
}

export interface Wear {
  theme: Theme;
  calm: boolean;
}

/** Told once a map: its name, and the status its tiles were answered with, 0 for none. */
export type OnFailed = (name: string, status: number) => void;

/** Metres between the map and the city's lowest ground. */
const BELOW = 2;
/** How far maps are asked for around the city, and where they begin and end to melt, in half diagonals. */
const WIDE = 2.2;
const MELT = [1.2, 2] as const;
/**
 * Corners of a tile along a side: the engine splits tiles by them, so that few would make a flat map
 * many small tiles.
 */
const CORNERS = 64;

/** Grey and pale by day, grey and dim by night: colour belongs to the indicator. */
const CALM: Record<Theme, Partial<ImageryLayer>> = {
  light: { saturation: 0, contrast: 0.75, brightness: 1.15, alpha: 0.55 },
  dark: { saturation: 0, contrast: 0.8, brightness: 0.24, alpha: 0.55 },
};
const PLAIN: Partial<ImageryLayer> = { saturation: 1, contrast: 1, brightness: 1, alpha: 1 };

const MELTING = /* glsl */ `
czm_material czm_getMaterial(czm_materialInput materialInput) {
  czm_material material = czm_getDefaultMaterial(materialInput);
  vec3 off = -materialInput.positionToEyeEC - (czm_view * vec4(centre, 1.0)).xyz;
  material.diffuse = haze.rgb;
  material.alpha = smoothstep(near, far, length(off));
  return material;
}
`;

export class Underlay {
  private readonly globe: Globe;
  private readonly melting: Material;
  private readonly layers = new Map<string, ImageryLayer>();

  constructor(
    private readonly scene: Scene,
    private readonly client: Client,
    private readonly place: Place,
    centre: Cartesian3,
    reach: number,
    private readonly onFailed: OnFailed,
  ) {
    const height = place.low - BELOW;
    this.globe = new Globe();
    this.globe.terrainProvider = new CustomHeightmapTerrainProvider({
      width: CORNERS,
      height: CORNERS,
      callback: () => new Float32Array(CORNERS * CORNERS).fill(height),
    });
    this.globe.showGroundAtmosphere = false;
    this.globe.enableLighting = false;
    this.globe.showWaterEffect = false;
    this.globe.depthTestAgainstTerrain = true;
    this.globe.preloadAncestors = false;
    this.melting = new Material({
      fabric: {
        uniforms: { haze: Color.WHITE, centre, near: reach * MELT[0], far: reach * MELT[1] },
        source: MELTING,
      },
      translucent: false,
    });
    this.globe.material = this.melting;
    this.scene.globe = this.globe;
  }

  /** Shows these maps, from the bottom up. */
  show(maps: readonly BasemapShape[], wear: Wear): void {
    const wanted = new Set(maps.map(({ name }) => name));
    for (const [name, layer] of this.layers) {
      if (wanted.has(name)) continue;
      this.globe.imageryLayers.remove(layer);
      this.layers.delete(name);
    }
    for (const map of maps) {
      const layer = this.layers.get(map.name) ?? this.add(map);
      this.globe.imageryLayers.raiseToTop(layer);
    }
    this.wear(wear);
  }

  wear({ theme, calm }: Wear): void {
    const look = LOOKS[theme];
    this.globe.baseColor = Color.fromCssColorString(look.ground);
    (this.melting.uniforms as { haze: Color }).haze = Color.fromCssColorString(look.haze);
    for (const layer of this.layers.values()) Object.assign(layer, calm ? CALM[theme] : PLAIN);
    this.scene.requestRender();
  }

  private add(map: BasemapShape): ImageryLayer {
    const { west, south, east, north } = this.place;
    const [wide, high] = [((east - west) / 2) * WIDE, ((north - south) / 2) * WIDE];
    const [lon, lat] = [(east + west) / 2, (north + south) / 2];
    const asked = tilesAt(this.client, map.url);
    const provider = new UrlTemplateImageryProvider({
      url: typeof asked === "string" ? new Resource({ url: asked, request: new Request() }) : asked,
      rectangle: Rectangle.fromDegrees(lon - wide, lat - high, lon + wide, lat + high),
      minimumLevel: map.min_level,
      maximumLevel: map.max_level,
      enablePickFeatures: false,
    });
    let told = false;
    provider.errorEvent.addEventListener((error: TileProviderError) => {
      const { statusCode } = (error.error ?? {}) as unknown as Partial<RequestErrorEvent>;
      if (!told) this.onFailed(map.name, statusCode ?? 0);
      told = true;
    });
    const layer = new ImageryLayer(provider);
    this.globe.imageryLayers.add(layer);
    this.layers.set(map.name, layer);
    return layer;
  }

  get settled(): boolean {
    return this.globe.tilesLoaded;
  }

  /** Nothing is left of it, and nothing is asked for any more. */
  destroy(): void {
    this.layers.clear();
    this.scene.globe = undefined as unknown as Globe; // the view has none of its own
    this.scene.requestRender();
  }
}
