/** Planes that cut the tilesets open. Cesium is known here. */
import {
  Cartesian3,
  type Cesium3DTileset,
  ClippingPlane,
  ClippingPlaneCollection,
  Color,
  Matrix4,
  type Scene,
  Transforms,
} from "cesium";
import type { Spot } from "../tools/spot.ts";
import { fixedOf } from "./spots.ts";

/** East, north and up of the normal on whose side things stay; metres from the middle. */
export interface Plane {
  normal: readonly [number, number, number];
  distance: number;
}

/** The engine's types leave the frame out in which a tileset reads its planes. */
interface Framed {
  clippingPlanesOriginMatrix: Matrix4;
}

export class Cuts {
  private cut: Cesium3DTileset[] = [];

  constructor(private readonly scene: Scene) {}

  /** Keeps what is on the good side of every plane; planes are told in the frame of `middle`. */
  set(
    tilesets: readonly Cesium3DTileset[],
    middle: Spot,
    planes: readonly Plane[],
    edge: string,
  ): void {
    const local = Transforms.eastNorthUpToFixedFrame(fixedOf(middle));
    for (const tileset of tilesets) {
      const { clippingPlanesOriginMatrix: origin } = tileset as unknown as Framed;
      const toOrigin = Matrix4.inverse(origin, new Matrix4());
      tileset.clippingPlanes = new ClippingPlaneCollection({
        planes: planes.map(
          ({ normal, distance }) => new ClippingPlane(new Cartesian3(...normal), distance),
        ),
        modelMatrix: Matrix4.multiply(toOrigin, local, new Matrix4()),
        unionClippingRegions: true,
        edgeColor: Color.fromCssColorString(edge),
        edgeWidth: 1.5,
      });
      tileset.backFaceCulling = false;
    }
    this.cut = [...tilesets];
    this.scene.requestRender();
  }

  clear(): void {
    for (const tileset of this.cut) {
      if (tileset.isDestroyed()) continue;
      tileset.clippingPlanes = undefined as unknown as ClippingPlaneCollection;
      tileset.backFaceCulling = true;
    }
    this.cut = [];
    this.scene.requestRender();
  }
}
