/** A host's own view: nothing of it is changed, and it goes on whatever happens to us. Cesium is known here. */
import * as engineOfHost from "cesium";
import { type CesiumWidget, EllipsoidTerrainProvider, Scene, type Viewer } from "cesium";
import type { Backend, FaultListener } from "../engine.ts";
import { View } from "./view.ts";

/** What a host hands over: its Viewer, or its CesiumWidget. */
export type HostEngine = Viewer | CesiumWidget;

const PANEL = ".cesium-widget-errorPanel";
/** the first release whose shaders read property tables */
const TABLES_SINCE = 139;

function widgetOf(engine: HostEngine): CesiumWidget {
  return "cesiumWidget" in engine ? engine.cesiumWidget : engine;
}

/** RangeError in words when it is no engine, or one of another copy of the library. */
export function checkEngine(engine: unknown): asserts engine is HostEngine {
  const scene = (engine as { scene?: unknown } | null)?.scene;
  if (scene instanceof Scene) return;
  const why = scene ? "another copy of the cesium library made it" : "it has no scene";
  throw new RangeError(`attach() wants a Cesium.Viewer or CesiumWidget: ${why}`);
}

/** What colours can be tried first: tables in shaders need a late engine and WebGL 2. */
export function backendOf(engine: HostEngine): Backend {
  const { VERSION = "" } = engineOfHost as unknown as { VERSION?: string }; // left out of the types
  const minor = Number(VERSION.split(".")[1] ?? 0);
  const { context } = engine.scene as unknown as { context: { webgl2?: boolean } };
  return minor >= TABLES_SINCE && context.webgl2 === true ? "texture" : "style";
}

/** What the host shows of the ground, and whether colours come out as the legend has them. */
export function groundOf(engine: HostEngine): { globe: boolean; terrain: boolean; exact: boolean } {
  const { globe, highDynamicRange } = engine.scene;
  const shown = Boolean(globe?.show);
  const flat = globe?.terrainProvider instanceof EllipsoidTerrainProvider;
  return { globe: shown, terrain: shown && !flat, exact: !highDynamicRange };
}

export class HostView extends View {
  private readonly widget: CesiumWidget;
  /** whether the host leaves the loop to the engine; else it draws by itself */
  private readonly loops: boolean;
  private readonly panels: ReadonlySet<Element>;

  constructor(engine: HostEngine, onFault: FaultListener) {
    super(engine.scene);
    this.widget = widgetOf(engine);
    this.loops = this.widget.useDefaultRenderLoop;
    this.panels = new Set(this.widget.container.querySelectorAll(PANEL));
    const told = (_scene: unknown, error: unknown) => onFault("render", String(error));
    this.stops.push(this.scene.renderError.addEventListener(told) as unknown as () => void);
  }

  setCity(): void {}
  setTheme(): void {}
  setPlain(): void {}
  economise(): void {}
  point(): void {}
  protected fitCanvas(): void {}

  renderNow(): void {
    this.draw();
  }

  /** The engine has stopped its loop and said so in a panel; the cause is gone, so both are undone. */
  resume(): void {
    for (const panel of this.widget.container.querySelectorAll(PANEL)) {
      if (!this.panels.has(panel)) panel.remove();
    }
    if (this.loops) this.widget.useDefaultRenderLoop = true;
    this.draw();
  }
}
