/** Shadows of the real sun. Cesium is known here. */
import {
  Cartesian3,
  type Cesium3DTileset,
  DirectionalLight,
  type Light,
  Matrix4,
  type Scene,
  ShadowMode,
  Transforms,
} from "cesium";
import type { Spot } from "../tools/spot.ts";
import type { Sun } from "../tools/sun.ts";
import { fixedOf } from "./spots.ts";

const RAD = Math.PI / 180;

/** Earth-fixed direction in which sunlight travels at a place. */
export function lightOf(sun: Sun, at: Spot): Cartesian3 {
  const [turn, rise] = [sun.azimuth * RAD, sun.altitude * RAD];
  const local = new Cartesian3(
    -Math.sin(turn) * Math.cos(rise),
    -Math.cos(turn) * Math.cos(rise),
    -Math.sin(rise),
  );
  const frame = Transforms.eastNorthUpToFixedFrame(fixedOf(at));
  return Cartesian3.normalize(
    Matrix4.multiplyByPointAsVector(frame, local, new Cartesian3()),
    new Cartesian3(),
  );
}

/** Left out of the engine's types: how far a face must lie behind another to be in its shadow. */
interface Biased {
  _primitiveBias: { depthBias: number; normalOffsetScale: number };
}

export class Shade {
  private before: Light | null = null;

  constructor(private readonly scene: Scene) {}

  /** Bodies cast and take shadow, the ground only takes it; what is flat must not shade itself. */
  on(
    bodies: readonly Cesium3DTileset[],
    flats: readonly Cesium3DTileset[],
    sun: Sun,
    at: Spot,
    reach: number,
  ): void {
    const { scene } = this;
    this.before ??= scene.light;
    for (const tileset of bodies) tileset.shadows = ShadowMode.ENABLED;
    for (const tileset of flats) tileset.shadows = ShadowMode.RECEIVE_ONLY;
    scene.light = new DirectionalLight({ direction: lightOf(sun, at) });
    const map = scene.shadowMap;
    map.enabled = sun.altitude > 0.5;
    map.size = 4096;
    map.softShadows = true;
    map.darkness = 0.5;
    map.fadingEnabled = true;
    map.maximumDistance = reach;
    const { _primitiveBias: bias } = map as unknown as Biased;
    bias.depthBias = 0.0004;
    bias.normalOffsetScale = 1.5;
    scene.requestRender();
  }

  off(): void {
    this.scene.shadowMap.enabled = false;
    if (this.before) this.scene.light = this.before;
    this.before = null;
    this.scene.requestRender();
  }
}
