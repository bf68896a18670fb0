/** Where the camera goes: the whole city, a unit, the view of a scene; and what it must not lose. */
import { flyPose } from "./earth/cameras.ts";
import type { View } from "./earth/view.ts";
import {
  cornersOf,
  type Offset,
  shrink,
  type Target,
  targetOfExtent,
  targetOfUnit,
  type Window,
  windowOf,
} from "./framing.ts";
import type { Session } from "./session.ts";
import { type CameraPose, poseText } from "./state.ts";

const SECONDS = 1.6;
const UNIT_SHARE: Record<string, number> = { building: 0.5, block: 0.62 };
const HOME_SHARE = 0.97;

function still(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

export class Flights {
  /** what "the whole city" shows: points beside the middle of the extent */
  private whole: { extent: Target; points: Offset[] } | null = null;
  /** where the whole city was last seen from; left alone, the view follows the window's size */
  private homePose = "";
  /** public id of the unit that was flown to, or that needs no flight */
  private flownTo: string | null = null;

  constructor(
    private readonly globe: View,
    private readonly session: Session,
    /** the rectangle of the page that no panel covers */
    readonly free: () => DOMRect,
    /** a host's view moves only when it is asked to */
    private readonly asked: boolean,
  ) {}

  /** The camera stands where it should for this unit: no flight there. */
  stay(unit: string | null): void {
    this.flownTo = unit;
  }

  /** The city has come: the camera goes where the link wants it, else to the whole; tells whether one did. */
  begin(): boolean {
    const city = this.session.city.value;
    const extent = (city?.extent && targetOfExtent(city.extent)) ?? null;
    this.whole = extent && { extent, points: cornersOf(extent) };
    if (extent) this.globe.setCity(extent);
    const { camera, selection } = this.session.state;
    const pose = this.asked ? null : camera;
    if (pose) this.globe.setPose(pose);
    else if (!this.asked) this.home(0);
    this.flownTo = pose || this.asked ? selection : null;
    return pose !== null;
  }

  /** What was built is known by now: the whole is what is built, and not the corners of its extent. */
  narrow(built: (place: ReturnType<View["place"]>) => Offset[]): void {
    if (!this.whole) return;
    const points = built(this.globe.place(this.whole.extent));
    if (points.length > 0) this.whole.points = points;
  }

  home(duration = still() ? 0 : SECONDS): void {
    if (!this.whole) return;
    const { extent, points } = this.whole;
    const seen = shrink(this.window(), HOME_SHARE);
    this.globe.home(this.globe.place(extent), points, duration, seen);
    if (duration === 0) this.homePose = poseText(this.globe.pose());
  }

  private window(): Window {
    const { clientWidth, clientHeight } = this.globe.scene.canvas;
    return windowOf(this.free(), clientWidth, clientHeight);
  }

  /** The free part of the window changed: who has not moved since still wants the whole city. */
  reframe(): void {
    if (this.homePose && poseText(this.globe.pose()) === this.homePose) this.home(0);
  }

  /** A pose that did not come from the map itself is one to go back to. */
  follow(camera: CameraPose): void {
    if (poseText(camera) !== poseText(this.globe.pose())) this.globe.setPose(camera);
  }

  toSelection(): void {
    const id = this.session.state.selection;
    const unit = this.session.unit.value;
    if (this.asked) return;
    if (!id) this.flownTo = null;
    if (!id || !unit || unit.id !== id || this.flownTo === id) return;
    this.flownTo = id;
    const height = Number(unit.identity["height"] ?? 0) || null;
    const target = targetOfUnit(unit.bbox, unit.centroid, height);
    if (target) this.to(target, unit.level);
  }

  /** Flies to where a scene wants to be seen from; its unit is chosen and not flown to. */
  async toView(
    view: CameraPose | null,
    selection: string | null,
    seconds: number,
  ): Promise<boolean> {
    this.flownTo = selection;
    this.homePose = "";
    if (!view) {
      this.home(still() ? 0 : seconds);
      return true;
    }
    const reached = await flyPose(this.globe.scene, view, still() ? 0 : seconds);
    if (reached) this.session.store.set({ camera: this.globe.pose() });
    return reached;
  }

  to(target: Target, level: string): void {
    this.globe.fly(target, {
      duration: still() ? 0 : SECONDS,
      pitch: -45,
      least: level === "building" ? 60 : 120,
      share: UNIT_SHARE[level] ?? 0.8,
      window: this.window(),
    });
  }
}
