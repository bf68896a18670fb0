/** The plan of the city where no 3D map can be: shapes, a view over them, what lies under a pixel. Pure. */
import type { Extent } from "./api.ts";

export type Ring = readonly (readonly [number, number])[];

/** One unit: its polygons, each a list of rings (the first the outer one), and the box around them. */
export interface Shape {
  id: string;
  row: number;
  polygons: readonly (readonly Ring[])[];
  box: { west: number; south: number; east: number; north: number };
}

/** The part of GeoJSON that the server's collections answer with. */
export interface Features {
  features: {
    id?: string | number;
    geometry: { type: string; coordinates: unknown } | null;
    properties: { row?: number | null } | null;
  }[];
  links?: { rel?: string; href?: string }[];
}

/** Shapes of the features that are areas; what has no area or no row is left out. */
export function shapesOf(found: Features): Shape[] {
  const out: Shape[] = [];
  for (const { id, geometry, properties } of found.features) {
    const row = properties?.row;
    if (typeof row !== "number" || id === undefined || !geometry) continue;
    const polygons =
      geometry.type === "Polygon"
        ? [geometry.coordinates as Ring[]]
        : geometry.type === "MultiPolygon"
          ? (geometry.coordinates as Ring[][])
          : [];
    const box = boxOf(polygons);
    if (box) out.push({ id: String(id), row, polygons, box });
  }
  return out;
}

function boxOf(polygons: readonly (readonly Ring[])[]): Shape["box"] | null {
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const rings of polygons) {
    for (const [lon, lat] of rings[0] ?? []) {
      west = Math.min(west, lon);
      east = Math.max(east, lon);
      south = Math.min(south, lat);
      north = Math.max(north, lat);
    }
  }
  return west <= east ? { west, south, east, north } : null;
}

/** A view from above: the place in the middle, and pixels a degree of latitude. */
export class FlatView {
  /** degrees of longitude are shorter than those of latitude; one measure for the whole city */
  private squeeze: number;

  constructor(
    public lon: number,
    public lat: number,
    public scale: number,
    /** pixels of the canvas */
    public width: number,
    public height: number,
  ) {
    this.squeeze = squeezeAt(lat);
  }

  toPixel(lon: number, lat: number): [number, number] {
    return [
      this.width / 2 + (lon - this.lon) * this.scale * this.squeeze,
      this.height / 2 - (lat - this.lat) * this.scale,
    ];
  }

  toPlace(x: number, y: number): [number, number] {
    return [
      this.lon + (x - this.width / 2) / (this.scale * this.squeeze),
      this.lat - (y - this.height / 2) / this.scale,
    ];
  }

  pan(dx: number, dy: number): void {
    this.lon -= dx / (this.scale * this.squeeze);
    this.lat += dy / this.scale;
  }

  /** A factor above 1 comes nearer; the place under the pixel stays under it. */
  zoom(factor: number, x = this.width / 2, y = this.height / 2): void {
    const before = this.toPlace(x, y);
    this.scale = Math.min(5e7, Math.max(20, this.scale * factor));
    const after = this.toPlace(x, y);
    this.lon += before[0] - after[0];
    this.lat += before[1] - after[1];
  }

  /** Shows a box in a part of the canvas, pixels; `share`: how much of that part it fills. */
  fit(box: Shape["box"] | Extent, free: DOMRect | Free, share = 0.94): void {
    this.lat = (box.south + box.north) / 2;
    this.squeeze = squeezeAt(this.lat);
    const wide = Math.max(1e-6, (box.east - box.west) * this.squeeze);
    const tall = Math.max(1e-6, box.north - box.south);
    const room = [Math.max(40, free.width), Math.max(40, free.height)] as const;
    this.scale = share * Math.min(room[0] / wide, room[1] / tall);
    this.lon = (box.west + box.east) / 2;
    this.pan(
      free.left + free.width / 2 - this.width / 2,
      free.top + free.height / 2 - this.height / 2,
    );
  }
}

function squeezeAt(lat: number): number {
  return Math.cos((lat * Math.PI) / 180);
}

export interface Free {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The smallest shape under a place; null where there is none. */
export function shapeAt(shapes: readonly Shape[], lon: number, lat: number): Shape | null {
  let found: Shape | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const shape of shapes) {
    const { west, south, east, north } = shape.box;
    if (lon < west || lon > east || lat < south || lat > north) continue;
    const size = (east - west) * (north - south);
    if (size >= least || !shape.polygons.some((rings) => inside(rings, lon, lat))) continue;
    found = shape;
    least = size;
  }
  return found;
}

/** Even and odd crossings over all rings: holes are outside. */
function inside(rings: readonly Ring[], lon: number, lat: number): boolean {
  let odd = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const [ax, ay] = ring[i] ?? [0, 0];
      const [bx, by] = ring[j] ?? [0, 0];
      if (ay > lat !== by > lat && lon < ((bx - ax) * (lat - ay)) / (by - ay) + ax) odd = !odd;
    }
  }
  return odd;
}

/** Which of the names in a row can be read: one that would lie over an earlier one is left out. */
export function readable(
  names: readonly { x: number; y: number; width: number }[],
  height: number,
): boolean[] {
  const kept: { x: number; y: number; width: number }[] = [];
  return names.map((name) => {
    const clear = kept.every(
      ({ x, y, width }) =>
        Math.abs(x - name.x) >= (width + name.width) / 2 || Math.abs(y - name.y) >= height,
    );
    if (clear) kept.push(name);
    return clear;
  });
}
