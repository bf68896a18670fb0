/** From pixels to places and back. Cesium is known here. */
import {
  Cartesian2,
  Cartesian3,
  Cartographic,
  Math as CesiumMath,
  type Scene,
  SceneTransforms,
} from "cesium";
import type { Spot } from "../tools/spot.ts";

export function fixedOf({ lon, lat, height }: Spot): Cartesian3 {
  return Cartesian3.fromDegrees(lon, lat, height);
}

export function spotOf(fixed: Cartesian3): Spot {
  const { longitude, latitude, height } = Cartographic.fromCartesian(fixed);
  return {
    lon: CesiumMath.toDegrees(longitude),
    lat: CesiumMath.toDegrees(latitude),
    height,
  };
}

/** The place seen at a pixel (CSS pixels of the canvas); null over sky. */
export function spotAt(scene: Scene, x: number, y: number): Spot | null {
  const at = new Cartesian2(x, y);
  const found = scene.pickPositionSupported ? scene.pickPosition(at) : undefined;
  return found ? spotOf(found) : null;
}

const scratch = new Cartesian2();

/** CSS pixels of a place; null behind the camera. */
export function pixelOf(scene: Scene, spot: Spot): { x: number; y: number } | null {
  const fixed = fixedOf(spot);
  const camera = scene.camera;
  const off = Cartesian3.subtract(fixed, camera.positionWC, new Cartesian3());
  if (Cartesian3.dot(off, camera.directionWC) < 1) return null;
  const seen = SceneTransforms.worldToWindowCoordinates(scene, fixed, scratch);
  return seen ? { x: seen.x, y: seen.y } : null;
}

export function eyeOf(scene: Scene): Spot {
  return spotOf(scene.camera.positionWC);
}

/** Degrees above the horizon in which a pixel's ray leaves the camera. */
export function altitudeOf(scene: Scene, x: number, y: number): number {
  const ray = scene.camera.getPickRay(new Cartesian2(x, y));
  if (!ray) return Number.NaN;
  const up = Cartesian3.normalize(scene.camera.positionWC, new Cartesian3());
  return CesiumMath.toDegrees(Math.asin(Cartesian3.dot(ray.direction, up)));
}

/** Heading of a pixel's ray, degrees clockwise from north. */
export function azimuthOf(scene: Scene, x: number, y: number): number {
  const ray = scene.camera.getPickRay(new Cartesian2(x, y));
  if (!ray) return Number.NaN;
  const up = Cartesian3.normalize(scene.camera.positionWC, new Cartesian3());
  const east = Cartesian3.normalize(
    Cartesian3.cross(Cartesian3.UNIT_Z, up, new Cartesian3()),
    new Cartesian3(),
  );
  const north = Cartesian3.cross(up, east, new Cartesian3());
  const angle = Math.atan2(
    Cartesian3.dot(ray.direction, east),
    Cartesian3.dot(ray.direction, north),
  );
  return (CesiumMath.toDegrees(angle) + 360) % 360;
}
