/** Addresses of pictures that WMS and WMTS servers give for a box. No network here. */

/** degrees */
export interface MapBox {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** One tile and the box it covers. */
export interface MapTile {
  url: string;
  box: MapBox;
}

/** Most tiles that are asked for one city. */
const MOST = 48;
const FINEST = 18;

/** GetMap in WMS 1.1.1, whose EPSG:4326 is longitude first with every server. */
export function wmsAddress(base: string, layers: string, box: MapBox, size: [number, number]) {
  const url = new URL(base);
  const asked: Record<string, string> = {
    SERVICE: "WMS",
    VERSION: "1.1.1",
    REQUEST: "GetMap",
    LAYERS: layers,
    STYLES: "",
    SRS: "EPSG:4326",
    BBOX: [box.west, box.south, box.east, box.north].join(","),
    WIDTH: String(size[0]),
    HEIGHT: String(size[1]),
    FORMAT: "image/png",
    TRANSPARENT: "TRUE",
  };
  for (const key of [...url.searchParams.keys()]) {
    if (key.toUpperCase() in asked) url.searchParams.delete(key);
  }
  for (const [key, value] of Object.entries(asked)) url.searchParams.set(key, value);
  return url.href;
}

/** Whether a template's grid is geographic (degrees) instead of Web Mercator. */
export function isGeographic(template: string): boolean {
  return /_c\/|tilematrixset=c\b|4326|4490|crs:?84/i.test(template);
}

/** Whether the address names a tile: {TileMatrix}/{z}, {TileRow}/{y}, {TileCol}/{x}. */
export function isTemplate(template: string): boolean {
  return /\{(TileMatrix|z)\}/i.test(template) && /\{(TileCol|x)\}/i.test(template);
}

const mercator = (lat: number) => (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
const latitude = (y: number) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;

/** The finest level at which few tiles cover the box, and these tiles. */
export function wmtsTiles(template: string, box: MapBox): MapTile[] {
  const geographic = isGeographic(template);
  for (let level = FINEST; level > 0; level -= 1) {
    const wide = 2 ** level;
    const high = geographic ? 2 ** (level - 1) : wide;
    const x = (lon: number) => ((lon + 180) / 360) * wide;
    const y = (lat: number) => (geographic ? ((90 - lat) / 180) * high : mercator(lat) * high);
    const [x0, x1] = [Math.floor(x(box.west)), Math.floor(x(box.east))];
    const [y0, y1] = [Math.floor(y(box.north)), Math.floor(y(box.south))];
    if ((x1 - x0 + 1) * (y1 - y0 + 1) > MOST) continue;
    const lat = (row: number) => (geographic ? 90 - (row / high) * 180 : latitude(row / high));
    const tiles: MapTile[] = [];
    for (let row = y0; row <= y1; row += 1)
      for (let col = x0; col <= x1; col += 1) {
        const west = (col / wide) * 360 - 180;
        const covered = { west, east: west + 360 / wide, north: lat(row), south: lat(row + 1) };
        tiles.push({ url: filled(template, level, row, col), box: covered });
      }
    return tiles;
  }
  return [];
}

function filled(template: string, level: number, row: number, col: number): string {
  return template
    .replace(/\{(TileMatrix|z)\}/gi, String(level))
    .replace(/\{(TileRow|y)\}/gi, String(row))
    .replace(/\{(TileCol|x)\}/gi, String(col))
    .replace(/\{s\}/gi, "0");
}

/** What an address most likely is. */
export function kindOfAddress(address: string): "tiles3d" | "wmts" | "wms" | "geojson" {
  if (isTemplate(address)) return "wmts";
  if (/service=wms|\/wms\b/i.test(address)) return "wms";
  if (/\.(geo)?json(\?|$)/i.test(address) && !/tileset/i.test(address)) return "geojson";
  if (/\/items\b/.test(address)) return "geojson";
  return "tiles3d";
}
