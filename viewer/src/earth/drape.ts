/** A picture laid over the ground, hills and all: pixels go to the ground's own shader. Cesium is known here. */
import { Cartesian4, Cartographic, TextureMinificationFilter, TextureUniform } from "cesium";
import type { CityLayers } from "../city.ts";

/** degrees */
export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

const RAD = Math.PI / 180;

/** The part of the earth under the city's ground. */
export function groundBox(city: CityLayers): Box | null {
  const { frame } = city;
  if (!frame) return null;
  const at = Cartographic.fromCartesian(frame.centre);
  const [lon, lat] = [at.longitude / RAD, at.latitude / RAD];
  const high = frame.half.y / 6371000 / RAD;
  const wide = frame.half.x / (6378137 * Math.cos(at.latitude)) / RAD;
  return { west: lon - wide, south: lat - high, east: lon + wide, north: lat + high };
}

/** RGBA rows from north to south over `box`; null takes the picture off. */
export function drape(city: CityLayers, picture: ImageData | null, box: Box | null): void {
  const { frame } = city;
  if (!frame) return;
  const at = Cartographic.fromCartesian(frame.centre);
  for (const shader of city.shaders.values()) {
    shader.setUniform("u_drapeOn", picture && box ? 1 : 0);
    if (!picture || !box) continue;
    shader.setUniform("u_drapeLat", at.latitude);
    shader.setUniform(
      "u_drapeBox",
      new Cartesian4(
        box.west * RAD - at.longitude,
        box.south * RAD - at.latitude,
        box.east * RAD - at.longitude,
        box.north * RAD - at.latitude,
      ),
    );
    shader.setUniform(
      "u_drape",
      new TextureUniform({
        typedArray: upsideDown(picture),
        width: picture.width,
        height: picture.height,
        repeat: false,
        minificationFilter: TextureMinificationFilter.LINEAR,
      }),
    );
  }
}

/** The engine's first row is the southernmost. */
function upsideDown({ data, width, height }: ImageData): Uint8Array {
  const out = new Uint8Array(data.length);
  const row = width * 4;
  for (let y = 0; y < height; y += 1) {
    out.set(data.subarray(y * row, (y + 1) * row), (height - 1 - y) * row);
  }
  return out;
}
