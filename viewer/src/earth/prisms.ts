/** Units that stand as high as their value. Cesium is known here. */
import {
  Cartesian3,
  Color,
  ColorGeometryInstanceAttribute,
  GeometryInstance,
  PerInstanceColorAppearance,
  PolygonGeometry,
  PolygonHierarchy,
  Primitive,
  type Scene,
} from "cesium";
import type { Prism } from "../prism.ts";

/** Metres a prism stands above the place its height is counted from, so that no ground shows through. */
const LIFT = 1;

/** The legend's colour exactly on top, a little darker on the sides so that form can be read. */
const PRISM_FRAGMENT = /* glsl */ `
in vec3 v_positionEC;
in vec3 v_normalEC;
in vec4 v_color;
void main() {
  vec3 up = normalize((czm_inverseView * vec4(v_positionEC, 1.0)).xyz);
  vec3 normal = normalize(v_normalEC);
  float top = smoothstep(0.6, 0.9, dot(normal, mat3(czm_view) * up));
  vec3 side = mat3(czm_inverseView) * normal;
  float lit = 0.74 + 0.12 * side.x + 0.06 * side.z;
  out_FragColor = vec4(v_color.rgb * mix(lit, 1.0, top), 1.0);
}
`;

function hierarchyOf(rings: readonly (readonly (readonly number[])[])[]): PolygonHierarchy {
  const [outer = [], ...holes] = rings.map((ring) =>
    ring.map(([lon = 0, lat = 0]) => Cartesian3.fromDegrees(lon, lat)),
  );
  return new PolygonHierarchy(
    outer,
    holes.map((hole) => new PolygonHierarchy(hole)),
  );
}

/** One primitive for all prisms; a new set takes the place of the old one. */
export class Prisms {
  private made: Primitive | null = null;

  constructor(private readonly scene: Scene) {}

  show(prisms: readonly Prism[], level: string): void {
    this.clear();
    const instances = prisms.flatMap((prism) =>
      prism.polygons.map(
        (rings) =>
          new GeometryInstance({
            id: { prism: prism.row, level },
            geometry: new PolygonGeometry({
              polygonHierarchy: hierarchyOf(rings),
              height: prism.ground - 30,
              extrudedHeight: prism.ground + LIFT + prism.metres,
              vertexFormat: PerInstanceColorAppearance.VERTEX_FORMAT,
            }),
            attributes: {
              color: ColorGeometryInstanceAttribute.fromColor(
                Color.fromCssColorString(prism.color),
              ),
            },
          }),
      ),
    );
    if (instances.length > 0) {
      this.made = this.scene.primitives.add(
        new Primitive({
          geometryInstances: instances,
          appearance: new PerInstanceColorAppearance({
            translucent: false,
            closed: true,
            fragmentShaderSource: PRISM_FRAGMENT,
          }),
          asynchronous: false,
        }),
      ) as Primitive;
    }
    this.scene.requestRender();
  }

  clear(): void {
    if (this.made) this.scene.primitives.remove(this.made);
    this.made = null;
    this.scene.requestRender();
  }
}
