/** Cameras that move together, and flights that can be waited for. Cesium is known here. */
import { Cartesian3, Math as CesiumMath, type Scene } from "cesium";
import type { CameraPose } from "../state.ts";

const EQUAL = 1e-9;

function copy(from: Scene, to: Scene): void {
  const [a, b] = [from.camera, to.camera];
  const same =
    Cartesian3.equalsEpsilon(a.positionWC, b.positionWC, EQUAL, 1e-3) &&
    Cartesian3.equalsEpsilon(a.directionWC, b.directionWC, EQUAL, 1e-9);
  if (same) return;
  b.setView({
    destination: a.positionWC.clone(),
    orientation: { direction: a.directionWC.clone(), up: a.upWC.clone() },
  });
  to.requestRender();
}

/** Two views of one pose: the one last touched leads. Returns the way to part them. */
export function tie(first: Scene, second: Scene): () => void {
  let leader = first;
  const stops = [
    first.postRender.addEventListener(() => leader === first && copy(first, second)),
    second.postRender.addEventListener(() => leader === second && copy(second, first)),
  ] as (() => void)[];
  for (const scene of [first, second]) {
    const lead = () => {
      leader = scene;
    };
    for (const kind of ["pointerdown", "wheel", "keydown"]) {
      scene.canvas.addEventListener(kind, lead, { passive: true });
      stops.push(() => scene.canvas.removeEventListener(kind, lead));
    }
  }
  copy(first, second);
  return () => {
    for (const stop of stops) stop();
  };
}

/** Flies to a pose; false when the flight was broken off. */
export function flyPose(scene: Scene, pose: CameraPose, seconds: number): Promise<boolean> {
  const destination = Cartesian3.fromDegrees(pose.lon, pose.lat, pose.height);
  const orientation = {
    heading: CesiumMath.toRadians(pose.heading),
    pitch: CesiumMath.toRadians(pose.pitch),
    roll: 0,
  };
  scene.requestRender();
  if (seconds <= 0) {
    scene.camera.setView({ destination, orientation });
    return Promise.resolve(true);
  }
  return new Promise((done) => {
    scene.camera.flyTo({
      destination,
      orientation,
      duration: seconds,
      complete: () => done(true),
      cancel: () => done(false),
    });
  });
}

export function stopFlight(scene: Scene): void {
  scene.camera.cancelFlight();
}
