/** The canvas: widget, camera and sky; no globe, so that nothing lies under a low-lying city. One of the four files that know Cesium. */
import {
  Cartesian2,
  Cartesian3,
  Cartesian4,
  Cartographic,
  Math as CesiumMath,
  CesiumWidget,
  Color,
  Credit,
  CreditDisplay,
  DirectionalLight,
  Ellipsoid,
  HeadingPitchRange,
  IntersectionTests,
  Ion,
  Matrix4,
  type PerspectiveFrustum,
  PostProcessStage,
  Ray,
  type Scene,
  SceneTransforms,
  Transforms,
} from "cesium";
import type { FaultListener, Quality } from "./engine.ts";
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
  targetRadius,
  type Window,
} from "./framing.ts";
import { LOOKS } from "./look.ts";
import { FINISH_FRAGMENT } from "./shader.ts";
import type { CameraPose, Theme } from "./state.ts";

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

/** A frame slower than this, milliseconds, is felt when the view moves. */
const SLOW_MS = 320;
const FRAMES_JUDGED = 12;
const LONGEST_MS = 2000;

/** Sides from which a city may be shown first, degrees; north up is tried first. */
const HOME_HEADINGS = [18, 342, 40, 320, 72, 288] as const;
const HOME_PITCH = 47;

export interface GlobeOptions {
  quality: Quality;
  theme: Theme;
  onFault: FaultListener;
}

// No ion: its token and its logo stay out; the page names the engine in its own line of credits.
Ion.defaultAccessToken = "";
CreditDisplay.cesiumCredit = new Credit("CesiumJS");

function makeWidget(container: HTMLElement, quality: Quality): CesiumWidget {
  const nowhere = document.createElement("div");
  const widget = new CesiumWidget(container, {
    globe: false,
    baseLayer: false,
    skyBox: false,
    skyAtmosphere: false,
    scene3DOnly: true,
    shadows: false,
    orderIndependentTranslucency: false,
    requestRenderMode: true,
    maximumRenderTimeChange: Number.POSITIVE_INFINITY,
    msaaSamples: quality === "high" ? 4 : 1,
    useBrowserRecommendedResolution: quality === "low",
    showRenderLoopErrors: false,
    blurActiveElementOnCanvasFocus: false,
    creditContainer: nowhere,
    creditViewport: nowhere,
    contextOptions: { webgl: { alpha: false, powerPreference: "high-performance" } },
  });
  return widget;
}

function quietScene(scene: Scene): void {
  scene.highDynamicRange = false;
  scene.fog.enabled = false;
  if (scene.sun) scene.sun.show = false;
  if (scene.moon) scene.moon.show = false;
  scene.light = new DirectionalLight({ direction: new Cartesian3(0.4, 0.5, -0.7) });
  scene.postProcessStages.fxaa.enabled = false;
}

/** Owns the widget; knows nothing of indicators. */
export class Globe {
  readonly widget: CesiumWidget;
  readonly scene: Scene;
  private readonly finish: PostProcessStage | null;
  private readonly up = new Cartesian3(0, 0, 1);
  private readonly horizon = new Cartesian3(1, 1, 1);
  private readonly zenith = new Cartesian3(1, 1, 1);
  /** colour of the hair lines and the bend that draws one */
  private readonly line = new Cartesian4(0, 0, 0, 0.0006);
  /** colour of the rim around the chosen unit */
  private readonly rim = new Cartesian3(0, 0, 1);
  /** strength of the soft shade at the foot of bodies; only while no legend colour is shown */
  private shade = 0;
  private readonly moved = new Set<() => void>();

  constructor(container: HTMLElement, options: GlobeOptions) {
    this.widget = makeWidget(container, options.quality);
    this.scene = this.widget.scene;
    quietScene(this.scene);
    this.finish = options.quality === "high" ? this.addFinish() : null;
    this.setTheme(options.theme);
    this.scene.camera.percentageChanged = 0.005;
    this.scene.camera.moveEnd.addEventListener(() => this.tellMoved());
    this.scene.renderError.addEventListener((_scene: unknown, error: unknown) =>
      options.onFault("render", String(error)),
    );
    const control = this.scene.screenSpaceCameraController;
    control.minimumZoomDistance = 40;
    control.maximumZoomDistance = 120_000;
    control.maximumTiltAngle = toRadians(86);
  }

  private addFinish(): PostProcessStage {
    const stage = new PostProcessStage({
      fragmentShader: FINISH_FRAGMENT,
      uniforms: {
        u_up: () => this.up,
        u_horizon: () => this.horizon,
        u_zenith: () => this.zenith,
        u_line: () => this.line,
        u_rim: () => this.rim,
        u_shade: () => this.shade,
      },
    });
    return this.scene.postProcessStages.add(stage) as PostProcessStage;
  }

  setTheme(theme: Theme): void {
    const look = LOOKS[theme];
    const haze = Color.fromCssColorString(look.haze);
    const zenith = Color.fromCssColorString(look.zenith);
    Cartesian3.fromElements(haze.red, haze.green, haze.blue, this.horizon);
    const line = Color.fromCssColorString(look.line);
    Cartesian4.fromElements(line.red, line.green, line.blue, this.line.w, this.line);
    const accent = Color.fromCssColorString(look.accent);
    Cartesian3.fromElements(accent.red, accent.green, accent.blue, this.rim);
    Cartesian3.fromElements(zenith.red, zenith.green, zenith.blue, this.zenith);
    const open = this.finish?.enabled ? 0 : 1; // the finishing pass puts the sky where alpha is 0
    this.scene.backgroundColor = haze.withAlpha(open);
    this.draw();
  }

  /** From now on: leaves out the finishing pass on a device that cannot keep up with the hand. */
  economise(): void {
    if (!this.finish) return;
    const times: number[] = [];
    let last = 0;
    const stop = this.scene.preRender.addEventListener(() => {
      const now = performance.now();
      const took = now - last;
      last = now;
      if (took > LONGEST_MS)
        times.length = 0; // the page rested in between
      else times.push(took);
      if (times.length < FRAMES_JUDGED) return;
      times.sort((a, b) => a - b);
      const usual = times[FRAMES_JUDGED >> 1] ?? 0;
      times.length = 0;
      if (usual < SLOW_MS) return;
      stop();
      this.scene.msaaSamples = 1;
      this.scene.postProcessStages.fxaa.enabled = true;
      if (this.finish) this.finish.enabled = false;
      this.scene.backgroundColor.alpha = 1;
    }) as () => void;
  }

  /** Fits zoom limits and the sky's "up" to the city. */
  setCity(target: Target): void {
    const [lon, lat, height] = targetCentre(target);
    const radius = targetRadius(target, 500);
    const centre = Cartesian3.fromDegrees(lon, lat, height);
    Cartesian3.normalize(centre, this.up);
    this.scene.screenSpaceCameraController.maximumZoomDistance = radius * 6;
  }

  setPlain(plain: boolean): void {
    this.shade = plain ? 1 : 0;
  }

  draw(): void {
    this.scene.requestRender();
  }

  renderNow(): void {
    this.widget.resize();
    this.scene.render();
  }

  /** Starts the loop again after a render error; call once its cause is removed. */
  resume(): void {
    this.widget.useDefaultRenderLoop = true;
    this.draw();
  }

  private get lens(): Lens {
    const frustum = this.scene.camera.frustum as PerspectiveFrustum;
    return { fovy: frustum.fovy ?? 1, aspect: frustum.aspectRatio ?? 1.6 };
  }

  /** The whole city from the side on which it is seen largest, in the part of the view left free. */
  home(centre: Cartesian3, points: readonly Offset[], duration: number, window: Window): void {
    this.widget.resize();
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

  private stand(centre: Cartesian3, stand: Stand, duration: number): void {
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

  private tellMoved(): void {
    for (const listener of this.moved) listener();
  }

  destroy(): void {
    this.widget.destroy();
  }
}

function toRadians(degrees: number): number {
  return CesiumMath.toRadians(degrees);
}

/** East, north and up at a place, as unit vectors of the earth-fixed frame. */
export function localUp(lon: number, lat: number): Cartesian3 {
  return Ellipsoid.WGS84.geodeticSurfaceNormalCartographic(
    Cartographic.fromDegrees(lon, lat),
    new Cartesian3(),
  );
}
