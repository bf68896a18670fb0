/** From a pixel to a unit. One of the four files that know Cesium. */
import { Cartesian2, Cesium3DTileFeature, type Scene } from "cesium";
import { type Layer, rowOfFeature } from "./city.ts";
import type { Hit } from "./engine.ts";
import { NO_PARENT } from "./lut.ts";

/** The unit under a pixel (CSS pixels of the canvas), or null over ground, sea and sky. */
export function pickAt(scene: Scene, layers: readonly Layer[], x: number, y: number): Hit | null {
  const context = layers.filter(({ info, tileset }) => info.kind === "context" && tileset.show);
  for (const { tileset } of context) tileset.show = false; // a park must not hide its block
  let found: unknown;
  try {
    found = scene.pick(new Cartesian2(x, y));
  } finally {
    for (const { tileset } of context) tileset.show = true;
  }
  const prism = (found as { id?: { prism?: number; level?: string } } | undefined)?.id;
  if (typeof prism?.prism === "number" && prism.level) {
    return { level: prism.level, row: prism.prism, id: null, massing: false };
  }
  if (!(found instanceof Cesium3DTileFeature)) return null;
  const layer = layers.find((item) => item.tileset === found.tileset);
  if (!layer || layer.info.kind === "context") return null;
  const bound = layer.bound && !layer.bound.info.rewritten ? layer.bound : null;
  if (bound) {
    const row = rowOfFeature(found, bound);
    const { level } = bound.info;
    return row === NO_PARENT ? null : { level, row, id: null, massing: false };
  }
  const massing = found.getProperty("massing") === 1;
  const level = massing ? layer.info.massing_level : layer.info.level;
  const row = found.getProperty("row") as unknown;
  const id = found.getProperty("id") as unknown; // lean tiles leave it to the API
  if (!level || typeof row !== "number") return null;
  return { level, row, id: typeof id === "string" ? `${level}:${id}` : null, massing };
}
