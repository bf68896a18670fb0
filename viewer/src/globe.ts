/** The canvas: widget, camera and sky; no globe, so that nothing lies under a low-lying city. One of the four files that know Cesium. */
import {
  buildModuleUrl,
  Cartesian3,
  Cartesian4,
  CesiumWidget,
  Color,
  Credit,
  CreditDisplay,
  DirectionalLight,
  Ion,
  PostProcessStage,
  type Scene,
} from "cesium";
import { toRadians, View } from "./earth/view.ts";
import type { FaultListener, Quality } from "./engine.ts";
import { type Target, targetCentre, targetRadius } from "./framing.ts";
import { LOOKS } from "./look.ts";
import { FINISH_FRAGMENT } from "./shader.ts";
import type { Theme } from "./state.ts";

/** A frame slower than this, milliseconds, is felt when the view moves. */
const SLOW_MS = 320;
const FRAMES_JUDGED = 12;
const LONGEST_MS = 2000;

export interface GlobeOptions {
  quality: Quality;
  theme: Theme;
  onFault: FaultListener;
}

function makeWidget(container: HTMLElement, quality: Quality): CesiumWidget {
  // No ion: its token and its logo stay out; the page names the engine in its own line of credits.
  Ion.defaultAccessToken = "";
  CreditDisplay.cesiumCredit = new Credit("CesiumJS");
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
export class Globe extends View {
  readonly widget: CesiumWidget;
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

  constructor(container: HTMLElement, options: GlobeOptions) {
    const widget = makeWidget(container, options.quality);
    super(widget.scene);
    this.widget = widget;
    quietScene(this.scene);
    this.finish = options.quality === "high" ? this.addFinish() : null;
    this.setTheme(options.theme);
    this.scene.camera.percentageChanged = 0.005;
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

  renderNow(): void {
    this.widget.resize();
    this.scene.render();
  }

  /** Starts the loop again after a render error; call once its cause is removed. */
  resume(): void {
    this.widget.useDefaultRenderLoop = true;
    this.draw();
  }

  point(something: boolean): void {
    this.scene.canvas.style.cursor = something ? "pointer" : "";
  }

  protected fitCanvas(): void {
    this.widget.resize();
  }

  override destroy(): void {
    super.destroy();
    this.widget.destroy();
  }
}

/** Where the engine fetches its workers and tables from. */
export function setEngineBase(address: string): void {
  // left out of the types; CESIUM_BASE_URL would be the host page's own
  (buildModuleUrl as unknown as { setBaseUrl(address: string): void }).setBaseUrl(address);
}
