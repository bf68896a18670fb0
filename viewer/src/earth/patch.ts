/** A part of the ground as a picture for the surfaces' shader. Cesium is known here. */
import { Cartesian4, Cartographic, TextureMinificationFilter, TextureUniform } from "cesium";
import type { Frame } from "../city.ts";
import type { Patch } from "../engine.ts";

const RAD = Math.PI / 180;

/** The engine's first row is the southernmost. */
function upsideDown({ data, width, height }: ImageData): Uint8Array {
  const out = new Uint8Array(data.length);
  const row = width * 4;
  for (let y = 0; y < height; y += 1) {
    out.set(data.subarray(y * row, (y + 1) * row), (height - 1 - y) * row);
  }
  return out;
}

/** Uniforms that lay a patch over surfaces, beside the middle of the city (see shader.DRAPE). */
export function patchUniforms(
  patch: Patch | null,
  frame: Frame,
): Record<string, number | Cartesian4 | TextureUniform> {
  if (!patch) return { u_drapeOn: 0 };
  const at = Cartographic.fromCartesian(frame.centre);
  const { box, picture } = patch;
  return {
    u_drapeOn: 1,
    u_drapeLat: at.latitude,
    u_drapeBox: new Cartesian4(
      box.west * RAD - at.longitude,
      box.south * RAD - at.latitude,
      box.east * RAD - at.longitude,
      box.north * RAD - at.latitude,
    ),
    u_drape: new TextureUniform({
      typedArray: upsideDown(picture),
      width: picture.width,
      height: picture.height,
      repeat: false,
      minificationFilter: TextureMinificationFilter.LINEAR,
    }),
  };
}
