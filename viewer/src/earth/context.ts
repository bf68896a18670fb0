/** Ground, water, green and roads: one calm colour each. Cesium is known here. */
import {
  Cartesian2,
  Cartesian3,
  Cartesian4,
  Color,
  CustomShader,
  LightingModel,
  TextureUniform,
  UniformType,
} from "cesium";
import type { Frame } from "../city.ts";
import type { Look } from "../look.ts";
import { CONTEXT_FRAGMENT } from "../shader.ts";

/** The part of a look that each layer takes, by the layer's name. */
export const CONTEXT_LOOK: Record<string, keyof Look> = {
  ground: "ground",
  water: "water",
  green: "green",
  roads: "roads",
};

/** Where the context melts into the backdrop, in half extents from the centre. */
const FADE = new Cartesian2(0.66, 0.985);

export function vec3(css: string): Cartesian3 {
  const c = Color.fromCssColorString(css);
  return new Cartesian3(c.red, c.green, c.blue);
}

function blank(): TextureUniform {
  return new TextureUniform({ typedArray: new Uint8Array(4), width: 1, height: 1, repeat: false });
}

/** `relief`: how much slopes show. */
export function contextShader(
  frame: Frame,
  colour: string,
  haze: string,
  relief: number,
): CustomShader {
  const vec = (value: Cartesian3) => ({ type: UniformType.VEC3, value });
  const vec2 = (value: Cartesian2) => ({ type: UniformType.VEC2, value });
  return new CustomShader({
    lightingModel: LightingModel.UNLIT,
    uniforms: {
      u_up: vec(frame.up),
      u_sun: vec(frame.sun),
      u_centre: vec(frame.centre),
      u_colour: vec(vec3(colour)),
      u_haze: vec(vec3(haze)),
      u_east: vec(frame.east),
      u_north: vec(frame.north),
      u_half: vec2(frame.half),
      u_fade: vec2(FADE),
      u_relief: { type: UniformType.FLOAT, value: relief },
      u_opacity: { type: UniformType.FLOAT, value: 1 },
      u_drapeOn: { type: UniformType.FLOAT, value: 0 },
      u_drapeLat: { type: UniformType.FLOAT, value: 0 },
      u_drapeBox: { type: UniformType.VEC4, value: new Cartesian4(0, 0, 1, 1) },
      u_drape: { type: UniformType.SAMPLER_2D, value: blank() },
    },
    fragmentShaderText: CONTEXT_FRAGMENT,
  });
}
