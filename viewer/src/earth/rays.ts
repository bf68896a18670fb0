/** Rays against the tiles: what stands between two places. Cesium is known here. */
import { Cartesian3, Cartographic, type Cesium3DTileset, Ray, type Scene } from "cesium";
import type { Spot } from "../tools/spot.ts";
import { fixedOf, spotOf } from "./spots.ts";

interface RayHit {
  object?: unknown;
  position?: Cartesian3;
}

/** Left out of the engine's types, there since 1.54. */
interface RayScene {
  pickFromRay(ray: Ray, exclude?: unknown[], width?: number): RayHit | undefined;
  pickFromRayMostDetailed(
    ray: Ray,
    exclude?: unknown[],
    width?: number,
  ): Promise<RayHit | undefined>;
}

/** Metres a ray is wide, and by which it starts clear of the wall it may stand on. */
const WIDTH = 0.1;
const CLEAR = 0.4;

function rayOf(from: Spot, to: Spot): { ray: Ray; length: number } {
  const [start, end] = [fixedOf(from), fixedOf(to)];
  const way = Cartesian3.subtract(end, start, new Cartesian3());
  const length = Cartesian3.magnitude(way);
  const direction = Cartesian3.normalize(way, new Cartesian3());
  const clear = Cartesian3.multiplyByScalar(direction, CLEAR, new Cartesian3());
  const origin = Cartesian3.add(start, clear, new Cartesian3());
  return { ray: new Ray(origin, direction), length: length - CLEAR };
}

function before(hit: RayHit | undefined, from: Ray, length: number): Spot | null {
  if (!hit?.position) return null;
  const far = Cartesian3.distance(from.origin, hit.position);
  return far < length - CLEAR ? spotOf(hit.position) : null;
}

const MOST_TURNS = 8;

function alike(a: Spot | null, b: Spot | null): boolean {
  if (!a || !b) return a === b;
  return Cartesian3.distance(fixedOf(a), fixedOf(b)) < 0.05;
}

export class Rays {
  constructor(private readonly scene: Scene) {}

  private get raw(): RayScene {
    return this.scene as unknown as RayScene;
  }

  /**
   * What is met first between two places, with the finest tiles there are; null: nothing. The engine
   * may answer before the finest have come (seen in 1.145), so it is asked until it says the same twice.
   */
  async firstBetween(from: Spot, to: Spot): Promise<Spot | null> {
    let before = await this.asked(from, to);
    for (let turn = 0; turn < MOST_TURNS; turn += 1) {
      const now = await this.asked(from, to);
      if (alike(before, now)) return now;
      before = now;
    }
    return before;
  }

  private async asked(from: Spot, to: Spot): Promise<Spot | null> {
    const { ray, length } = rayOf(from, to);
    const waiting = this.raw.pickFromRayMostDetailed(ray, [], WIDTH);
    this.scene.requestRender();
    const beat = setInterval(() => this.scene.requestRender(), 50);
    try {
      return before(await waiting, ray, length);
    } finally {
      clearInterval(beat);
    }
  }

  /** The same at once, with the tiles that are loaded. */
  firstNow(from: Spot, to: Spot): Spot | null {
    const { ray, length } = rayOf(from, to);
    return before(this.raw.pickFromRay(ray, [], WIDTH), ray, length);
  }

  /** Height of what lies open to the sky at a place, leaving some tilesets out; null: nothing. */
  surfaceAt(lon: number, lat: number, without: readonly Cesium3DTileset[] = []): number | null {
    const shown = without.map((tileset) => tileset.show);
    for (const tileset of without) tileset.show = false;
    try {
      return this.scene.sampleHeight(Cartographic.fromDegrees(lon, lat), [], WIDTH) ?? null;
    } finally {
      without.forEach((tileset, at) => {
        tileset.show = shown[at] ?? true;
      });
    }
  }
}
