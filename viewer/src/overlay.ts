/** Colours a tileset by codes per row; two backends. One of the four files that know Cesium. */
import {
  Cartesian3,
  Cartesian4,
  type Cesium3DTileFeature,
  Cesium3DTileStyle,
  type Cesium3DTileset,
  Color,
  CustomShader,
  LightingModel,
  TextureMagnificationFilter,
  TextureMinificationFilter,
  TextureUniform,
  UniformType,
} from "cesium";
import { type Frame, type Layer, rowOfFeature } from "./city.ts";
import { vec3 } from "./earth/context.ts";
import { patchUniforms } from "./earth/patch.ts";
import type { Backend, Coat, Cut, Marking, Overlay, Painting, Patch } from "./engine.ts";
import { LOOKS } from "./look.ts";
import {
  CODE_NO_UNIT,
  FIRST_STATE,
  hideMarks,
  MARK_HOVERED,
  MARK_NONE,
  MARK_SELECTED,
  packTexture,
} from "./lut.ts";
import { STYLED_FRAGMENT, SURFACE_FRAGMENT, UNIT_FRAGMENT } from "./shader.ts";
import type { Bare, Theme } from "./state.ts";

const EXACT = {
  repeat: false,
  minificationFilter: TextureMinificationFilter.NEAREST,
  magnificationFilter: TextureMagnificationFilter.NEAREST,
};

function byteTexture(bytes: Uint8Array, fill: number): TextureUniform {
  const packed = packTexture(bytes, fill);
  return new TextureUniform({
    typedArray: packed.bytes,
    width: packed.width,
    height: packed.height,
    ...EXACT,
  });
}

function paletteTexture(palette: Uint8Array): TextureUniform {
  return new TextureUniform({ typedArray: palette, width: 256, height: 1, ...EXACT });
}

const NOTHING = new Uint8Array(4).fill(CODE_NO_UNIT);
const UNMARKED = new Uint8Array(4);
const NO_GROUND = new Uint8Array(16);

function lookUniforms(theme: Theme): Record<string, Cartesian3> {
  const look = LOOKS[theme];
  return {
    u_roof: vec3(look.roof),
    u_land: vec3(look.land),
    u_wallLit: vec3(look.wallLit),
    u_wallShade: vec3(look.wallShade),
    u_statePaper: vec3(look.statePaper),
    u_stateInk: vec3(look.stateInk),
    u_accent: vec3(look.accent),
  };
}

function makeShader(frame: Frame, theme: Theme, surface: boolean): CustomShader {
  const uniforms: Record<string, { type: UniformType; value: unknown }> = {
    u_codes: { type: UniformType.SAMPLER_2D, value: byteTexture(NOTHING, CODE_NO_UNIT) },
    u_marks: { type: UniformType.SAMPLER_2D, value: byteTexture(UNMARKED, MARK_NONE) },
    u_palette: {
      type: UniformType.SAMPLER_2D,
      value: paletteTexture(new Uint8Array(1024)),
    },
    u_overlay: { type: UniformType.FLOAT, value: 0 },
    u_textured: { type: UniformType.FLOAT, value: 1 },
    u_dim: { type: UniformType.FLOAT, value: 0 },
    u_opacity: { type: UniformType.FLOAT, value: 1 },
    u_up: { type: UniformType.VEC3, value: frame.up },
    u_sun: { type: UniformType.VEC3, value: frame.sun },
  };
  if (!surface) {
    uniforms["u_cut"] = { type: UniformType.FLOAT, value: -1 };
    uniforms["u_ground"] = { type: UniformType.SAMPLER_2D, value: byteTexture(NO_GROUND, 0) };
    uniforms["u_centre"] = { type: UniformType.VEC3, value: frame.centre };
    uniforms["u_centreHeight"] = { type: UniformType.FLOAT, value: frame.height };
    uniforms["u_groupCodes"] = {
      type: UniformType.SAMPLER_2D,
      value: byteTexture(NOTHING, CODE_NO_UNIT),
    };
    uniforms["u_groupPalette"] = {
      type: UniformType.SAMPLER_2D,
      value: paletteTexture(new Uint8Array(1024)),
    };
    uniforms["u_groupMarks"] = {
      type: UniformType.SAMPLER_2D,
      value: byteTexture(UNMARKED, MARK_NONE),
    };
  }
  if (surface) {
    uniforms["u_drapeOn"] = { type: UniformType.FLOAT, value: 0 };
    uniforms["u_drapeLat"] = { type: UniformType.FLOAT, value: 0 };
    uniforms["u_drapeBox"] = { type: UniformType.VEC4, value: new Cartesian4(0, 0, 1, 1) };
    uniforms["u_drape"] = { type: UniformType.SAMPLER_2D, value: byteTexture(NO_GROUND, 0) };
    uniforms["u_patch"] = { type: UniformType.VEC3, value: new Cartesian3(0.62, 0.17, 0.13) };
    for (const [name, value] of Object.entries({ u_centre: frame.centre, u_east: frame.east })) {
      uniforms[name] = { type: UniformType.VEC3, value };
    }
    uniforms["u_north"] = { type: UniformType.VEC3, value: frame.north };
  }
  for (const [name, value] of Object.entries(lookUniforms(theme))) {
    uniforms[name] = { type: UniformType.VEC3, value };
  }
  return new CustomShader({
    lightingModel: LightingModel.UNLIT,
    uniforms: uniforms as never,
    fragmentShaderText: surface ? SURFACE_FRAGMENT : UNIT_FRAGMENT,
  });
}

/** Lookup texture per row: a change of indicator is one upload, no tile is touched. */
class TextureOverlay implements Overlay {
  readonly backend = "texture" as const;
  private readonly shader: CustomShader;
  private readonly tileset: Cesium3DTileset;
  private readonly level: string | null;
  private readonly group: string | null;
  private readonly own: boolean;
  private readonly surface: boolean;

  constructor(
    layer: Layer,
    private readonly frame: Frame,
    theme: Theme,
  ) {
    const surface = layer.info.kind === "surface";
    this.tileset = layer.tileset;
    this.own = layer.bound === null && !surface;
    this.surface = surface;
    this.level = layer.info.level;
    this.group = surface ? null : layer.info.massing_level;
    this.shader = makeShader(frame, theme, surface);
    this.tileset.customShader = this.shader;
  }

  paint(painting: Painting | null): void {
    this.shader.setUniform("u_overlay", painting ? 1 : 0);
    if (!painting) return;
    this.coat("u_codes", "u_palette", this.level ? painting.get(this.level) : undefined);
    if (this.group) this.coat("u_groupCodes", "u_groupPalette", painting.get(this.group));
  }

  private coat(codes: string, palette: string, coat: Coat | undefined): void {
    this.shader.setUniform(codes, byteTexture(coat?.codes ?? NOTHING, CODE_NO_UNIT));
    if (coat) this.shader.setUniform(palette, paletteTexture(coat.palette));
  }

  mark(marking: Marking): void {
    this.shader.setUniform("u_dim", marking.ghost ? 2 : marking.dim ? 1 : 0);
    this.putMarks("u_marks", this.level, marking);
    if (this.group) this.putMarks("u_groupMarks", this.group, marking);
  }

  private putMarks(uniform: string, level: string | null, marking: Marking): void {
    const marks = (level && marking.marks.get(level)) || UNMARKED;
    const from = this.own ? marking.hidden : this.surface ? marking.away : undefined;
    const hidden = level ? from?.get(level) : undefined;
    this.shader.setUniform(uniform, byteTexture(hideMarks(marks, hidden), MARK_NONE));
  }

  setPatch(patch: Patch | null): void {
    if (!this.surface) return;
    for (const [name, value] of Object.entries(patchUniforms(patch, this.frame))) {
      this.shader.setUniform(name, value);
    }
  }

  setTheme(theme: Theme): void {
    for (const [name, value] of Object.entries(lookUniforms(theme))) {
      this.shader.setUniform(name, value);
    }
  }

  setBare(look: Bare): void {
    this.shader.setUniform("u_textured", look === "true" ? 1 : 0);
  }

  setOpacity(share: number): void {
    this.shader.setUniform("u_opacity", share);
  }

  setCut(cut: Cut | null): void {
    if (this.surface) return;
    this.shader.setUniform("u_cut", cut ? cut.metres : -1);
    this.shader.setUniform("u_ground", byteTexture(cut?.ground ?? NO_GROUND, 0));
  }

  destroy(): void {
    if (this.tileset.customShader === this.shader) this.tileset.customShader = undefined;
    this.shader.destroy();
  }
}

/** For tiles or devices the texture cannot serve: a colour per feature, states as flat greys. */
class StyleOverlay implements Overlay {
  private painting: Painting | null = null;
  private marking: Marking = { marks: new Map(), dim: false, hidden: new Map() };
  private theme: Theme;
  /** white without light, so that the style's colour is seen as it is */
  private readonly white: CustomShader | null;

  constructor(
    private readonly layer: Layer,
    frame: Frame,
    theme: Theme,
    readonly backend: Backend,
  ) {
    this.theme = theme;
    this.white = backend === "style" ? whiteShader(frame) : null;
    if (this.white) this.layer.tileset.customShader = this.white;
    this.restyle();
  }

  paint(painting: Painting | null): void {
    this.painting = painting;
    this.restyle();
  }

  mark(marking: Marking): void {
    this.marking = marking;
    this.restyle();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.restyle();
  }

  /** A style cannot tell a texture from a plain colour: its buildings stay neutral. */
  setBare(): void {}

  /** Nor can it sieve, cut or hatch: the layer is there or not. */
  setOpacity(): void {}
  setCut(): void {}
  setPatch(): void {}

  private restyle(): void {
    const style = new Cesium3DTileStyle();
    const colour = (feature: Cesium3DTileFeature, result?: Color) =>
      Color.clone(this.colourOf(feature), result ?? new Color());
    style.color = { evaluateColor: colour } as unknown as Cesium3DTileStyle["color"];
    const shown = (feature: Cesium3DTileFeature) => !this.hides(feature);
    style.show = { evaluate: shown } as unknown as Cesium3DTileStyle["show"];
    this.layer.tileset.style = style;
  }

  private placeOf(feature: Cesium3DTileFeature): { level: string | null; row: number } {
    const { bound, info } = this.layer;
    if (bound && !bound.info.rewritten) {
      return { level: info.level, row: rowOfFeature(feature, bound) };
    }
    const massing = feature.getProperty("massing") === 1;
    return {
      level: massing ? info.massing_level : info.level,
      row: Number(feature.getProperty("row")),
    };
  }

  /** Whether a tileset of others shows the unit. */
  private hides(feature: Cesium3DTileFeature): boolean {
    if (this.layer.bound || this.layer.info.kind !== "units" || !this.marking.hidden.size)
      return false;
    const { level, row } = this.placeOf(feature);
    return level !== null && this.marking.hidden.get(level)?.[row] === 1;
  }

  private colourOf(feature: Cesium3DTileFeature): Color {
    const look = LOOKS[this.theme];
    const { level: mine, row } = this.placeOf(feature);
    const mark = mine ? (this.marking.marks.get(mine)?.[row] ?? 0) : 0;
    if (mark === MARK_HOVERED || mark === MARK_SELECTED) {
      return Color.fromCssColorString(look.accent);
    }
    if (this.marking.ghost && mark === MARK_NONE) return Color.fromCssColorString(look.roof);
    const coat = mine ? this.painting?.get(mine) : undefined;
    const code = coat?.codes[row] ?? CODE_NO_UNIT;
    if (!coat || code === CODE_NO_UNIT) return Color.fromCssColorString(look.roof);
    if (code >= FIRST_STATE) return Color.fromCssColorString(look.statePaper);
    const at = code * 4;
    const [r = 0, g = 0, b = 0] = coat.palette.subarray(at, at + 3);
    return Color.fromBytes(r, g, b);
  }

  destroy(): void {
    const { tileset } = this.layer;
    tileset.style = undefined;
    if (!this.white) return;
    if (tileset.customShader === this.white) tileset.customShader = undefined;
    this.white.destroy();
  }
}

function whiteShader(frame: Frame): CustomShader {
  return new CustomShader({
    lightingModel: LightingModel.UNLIT,
    uniforms: {
      u_up: { type: UniformType.VEC3, value: frame.up },
      u_sun: { type: UniformType.VEC3, value: frame.sun },
    },
    fragmentShaderText: STYLED_FRAGMENT,
  });
}

/** Tiles of our bridge take the texture; tiles of others, or where a shader failed, the style. */
export function makeOverlay(layer: Layer, frame: Frame, theme: Theme, backend: Backend): Overlay {
  const foreign = layer.bound !== null && !layer.bound.info.rewritten;
  if (backend === "texture" && !foreign) return new TextureOverlay(layer, frame, theme);
  return new StyleOverlay(layer, frame, theme, backend === "bare" ? "bare" : "style");
}
