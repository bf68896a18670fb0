/** What others bring into the view: tilesets, planned bodies, models. Cesium is known here. */
import {
  Cartesian3,
  Cesium3DTileset,
  Color,
  ColorGeometryInstanceAttribute,
  GeometryInstance,
  HeadingPitchRoll,
  Model,
  PerInstanceColorAppearance,
  PolygonGeometry,
  PolygonHierarchy,
  Primitive,
  type Scene,
  Transforms,
} from "cesium";
import type { Ring } from "../tools/geojson.ts";
import type { Prism } from "../tools/massing.ts";
import type { Guest, Spot } from "../tools/spot.ts";
import { fixedOf } from "./spots.ts";

export class Guests {
  constructor(private readonly scene: Scene) {}

  async tileset(url: string): Promise<Guest> {
    const tileset = await Cesium3DTileset.fromUrl(url, { enableCollision: false });
    this.scene.primitives.add(tileset);
    this.scene.requestRender();
    return this.handle(tileset);
  }

  /** Planned bodies in one colour, standing on `ground` metres. */
  prisms(prisms: readonly Prism[], ground: number, colour: string): Guest {
    const paint = ColorGeometryInstanceAttribute.fromColor(Color.fromCssColorString(colour));
    const instances = prisms.map(
      ({ rings, height }) =>
        new GeometryInstance({
          geometry: new PolygonGeometry({
            polygonHierarchy: hierarchy(rings),
            height: ground,
            extrudedHeight: ground + height,
            vertexFormat: PerInstanceColorAppearance.VERTEX_FORMAT,
          }),
          attributes: { color: paint },
        }),
    );
    const primitive = new Primitive({
      geometryInstances: instances,
      appearance: new PerInstanceColorAppearance({ translucent: false, closed: true }),
      asynchronous: false,
    });
    this.scene.primitives.add(primitive);
    this.scene.requestRender();
    return this.handle(primitive);
  }

  /** A glTF model (bytes of a .glb), upright at a place. */
  async model(bytes: Uint8Array, at: Spot): Promise<Guest> {
    const url = URL.createObjectURL(new Blob([bytes as BlobPart], { type: "model/gltf-binary" }));
    try {
      const model = await Model.fromGltfAsync({
        url,
        modelMatrix: Transforms.headingPitchRollToFixedFrame(fixedOf(at), new HeadingPitchRoll()),
      });
      this.scene.primitives.add(model);
      const ready = new Promise<void>((done) => {
        model.readyEvent.addEventListener(() => done());
      });
      const beat = setInterval(() => this.scene.requestRender(), 60);
      await Promise.race([ready, new Promise((done) => setTimeout(done, 15_000))]);
      clearInterval(beat);
      this.scene.requestRender();
      return this.handle(model);
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  private handle(thing: { show: boolean }): Guest {
    return {
      show: (shown) => {
        thing.show = shown;
        this.scene.requestRender();
      },
      remove: () => {
        this.scene.primitives.remove(thing);
        this.scene.requestRender();
      },
    };
  }
}

function hierarchy(rings: readonly Ring[]): PolygonHierarchy {
  const [outer, ...holes] = rings.map((ring) =>
    ring.map(({ lon, lat }) => Cartesian3.fromDegrees(lon, lat)),
  );
  return new PolygonHierarchy(
    outer ?? [],
    holes.map((hole) => new PolygonHierarchy(hole)),
  );
}
