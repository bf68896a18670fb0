/**
 * GLSL of the city. Rules it keeps:
 * - lighting is UNLIT, so what is written here is what is seen (czm_srgbToLinear undoes the engine's
 *   last conversion); a legend colour on a roof or a surface is exact to the bit;
 * - colour belongs to the indicator: textures are seen only while none is shown;
 * - walls are the same colour, darkened by at most 30 %, so that form can be read;
 * - the chosen unit is opaque like all else, but writes CHOSEN_ALPHA, by which the finishing pass
 *   finds its outline: the rim lies around it, never on its legend colour;
 * - codes and marks are read with texelFetch from RGBA8, four rows a texel (see lut.packTexture);
 * - facet normals of bodies come from derivatives, so tiles with and without normals look the same;
 *   the ground takes the tiles' own, which are smooth over its triangles.
 */

/** Between the alpha of sky (0) and of all else (1), clear of what smoothed edges mix from them. */
const CHOSEN_ALPHA = 0.94;

/** Alpha of ground that has melted into the backdrop: drawn, but no hair line runs there. */
const MELTED_ALPHA = 0.6;

/** A layer that is half there is drawn through a sieve, not blended: its legend colour stays exact. */
const SIEVE = /* glsl */ `
bool cimSieved(float share) {
  if (share > 0.999) return false;
  vec2 p = floor(gl_FragCoord.xy);
  return fract(52.9829189 * fract(dot(p, vec2(0.06711056, 0.00583715)))) >= share;
}
`;

const COMMON = /* glsl */ `
${SIEVE}
int cimByte(sampler2D table, int row) {
  ivec2 size = textureSize(table, 0);
  int texel = row >> 2;
  if (row < 0 || texel >= size.x * size.y) return 255;
  vec4 four = texelFetch(table, ivec2(texel % size.x, texel / size.x), 0);
  int part = row & 3;
  float v = part == 0 ? four.r : part == 1 ? four.g : part == 2 ? four.b : four.a;
  return int(v * 255.0 + 0.5);
}

vec3 cimUp() { return normalize((czm_view * vec4(u_up, 0.0)).xyz); }

// Screen-space hatches, one a state; the legend draws the same ones in CSS.
vec3 cimState(int code, vec3 paper, vec3 ink) {
  vec2 p = gl_FragCoord.xy / max(1.0, czm_pixelRatio);
  float on = 0.0;
  if (code == 250) on = step(mod(p.x + p.y, 8.0), 1.6);
  else if (code == 251) on = step(mod(p.y, 7.0), 1.4);
  else if (code == 253) on = step(length(mod(p, 7.0) - 3.5), 1.5);
  else if (code == 254) on = max(step(mod(p.x + p.y, 9.0), 1.4), step(mod(p.x - p.y, 9.0), 1.4));
  return mix(paper, ink, on);
}

// Fine dark lines across a colour that stays as it is between them: sources disagree here.
vec3 cimHatched(vec3 colour) {
  vec2 p = gl_FragCoord.xy / max(1.0, czm_pixelRatio);
  float on = step(mod(p.x - p.y, 7.0), 1.7);
  float dark = dot(colour, vec3(0.30, 0.59, 0.11)) > 0.42 ? 0.0 : 1.0;
  return mix(colour, mix(vec3(0.08, 0.13, 0.17), vec3(0.96), dark), on * 0.8);
}

float cimWall(vec3 normal) {
  vec3 sun = normalize((czm_view * vec4(u_sun, 0.0)).xyz);
  return smoothstep(-0.75, 0.95, dot(normal, sun));
}
`;

/** Height above the ground under a building, as the cut's table holds it; far below 0: not in it. */
const CUT = /* glsl */ `
float cimAbove(vec3 at, int row) {
  ivec2 size = textureSize(u_ground, 0);
  if (row < 0 || row >= size.x * size.y) return -9999.0;
  vec4 told = texelFetch(u_ground, ivec2(row % size.x, row / size.x), 0);
  if (told.a < 0.5) return -9999.0;
  vec3 c = floor(told.rgb * 255.0 + 0.5);
  float ground = (c.r * 65536.0 + c.g * 256.0 + c.b) / 100.0 - 1000.0;
  vec3 off = at - (czm_view * vec4(u_centre, 1.0)).xyz;
  vec3 up = cimUp();
  float rise = dot(off, up);
  vec3 side = off - up * rise;
  return rise + dot(side, side) / 12740000.0 + u_centreHeight - ground; // the earth falls away
}
`;

/** Units with a property table: buildings (walls and roofs) and flat surfaces alike. */
export const UNIT_FRAGMENT = /* glsl */ `
${COMMON}
${CUT}
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  vec3 at = fsInput.attributes.positionEC;
  vec3 normal = normalize(cross(dFdx(at), dFdy(at)));
  float top = smoothstep(0.20, 0.32, dot(normal, cimUp()));
  float lit = cimWall(normal);
  int row = int(fsInput.metadata.row);
  bool massing = int(fsInput.metadata.massing) == 1;
  // records of one visible mass share the colour of the one that their visual group names
  int mass = int(fsInput.metadata.group);
  int code = massing ? cimByte(u_groupCodes, row) : cimByte(u_codes, mass);
  int mark = massing ? cimByte(u_groupMarks, row) : cimByte(u_marks, row);

  if (mark == 3) discard; // a tileset of others shows it, or it was taken off the map
  if (cimSieved(u_opacity)) discard;
  vec3 plain = mix(mix(u_wallShade, u_wallLit, lit), u_roof * mix(0.955, 1.0, lit), top);
#ifdef HAS_BASE_COLOR_TEXTURE
  if (u_textured > 0.5 && u_overlay < 0.5) {
    plain = czm_linearToSrgb(material.diffuse) * mix(mix(0.82, 1.0, lit), mix(0.86, 1.0, lit), top);
  }
#endif
  vec3 colour = plain;
  vec4 coat = massing ? texelFetch(u_groupPalette, ivec2(code, 0), 0) : texelFetch(u_palette, ivec2(code, 0), 0);
  if (u_overlay > 0.5 && code != 255 && (code >= 250 || coat.a > 0.5)) {
    vec3 flatColour = code < 250 ? coat.rgb : cimState(code, u_statePaper, u_stateInk);
    if (code == 252) flatColour = u_roof;
    colour = flatColour * mix(mix(0.70, 0.90, lit), 1.0, top);
  }
  if (mark == 4) colour = cimHatched(colour);
  if (u_dim > 0.5 && mark == 0) colour = mix(colour, plain, u_dim > 1.5 ? 0.94 : 0.55);
  if (mark == 6) colour = mix(colour, plain, 0.6);
  bool coated = u_overlay > 0.5 && code != 255;
  if (mark == 5 && !coated) colour = mix(u_accent, plain, 0.25 * (1.0 - top));
  if (u_cut >= 0.0) {
    float above = massing ? -9999.0 : cimAbove(at, row);
    if (above < -9000.0) colour = mix(colour, plain, 0.85);
    else if (above > u_cut) colour = u_accent * mix(mix(0.72, 0.92, lit), 1.0, top);
    else if (above > u_cut - 1.2) colour = u_accent * 0.45; // the line of the cut
  }
  if (mark == 2) colour = mix(colour, u_accent * mix(0.78, 1.0, lit), (1.0 - top) * 0.62);
  if (mark == 2) material.alpha = ${CHOSEN_ALPHA};
  if (mark == 1) colour = mix(colour, u_accent, mix(0.55, 0.16, top));
  material.diffuse = czm_srgbToLinear(colour);
}
`;

/** Under a style: the style's colour as it is on roofs, a little darker on walls. */
export const STYLED_FRAGMENT = /* glsl */ `
${COMMON}
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  vec3 at = fsInput.attributes.positionEC;
  vec3 normal = normalize(cross(dFdx(at), dFdy(at)));
  float top = smoothstep(0.20, 0.32, dot(normal, cimUp()));
  material.diffuse = czm_srgbToLinear(vec3(mix(mix(0.70, 0.90, cimWall(normal)), 1.0, top)));
}
`;

/** A picture over the ground, by longitude and latitude. */
const DRAPE = /* glsl */ `
// What guests lay over the ground: metres east and north of the middle become degrees (in radians).
vec4 cimDrape(vec2 off) {
  float lat = (off.y - off.x * off.x * tan(u_drapeLat) / 12756000.0) / 6371000.0;
  float lon = off.x / (6378137.0 * cos(u_drapeLat + lat));
  vec2 uv = (vec2(lon, lat) - u_drapeBox.xy) / (u_drapeBox.zw - u_drapeBox.xy);
  if (any(lessThan(uv, vec2(0.0))) || any(greaterThan(uv, vec2(1.0)))) return vec4(0.0);
  return texture(u_drape, uv);
}
`;

/** Flat surfaces of a level (block, district ...). */
export const SURFACE_FRAGMENT = /* glsl */ `
${COMMON}
${DRAPE}
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  int row = int(fsInput.metadata.row);
  int code = cimByte(u_codes, row);
  int mark = cimByte(u_marks, row);
  if (mark == 3 || cimSieved(u_opacity)) discard;
  vec3 colour = u_land;
  vec4 coat = texelFetch(u_palette, ivec2(code, 0), 0);
  if (u_overlay > 0.5 && code != 255 && (code >= 250 || coat.a > 0.5)) {
    colour = code < 250
      ? coat.rgb
      : cimState(code, u_statePaper, u_stateInk);
    if (code == 252) colour = u_statePaper;
  }
  if (mark == 4) colour = cimHatched(colour);
  if (u_dim > 0.5 && mark == 0) colour = mix(colour, u_land, u_dim > 1.5 ? 0.94 : 0.52);
  if (mark == 5 && (u_overlay < 0.5 || code == 255)) colour = u_accent;
  if (u_drapeOn > 0.5) {
    vec3 off = fsInput.attributes.positionEC - (czm_view * vec4(u_centre, 1.0)).xyz;
    vec2 plan = vec2(
      dot(off, (czm_view * vec4(u_east, 0.0)).xyz), dot(off, (czm_view * vec4(u_north, 0.0)).xyz));
    vec2 p = gl_FragCoord.xy / max(1.0, czm_pixelRatio);
    float on = step(mod(p.x + p.y, 6.0), 2.6);
    if (cimDrape(plan).a > 0.5) colour = mix(mix(colour, u_land, 0.5), u_patch, max(on, 0.22));
  }
  if (mark == 1) colour = mix(colour, u_accent, 0.22);
  if (mark == 2) material.alpha = ${CHOSEN_ALPHA};
  material.diffuse = czm_srgbToLinear(colour);
}
`;

/** Ground, water, green, roads: one calm colour that melts into the backdrop far from the city. */
export const CONTEXT_FRAGMENT = /* glsl */ `
${SIEVE}
${DRAPE}

void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
  vec3 at = fsInput.attributes.positionEC;
  vec3 up = normalize((czm_view * vec4(u_up, 0.0)).xyz);
  vec3 sun = normalize((czm_view * vec4(u_sun, 0.0)).xyz);
  vec3 normal = normalize(fsInput.attributes.normalEC);
  float slope = dot(normal, sun) - dot(up, sun);
  if (cimSieved(u_opacity)) discard;
  vec3 colour = u_colour * clamp(1.0 + slope * u_relief, 0.86, 1.05);
  vec3 off = at - (czm_view * vec4(u_centre, 1.0)).xyz;
  vec2 plan = vec2(
    dot(off, (czm_view * vec4(u_east, 0.0)).xyz), dot(off, (czm_view * vec4(u_north, 0.0)).xyz));
  if (u_drapeOn > 0.5) {
    vec4 laid = cimDrape(plan);
    colour = mix(colour, laid.rgb, laid.a);
  }
  float east = abs(plan.x) / u_half.x;
  float north = abs(plan.y) / u_half.y;
  float edge = pow(pow(east, 4.0) + pow(north, 4.0), 0.25);
  if (edge > u_fade.y) discard;
  float melted = smoothstep(u_fade.x, u_fade.y, edge);
  colour = mix(colour, u_haze, melted);
  if (melted > 0.35) material.alpha = ${MELTED_ALPHA};
  material.diffuse = czm_srgbToLinear(colour);
}
`;

/**
 * The finishing pass: sky where nothing was drawn (alpha 0), and a hair line where a body stands
 * before another, as in an architect's drawing. Inside a face nothing is changed. Around the chosen
 * unit runs a rim in the accent colour.
 */
export const FINISH_FRAGMENT = /* glsl */ `
uniform sampler2D colorTexture;
uniform highp sampler2D depthTexture; // the default precision is a half on some devices
uniform vec3 u_up;
uniform vec3 u_horizon;
uniform vec3 u_zenith;
uniform vec4 u_line;
uniform vec3 u_rim;
uniform float u_shade;
in vec2 v_textureCoordinates;

// 1 / distance is linear over a flat face, so a face has no second difference. The depth buffer is
// logarithmic; it is undone here, because the engine's own way back loses the far end.
float cimInverse(vec2 step) {
  float depth = texture(depthTexture, v_textureCoordinates + step).r;
  if (depth >= 1.0) return -1.0;
  return 1.0 / (exp2(depth * czm_log2FarDepthFromNearPlusOne) - 1.0 + czm_currentFrustum.x);
}

// How much nearer both neighbours together are than the face at hand would have them; sea and sky
// (no depth) draw no line.
float cimBend(float here, vec2 step) {
  float a = cimInverse(step);
  float b = cimInverse(-step);
  return a < 0.0 || b < 0.0 ? 0.0 : a + b - 2.0 * here;
}

// Soft shade where something stands close before a face; reach in pixels.
float cimShade(float here, vec2 px) {
  float sum = 0.0;
  for (int i = 0; i < 6; i++) {
    float turn = float(i) * 0.523599 + 0.2;
    float reach = i % 2 == 0 ? 5.0 : 11.0;
    float rise = cimBend(here, vec2(cos(turn), sin(turn)) * reach * px) / here;
    sum += smoothstep(0.0008, 0.01, rise) * (1.0 - smoothstep(0.03, 0.1, rise));
  }
  return sum / 6.0;
}

float cimChosen(vec2 step) {
  float a = texture(colorTexture, v_textureCoordinates + step).a;
  return a > ${(CHOSEN_ALPHA - 0.03).toFixed(3)} && a < ${(CHOSEN_ALPHA + 0.03).toFixed(3)} ? 1.0 : 0.0;
}

// How much of a small ring around this pixel is the chosen unit: the rim, smooth to the outside.
float cimRim(vec2 px) {
  float sum = 0.0;
  for (int i = 0; i < 16; i++) {
    float turn = float(i) * 0.392699;
    sum += cimChosen(vec2(cos(turn), sin(turn)) * (i % 2 == 0 ? 2.8 : 1.6) * czm_pixelRatio * px);
  }
  return smoothstep(0.5, 4.0, sum);
}

void main() {
  vec4 scene = texture(colorTexture, v_textureCoordinates);
  vec4 ray = czm_inverseProjection * vec4(v_textureCoordinates * 2.0 - 1.0, 1.0, 1.0);
  vec3 up = normalize((czm_view * vec4(u_up, 0.0)).xyz);
  float high = dot(normalize(ray.xyz / ray.w), up);
  vec3 sky = mix(u_horizon, u_zenith, smoothstep(-0.02, 0.45, high));

  vec2 px = 1.0 / czm_viewport.zw;
  float here = cimInverse(vec2(0.0));
  float bend = max(cimBend(here, vec2(px.x, 0.0)), cimBend(here, vec2(0.0, px.y)));
  float line = here < 0.0 ? 0.0 : smoothstep(u_line.w, u_line.w * 5.0, bend / here);
  float near = 1.0 - smoothstep(1200.0, 9000.0, 1.0 / max(here, 1e-9));
  if (abs(scene.a - ${MELTED_ALPHA}) < 0.03) line = 0.0;
  vec3 drawn = mix(scene.rgb, u_line.rgb, line * mix(0.2, 0.5, near));
  if (u_shade > 0.0 && here > 0.0) {
    drawn = mix(drawn, drawn * u_line.rgb * 1.6, cimShade(here, px) * mix(0.4, 0.6, near) * u_shade);
  }
  float chosen = cimChosen(vec2(0.0));
  vec3 seen = mix(sky, drawn, clamp(scene.a / ${MELTED_ALPHA}, 0.0, 1.0));
  float rim = chosen > 0.5 ? 0.0 : cimRim(px);
  out_FragColor = vec4(mix(seen, u_rim, rim), 1.0);
}
`;
