/** Polygons drawn into a picture of the ground. */
import type { Patch } from "./engine.ts";

type Ring = readonly (readonly number[])[];

/** Pixels of the longer side: a few metres of a city each. */
const SIZE = 2048;

/** Rings of polygons and multipolygons (GeoJSON, degrees); holes keep their place. */
export function ringsOf(features: readonly unknown[]): Ring[][] {
  const out: Ring[][] = [];
  for (const feature of features) {
    const shape = (feature as { geometry?: { type?: string; coordinates?: unknown } }).geometry;
    if (shape?.type === "Polygon") out.push(shape.coordinates as Ring[]);
    if (shape?.type === "MultiPolygon") out.push(...(shape.coordinates as Ring[][]));
    const parts = (shape as { geometries?: unknown[] } | undefined)?.geometries;
    if (parts) out.push(...ringsOf(parts.map((geometry) => ({ geometry }))));
  }
  return out;
}

/** West, south, east, north of rings; null when there are none. */
export function boxOf(polygons: readonly Ring[][]): Patch["box"] | null {
  let box: Patch["box"] | null = null;
  for (const [lon = 0, lat = 0] of polygons.flat(2)) {
    box ??= { west: lon, south: lat, east: lon, north: lat };
    box.west = Math.min(box.west, lon);
    box.east = Math.max(box.east, lon);
    box.south = Math.min(box.south, lat);
    box.north = Math.max(box.north, lat);
  }
  return box;
}

/** The picture of polygons; null without any, or where the browser cannot draw. */
export function patchOf(features: readonly unknown[]): Patch | null {
  const polygons = ringsOf(features);
  const box = boxOf(polygons);
  if (!box) return null;
  const wide = (box.east - box.west) * Math.cos(((box.south + box.north) / 2) * (Math.PI / 180));
  const high = box.north - box.south;
  const scale = SIZE / Math.max(wide, high, 1e-9);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(4, Math.round(wide * scale));
  canvas.height = Math.max(4, Math.round(high * scale));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return null;
  pen.beginPath();
  for (const ring of polygons.flat()) {
    ring.forEach(([lon = 0, lat = 0], i) => {
      const x = ((lon - box.west) / (box.east - box.west || 1)) * canvas.width;
      const y = ((box.north - lat) / (box.north - box.south || 1)) * canvas.height;
      if (i === 0) pen.moveTo(x, y);
      else pen.lineTo(x, y);
    });
    pen.closePath();
  }
  pen.fill("evenodd");
  return { picture: pen.getImageData(0, 0, canvas.width, canvas.height), box };
}
