/** The silhouette of what is seen against the sky, read off one frame. Cesium is known here. */
import { Color, type Scene } from "cesium";
import type { Edge, Skyline } from "../tools/spot.ts";
import { altitudeOf, azimuthOf } from "./spots.ts";

const SKY = "#ff00ff";
const STEP = 2;

/** Null when nothing stands against the sky in this view. */
export function skylineOf(scene: Scene): Skyline | null {
  const picture = overSky(scene);
  if (!picture) return null;
  const { width, height, data } = picture;
  const scale = scene.canvas.clientWidth / width;
  const isSky = (x: number, y: number) => {
    const at = (y * width + x) * 4;
    return (data[at] ?? 0) > 200 && (data[at + 1] ?? 0) < 60 && (data[at + 2] ?? 0) > 200;
  };
  const edges: Edge[] = [];
  let sky = 0;
  let looked = 0;
  for (let x = 0; x < width; x += STEP) {
    let y = 0;
    while (y < height && isSky(x, y)) y += 1;
    sky += y;
    looked += height;
    if (y === 0 || y >= height) continue;
    const [px, py] = [x * scale, y * scale];
    const altitude = altitudeOf(scene, px, py);
    edges.push({ x: px, y: py, altitude, azimuth: azimuthOf(scene, px, py) });
  }
  return edges.length > 0 ? { edges, sky: sky / looked } : null;
}

/** One frame with a sky that nothing in the city looks like; the frame after it is as before. */
function overSky(scene: Scene): ImageData | null {
  const stages = scene.postProcessStages;
  const were: boolean[] = [];
  for (let i = 0; i < stages.length; i += 1) {
    const stage = stages.get(i);
    were.push(stage.enabled);
    stage.enabled = false;
  }
  const before = Color.clone(scene.backgroundColor);
  scene.backgroundColor = Color.fromCssColorString(SKY);
  const sheet = document.createElement("canvas");
  sheet.width = scene.canvas.width;
  sheet.height = scene.canvas.height;
  const brush = sheet.getContext("2d", { willReadFrequently: true });
  try {
    scene.requestRender();
    scene.render();
    brush?.drawImage(scene.canvas, 0, 0);
  } finally {
    scene.backgroundColor = before;
    for (let i = 0; i < stages.length; i += 1) stages.get(i).enabled = were[i] ?? true;
    scene.requestRender();
    scene.render();
  }
  return brush?.getImageData(0, 0, sheet.width, sheet.height) ?? null;
}
