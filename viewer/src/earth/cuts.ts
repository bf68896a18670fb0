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

/** The engine's types leave out the frame in which a tileset reads its planes, and its tiles' state. */
interface Framed {
  clippingPlanesOriginMatrix: Matrix4;
  root: Clipped;
}

interface Clipped {
  children: Clipped[];
  _clippingPlanesState: number;
}

/** A tile that was not drawn while its planes changed would miss them (seen in 1.145). */
function renew(tile: Clipped): void {
  tile._clippingPlanesState = -1;
  for (const child of tile.children) renew(child);
}

export class Cuts {
  private readonly planes = new Map<Cesium3DTileset, ClippingPlaneCollection>();

  constructor(private readonly scene: Scene) {}

  /** Keeps what is on the good side of every plane; planes are told in the frame of `middle`. */
  set(
    tilesets: readonly Cesium3DTileset[],
    middle: Spot,
    planes: readonly Plane[],
    edge: { colour: string; width: number },
  ): void {
    const local = Transforms.eastNorthUpToFixedFrame(fixedOf(middle));
    for (const tileset of tilesets) {
      const framed = tileset as unknown as Framed;
      const collection = this.collection(tileset);
      const toOrigin = Matrix4.inverse(framed.clippingPlanesOriginMatrix, new Matrix4());
      collection.modelMatrix = Matrix4.multiply(toOrigin, local, new Matrix4());
      collection.edgeColor = Color.fromCssColorString(edge.colour);
      collection.edgeWidth = edge.width;
      collection.removeAll();
      for (const { normal, distance } of planes) {
        collection.add(new ClippingPlane(new Cartesian3(...normal), distance));
      }
      collection.enabled = true;
      tileset.backFaceCulling = false; // one looks into what is cut open
      renew(framed.root);
    }
    this.scene.requestRender();
  }

  /** One collection a tileset for good: the engine destroys what is replaced while tiles still hold it. */
  private collection(tileset: Cesium3DTileset): ClippingPlaneCollection {
    const known = this.planes.get(tileset);
    if (known) return known;
    const made = new ClippingPlaneCollection({ unionClippingRegions: true });
    tileset.clippingPlanes = made;
    this.planes.set(tileset, made);
    return made;
  }

  clear(): void {
    for (const [tileset, collection] of this.planes) {
      if (tileset.isDestroyed() || !collection.enabled) continue;
      collection.enabled = false;
      tileset.backFaceCulling = true;
      renew((tileset as unknown as Framed).root);
    }
    this.scene.requestRender();
  }
}
