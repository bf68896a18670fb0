/** What a map can do whoever owns its canvas: stand, fly, project, tell of moves. Cesium is known here. */
import {
  Cartesian2,
  Cartesian3,
  Cartographic,
  Math as CesiumMath,
  Ellipsoid,
  HeadingPitchRange,
  IntersectionTests,
  Matrix4,
  type PerspectiveFrustum,
  Ray,
  type Scene,
  SceneTransforms,
  Transforms,
} from "cesium";
import {
  bestStand,
  fitStand,
  type Lens,
  type Offset,
  ringOf,
  type Stand,
  shrink,
  type Target,
  targetCentre,
  type Window,
} from "../framing.ts";
import type { CameraPose, Theme } from "../state.ts";

export interface FlyOptions {
  /** seconds; 0 jumps */
  duration: number;
  /** degrees below the horizon are negative */
  pitch: number;
  /** smallest radius shown, metres */
  least: number;
  /** part of the window that the target fills */
  share: number;
  window: Window;
}

/** Sides from which a city may be shown first, degrees; north up is tried first. */
const HOME_HEADINGS = [18, 342, 40, 320, 72, 288] as const;
const HOME_PITCH = 47;

/** Knows nothing of indicators. */
export abstract class View {
  private readonly moved = new Set<() => void>();
  protected readonly stops: (() => void)[] = [];

  constructor(readonly scene: Scene) {
    this.stops.push(
      scene.camera.moveEnd.addEventListener(() => this.tellMoved()) as unknown as () => void,
    );
  }

  /** Fits what the view owns of itself to the city. */
  abstract setCity(target: Target): void;
  abstract setTheme(theme: Theme): void;
  /** whether no indicator is shown */
  abstract setPlain(plain: boolean): void;
  /** From now on: spares a device that cannot keep up with the hand. */
  abstract economise(): void;
  abstract renderNow(): void;
  /** Starts the loop again after a render error; call once its cause is removed. */
  abstract resume(): void;
  /** Whether something that can be clicked lies under the pointer. */
  abstract point(something: boolean): void;
  protected abstract fitCanvas(): void;

  draw(): void {
    this.scene.requestRender();
  }

  protected get lens(): Lens {
    const frustum = this.scene.camera.frustum as PerspectiveFrustum;
    return { fovy: frustum.fovy ?? 1, aspect: frustum.aspectRatio ?? 1.6 };
  }

  /** The whole city from the side on which it is seen largest, in the part of the view left free. */
  home(centre: Cartesian3, points: readonly Offset[], duration: number, window: Window): void {
    this.fitCanvas();
    const pitch = toRadians(HOME_PITCH);
    this.stand(centre, bestStand(points, HOME_HEADINGS, pitch, this.lens, window), duration);
  }

  fly(target: Target, options: FlyOptions): void {
    const [lon, lat, height] = targetCentre(target);
    const stand = fitStand(
      ringOf(target, options.least),
      this.scene.camera.heading,
      toRadians(-options.pitch),
      this.lens,
      shrink(options.window, options.share),
    );
    this.stand(Cartesian3.fromDegrees(lon, lat, height), stand, options.duration);
  }

  protected stand(centre: Cartesian3, stand: Stand, duration: number): void {
    const camera = this.scene.camera;
    const frame = Transforms.eastNorthUpToFixedFrame(centre);
    const destination = Matrix4.multiplyByPoint(
      frame,
      new Cartesian3(...stand.at),
      new Cartesian3(),
    );
    const orientation = { heading: stand.heading, pitch: -stand.pitch, roll: 0 };
    camera.cancelFlight();
    if (duration > 0) {
      camera.flyTo({ destination, orientation, duration });
    } else {
      camera.setView({ destination, orientation });
      this.tellMoved();
    }
    this.draw();
  }

  /** The middle of a target, earth-fixed. */
  place(target: Target): Cartesian3 {
    return Cartesian3.fromDegrees(...targetCentre(target));
  }

  pose(): CameraPose {
    const camera = this.scene.camera;
    const at = camera.positionCartographic;
    return {
      lon: CesiumMath.toDegrees(at.longitude),
      lat: CesiumMath.toDegrees(at.latitude),
      height: at.height,
      heading: CesiumMath.toDegrees(camera.heading),
      pitch: CesiumMath.toDegrees(camera.pitch),
    };
  }

  setPose(pose: CameraPose): void {
    this.scene.camera.setView({
      destination: Cartesian3.fromDegrees(pose.lon, pose.lat, pose.height),
      orientation: { heading: toRadians(pose.heading), pitch: toRadians(pose.pitch), roll: 0 },
    });
    this.draw();
  }

  /** Moves along the view: a factor below 1 comes nearer. */
  zoom(factor: number): void {
    const camera = this.scene.camera;
    const distance = Math.max(60, camera.positionCartographic.height) * Math.abs(1 - factor);
    if (factor < 1) camera.zoomIn(distance);
    else camera.zoomOut(distance);
    this.draw();
    this.tellMoved();
  }

  /** Slides over the ground; parts of the camera's height to the right and forward. */
  slide(right: number, forward: number): void {
    const camera = this.scene.camera;
    const step = Math.max(60, camera.positionCartographic.height);
    const up = Cartesian3.normalize(camera.position, new Cartesian3());
    const side = Cartesian3.clone(camera.right);
    const ahead = Cartesian3.cross(up, side, new Cartesian3());
    camera.move(side, right * step);
    camera.move(ahead, forward * step);
    this.draw();
    this.tellMoved();
  }

  /** Turns around what stands in the middle of the view, degrees. */
  turn(degrees: number, tilt = 0): void {
    const camera = this.scene.camera;
    const middle = new Cartesian2(
      this.scene.canvas.clientWidth / 2,
      this.scene.canvas.clientHeight / 2,
    );
    const centre = camera.pickEllipsoid(middle);
    if (!centre) return;
    const range = Cartesian3.distance(camera.positionWC, centre);
    const pitch = Math.max(-1.55, Math.min(-0.12, camera.pitch + toRadians(tilt)));
    const turned = camera.heading + toRadians(degrees);
    camera.lookAt(centre, new HeadingPitchRange(turned, pitch, range));
    camera.lookAtTransform(Matrix4.IDENTITY);
    this.draw();
    this.tellMoved();
  }

  /** CSS pixels of a place, or null when it is behind the camera. */
  project(lon: number, lat: number, height: number): { x: number; y: number } | null {
    const at = Cartesian3.fromDegrees(lon, lat, height);
    const seen = SceneTransforms.worldToWindowCoordinates(this.scene, at, new Cartesian2());
    return seen ? { x: seen.x, y: seen.y } : null;
  }

  /** Longitude and latitude under a pixel, on the level of a height; null over sky. */
  groundAt(x: number, y: number, height: number): [number, number] | null {
    const ray = this.scene.camera.getPickRay(new Cartesian2(x, y));
    const { radii } = Ellipsoid.WGS84;
    const raised = new Ellipsoid(radii.x + height, radii.y + height, radii.z + height);
    const met = ray && IntersectionTests.rayEllipsoid(ray, raised);
    if (!ray || !met) return null;
    const at = Cartographic.fromCartesian(Ray.getPoint(ray, met.start));
    return [CesiumMath.toDegrees(at.longitude), CesiumMath.toDegrees(at.latitude)];
  }

  /** The picture on the screen, at once. */
  picture(): HTMLCanvasElement {
    this.renderNow();
    return this.scene.canvas;
  }

  /** Ground distance from the camera to a place, metres. */
  distance(lon: number, lat: number, height: number): number {
    return Cartesian3.distance(
      this.scene.camera.positionWC,
      Cartesian3.fromDegrees(lon, lat, height),
    );
  }

  onMoved(listener: () => void): () => void {
    this.moved.add(listener);
    return () => this.moved.delete(listener);
  }

  onFrame(listener: () => void): () => void {
    return this.scene.postRender.addEventListener(listener) as () => void;
  }

  protected tellMoved(): void {
    for (const listener of this.moved) listener();
  }

  /** Leaves nothing behind. */
  destroy(): void {
    for (const stop of this.stops.splice(0)) stop();
    this.moved.clear();
  }
}

export function toRadians(degrees: number): number {
  return CesiumMath.toRadians(degrees);
}

/** Up at a place, as a unit vector of the earth-fixed frame. */
export function localUp(lon: number, lat: number): Cartesian3 {
  return Ellipsoid.WGS84.geodeticSurfaceNormalCartographic(
    Cartographic.fromDegrees(lon, lat),
    new Cartesian3(),
  );
}
