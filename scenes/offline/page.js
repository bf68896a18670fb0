/* The offline page: everything it shows stands in this file; it asks nobody for anything. */
(async function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const WORDS = {
    zh: { year: "年", none: "不着色", period: "数据期", source: "来源", problems: "问题", digest: "文件摘要",
      made: "成果版本", level: { full: "内部版", public: "公开版：仅含不少于 10 栋的汇总" }, synthetic: "虚构城市 · 合成数据",
      people: "涉及", about: "约 ", person: "人", stop: "站", publicUnit: "楼栋信息不公开" },
    en: { year: "", none: "no colour", period: "data of", source: "source", problems: "Problems", digest: "digest of this file",
      made: "release", level: { full: "internal", public: "public: only sums of at least 10 buildings" }, synthetic: "Fictitious city · synthetic data",
      people: "concerns", about: "about ", person: "people", stop: "stop", publicUnit: "buildings are not told of" } };
  const NO_UNIT = 255, MISSING = 250, BLANK = 252, ROOF = [247, 245, 240], STATE = [226, 226, 223], INK = [163, 165, 166], ACCENT = [43, 80, 216];
  const PLAIN = { ground: "#e0dfd8", water: "#bdd1d9", green: "#ccd8c4", roads: "#f4f3ef" };
  const state = { language: data.language, overlay: -1, year: null, stop: 0, unit: null, playing: 0 };
  const told = (text) => (text && text[state.language]) || "";
  const words = () => WORDS[state.language];
  const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  // rows of a level → place in the file's lists
  const places = {};
  for (const [level, list] of Object.entries(data.names)) places[level] = new Map(list.rows.map((row, at) => [row, at]));
  const byId = new Map();
  for (const [level, list] of Object.entries(data.names)) list.ids.forEach((id, at) => byId.set(id, { level, at }));
  const buildings = new Map(data.parents.building.map((row, at) => [row, at]));
  const rowIn = (level, building) => {
    const at = buildings.get(building);
    if (level === "building" || at === undefined) return building;
    return data.parents[level] ? data.parents[level][at] : -1;
  };

  // nothing of the engine may ask for a file
  Cesium.CreditDisplay.cesiumCredit = new Cesium.Credit("CesiumJS", false);
  Object.assign(Cesium.ApproximateTerrainHeights, { _terrainHeights: {}, _initPromise: Promise.resolve() });
  Cesium.Transforms.computeIcrfToFixedMatrix = () => undefined;
  const widget = new Cesium.CesiumWidget("map", {
    globe: false, skyBox: false, skyAtmosphere: false, baseLayer: false, scene3DOnly: true,
    requestRenderMode: true, maximumRenderTimeChange: Infinity, msaaSamples: 4, creditContainer: document.createElement("div"),
  });
  const scene = widget.scene;
  scene.backgroundColor = Cesium.Color.fromCssColorString("#e4e9ea");
  scene.highDynamicRange = false;
  if (scene.sun) scene.sun.show = false;
  if (scene.moon) scene.moon.show = false;
  scene.postProcessStages.fxaa.enabled = false;

  // Codes of rows, four a texel; what has no number is hatched as in the viewer (shader.ts): the style
  // gives a state its paper, and on a line of its hatch the paper is darkened to ink.
  const EXACT = { repeat: false, minificationFilter: Cesium.TextureMinificationFilter.NEAREST,
    magnificationFilter: Cesium.TextureMagnificationFilter.NEAREST };
  const WIDE = 1024;
  function table(codes) {
    const texels = Math.max(1, Math.ceil(codes.length / 4)), width = Math.min(WIDE, texels);
    const bytes = new Uint8Array(width * Math.ceil(texels / width) * 4).fill(NO_UNIT);
    bytes.set(codes);
    return new Cesium.TextureUniform({ typedArray: bytes, width, height: bytes.length / 4 / width, ...EXACT });
  }
  const vector = (value) => ({ type: Cesium.UniformType.VEC3, value });
  const part = (parts) => new Cesium.Cartesian3(parts[0] / 255, parts[1] / 255, parts[2] / 255);
  const HATCH = `
      float cimOn(int code) {
        vec2 p = gl_FragCoord.xy / max(1.0, czm_pixelRatio);
        if (code == 250) return step(mod(p.x + p.y, 8.0), 1.6);
        if (code == 251) return step(mod(p.y, 7.0), 1.4);
        if (code == 253) return step(length(mod(p, 7.0) - 3.5), 1.5);
        if (code == 254) return max(step(mod(p.x + p.y, 9.0), 1.4), step(mod(p.x - p.y, 9.0), 1.4));
        return 0.0;
      }
      int cimByte(sampler2D table, int row) {
        ivec2 size = textureSize(table, 0);
        int texel = row >> 2, part = row & 3;
        if (row < 0 || texel >= size.x * size.y) return 255;
        vec4 four = texelFetch(table, ivec2(texel % size.x, texel / size.x), 0);
        return int((part == 0 ? four.r : part == 1 ? four.g : part == 2 ? four.b : four.a) * 255.0 + 0.5);
      }`;
  const CODE = {
    plain: "",
    level: "int code = cimByte(u_codes, int(fsInput.metadata.row));",
    buildings: `int row = int(fsInput.metadata.row);
        int code = int(fsInput.metadata.massing) == 1 ? cimByte(u_masses, row) : cimByte(u_codes, row);` };
  const shader = (up, kind) => new Cesium.CustomShader({
    lightingModel: Cesium.LightingModel.UNLIT,
    uniforms: { u_up: vector(up), ...(kind === "plain" ? {} : {
      u_paper: vector(part(STATE)), u_ink: vector(part(INK)),
      u_codes: { type: Cesium.UniformType.SAMPLER_2D, value: table([]) } }),
      ...(kind === "buildings" ? { u_masses: { type: Cesium.UniformType.SAMPLER_2D, value: table([]) } } : {}) },
    fragmentShaderText: `${kind === "plain" ? "" : HATCH}
      void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
        vec3 at = fsInput.attributes.positionEC;
        vec3 normal = normalize(cross(dFdx(at), dFdy(at)));
        vec3 up = normalize((czm_view * vec4(u_up, 0.0)).xyz);
        float top = smoothstep(0.20, 0.32, dot(normal, up));
        float lit = smoothstep(-0.75, 0.95, dot(normal, normalize(up + vec3(-0.6, 0.2, 0.4))));
        material.diffuse = czm_srgbToLinear(vec3(mix(mix(0.70, 0.90, lit), 1.0, top)));
        ${CODE[kind]}
        ${kind === "plain" ? "" : "if (cimOn(code) > 0.5) material.diffuse *= czm_srgbToLinear(u_ink) / czm_srgbToLinear(u_paper);"}
      }` });

  const sets = {};
  for (const [name, document_] of Object.entries(data.tiles)) {
    const url = "data:application/json;base64," + btoa(unescape(encodeURIComponent(JSON.stringify(document_))));
    const set = await Cesium.Cesium3DTileset.fromUrl(url, {
      maximumScreenSpaceError: 4, cullRequestsWhileMoving: false, backFaceCulling: name === "buildings" });
    const middle = set.boundingSphere.center;
    const kind = PLAIN[name] ? "plain" : name === "buildings" ? "buildings" : "level";
    set.customShader = shader(Cesium.Ellipsoid.WGS84.geodeticSurfaceNormal(middle), kind);
    scene.primitives.add(set);
    sets[name] = set;
  }
  const home = sets.buildings.boundingSphere;

  const active = () => data.overlays[state.overlay] || null;
  const column = () => { const a = active(); return a ? a.years[state.year] || null : null; };
  const color = new Cesium.Color();
  const css = (parts) => Cesium.Color.fromBytes(parts[0], parts[1], parts[2], 255, color);
  function codeOf(level, row) {
    const shown = active(), year = column();
    if (!shown || level !== shown.level) return NO_UNIT;
    const at = places[level] ? places[level].get(row) : undefined;
    if (at === undefined) return NO_UNIT;
    return year ? year.codes[at] : MISSING;
  }
  function worn(level, row, body) {
    const code = codeOf(level, row);
    if (code === NO_UNIT || (body && code === BLANK)) return ROOF;
    return code < MISSING ? rgb(active().classes[code].color) : STATE;
  }
  // the codes that the hatches of a tileset are read from, by the row of its features
  function hatch(name, set) {
    const shown = active();
    if (PLAIN[name]) return;
    const level = name === "buildings" ? (shown ? shown.level : "building") : name;
    const rows = name === "buildings" ? data.parents.building : data.names[name] ? data.names[name].rows : [];
    const codes = new Uint8Array(rows.reduce((most, row) => Math.max(most, row + 1), 0)).fill(NO_UNIT);
    for (const row of rows) codes[row] = codeOf(level, name === "buildings" ? rowIn(level, row) : row);
    set.customShader.setUniform("u_codes", table(codes));
    if (name !== "buildings") return;
    const blocks = level === "block" && data.names.block ? data.names.block.rows : [];
    const masses = new Uint8Array(blocks.reduce((most, row) => Math.max(most, row + 1), 0)).fill(NO_UNIT);
    for (const row of blocks) masses[row] = codeOf("block", row);
    set.customShader.setUniform("u_masses", table(masses));
  }
  const chosen = (level, row) => state.unit && state.unit.level === level && data.names[level].rows[state.unit.at] === row;
  function pale(parts, level, row) {
    if (!state.unit) return parts;
    if (chosen(level, row)) return active() ? parts : parts.map((part, at) => Math.round(0.4 * part + 0.6 * ACCENT[at]));
    if (!active()) return parts;
    return parts.map((part, at) => Math.round(0.45 * part + 0.55 * ROOF[at]));
  }
  function paint() {
    const shown = active();
    const level = shown ? shown.level : state.unit ? state.unit.level : "building";
    for (const [name, set] of Object.entries(sets)) {
      const style = new Cesium.Cesium3DTileStyle();
      if (PLAIN[name]) style.color = { evaluateColor: (f, out) => Cesium.Color.fromCssColorString(PLAIN[name], out) };
      else if (name === "buildings") style.color = { evaluateColor: (f, out) => {
        const row = f.getProperty("row"), mass = f.getProperty("massing") === 1;
        const own = mass ? (level === "block" ? row : -1) : rowIn(level, row);
        const mark = state.unit && (mass ? (state.unit.level === "block" ? row : -1) : rowIn(state.unit.level, row));
        return Cesium.Color.clone(css(pale(worn(level, own, true), state.unit ? state.unit.level : level, mark)), out); } };
      else style.color = { evaluateColor: (f, out) => {
        const row = f.getProperty("row");
        return Cesium.Color.clone(css(pale(worn(name, row), state.unit ? state.unit.level : name, row)), out); } };
      set.show = !!PLAIN[name] || name === "buildings" || (!!shown && shown.level === name);
      set.style = style;
      hatch(name, set);
    }
    scene.requestRender();
  }

  function el(tag, text, more) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    return Object.assign(made, more || {});
  }
  function drawHead() {
    const stop = data.stops[state.stop] || {};
    const city = told(data.city), title = told(data.title);
    $("title").textContent = title.startsWith(city) ? title : `${city} · ${title}`;
    document.title = $("title").textContent;
    const year = column(), shown = active();
    $("about").textContent = shown && year ? `${told(shown.name)} · ${state.year}${words().year} · ${words().period} ${year.period} · ${words().source} ${year.sources.slice(0, 3).map(told).join("; ")}` : "";
    $("overlay").replaceChildren(el("option", words().none, { value: "-1" }),
      ...data.overlays.map((item, at) => el("option", `${told(item.name)}（${item.level}）`, { value: String(at) })));
    $("overlay").value = String(state.overlay);
    $("years").replaceChildren(...(shown ? Object.keys(shown.years) : []).map((value) => {
      const made = el("button", value, { onclick: () => set({ year: value }) });
      made.setAttribute("aria-pressed", String(value === String(state.year)));
      made.dataset.year = value;
      return made; }));
    $("tongue").textContent = state.language === "zh" ? "EN" : "中文";
    $("story").hidden = !(stop.caption || data.stops.length > 1);
    $("stop").textContent = told(stop.title);
    $("words").textContent = told(stop.caption);
    $("count").textContent = `${state.stop + 1} / ${data.stops.length}`;
    $("play").textContent = state.playing ? "❚❚" : "▶";
    for (const id of ["before", "next", "play", "count"]) $(id).hidden = data.stops.length < 2;
  }
  function drawLegend() {
    const shown = active(), year = column();
    $("legend").hidden = !shown;
    if (!shown) return;
    const rows = [el("b", `${told(shown.name)}${told(shown.unit) ? ` (${told(shown.unit)})` : ""}`)];
    const add = (label, parts, count, state) => {
      const row = el("div"), mark = el("i");
      if (state) mark.className = state;
      else mark.style.background = `rgb(${parts.join(",")})`;
      row.append(mark, el("span", label), el("span", String(count)));
      rows.push(row); };
    const counts = new Map();
    for (const code of year ? year.codes : []) counts.set(code, (counts.get(code) || 0) + 1);
    shown.classes.forEach((item, at) => add(told(item.label), rgb(item.color), counts.get(at) || 0));
    for (const [code, label, name] of data.states) if (counts.get(code)) add(told(label), STATE, counts.get(code), name);
    $("legend").replaceChildren(...rows);
  }
  function valueOf(item, year, level, at) {
    const code = item.years[year].codes[at], value = item.years[year].values[at];
    if (value !== null) return `${value.toLocaleString(state.language)} ${told(item.unit)}`;
    const found = data.states.find(([number]) => number === code);
    return found ? told(found[1]) : "—";
  }
  function drawUnit() {
    $("unit").hidden = !state.unit;
    if (!state.unit) return;
    const { level, at } = state.unit, list = data.names[level];
    $("name").textContent = list.names[at][state.language === "zh" ? 0 : 1];
    const facts = [el("p", list.ids[at])], table = el("table");
    for (const item of data.overlays.filter((one) => one.level === level))
      for (const year of Object.keys(item.years)) {
        const row = el("tr");
        row.append(el("td", `${told(item.name)} ${year}`), el("td", valueOf(item, year, level, at)));
        table.append(row);
      }
    facts.push(table);
    for (const item of data.problems.filter((one) => one.unit === list.ids[at]).slice(0, 8)) {
      const card = el("article");
      card.append(el("b", `${told(item.title)} ${item.year}`), el("div", told(item.why)),
        el("div", item.people ? `${words().people} ${data.manifest.redaction === "public" ? words().about : ""}${item.people.toLocaleString()} ${words().person}` : ""));
      facts.push(card);
    }
    $("facts").replaceChildren(...facts);
  }
  function drawFoot() {
    const m = data.manifest;
    $("foot").replaceChildren(...(data.synthetic ? [el("b", `${words().synthetic} · `)] : []),
      el("span", [data.attribution.join("; "), `${words().made} ${m.publication.id || ""} ${m.published}`, words().level[m.redaction], `${words().digest} ${m.digest.slice(0, 12)}`, `CIM Twin ${m.version} · CesiumJS`].filter(Boolean).join(" · ")));
  }
  function draw() { drawHead(); drawLegend(); drawUnit(); drawFoot(); }
  function set(patch) { Object.assign(state, patch); paint(); draw(); }

  function look(view) {
    if (!view) return scene.camera.viewBoundingSphere(home, new Cesium.HeadingPitchRange(0, -0.6, home.radius * 1.6));
    scene.camera.setView({ destination: Cesium.Cartesian3.fromDegrees(view.lon, view.lat, view.height),
      orientation: { heading: Cesium.Math.toRadians(view.heading || 0), pitch: Cesium.Math.toRadians(view.pitch ?? -45), roll: 0 } });
  }
  function go(number) {
    const stop = data.stops[number], want = stop.overlay;
    const at = want ? data.overlays.findIndex((o) => o.system === want.system && o.indicator === want.indicator && o.level === want.level) : -1;
    const years = at >= 0 ? Object.keys(data.overlays[at].years) : [];
    const year = want && years.includes(String(want.year)) ? String(want.year) : years[years.length - 1];
    look(stop.view);
    set({ stop: number, overlay: at, year, unit: byId.get(stop.selection) || null });
  }
  function play() {
    clearTimeout(state.playing);
    state.playing = setTimeout(() => { go((state.stop + 1) % data.stops.length); play(); }, 1000 * (data.stops[state.stop].duration || 8));
    drawHead();
  }
  function pause() { clearTimeout(state.playing); state.playing = 0; drawHead(); }
  function pickAt(x, y) {
    const found = scene.pick(new Cesium.Cartesian2(x, y), 5, 5);
    if (!found || !found.getProperty) return null;
    const name = Object.keys(sets).find((key) => sets[key] === found.tileset), row = found.getProperty("row");
    const level = active() ? active().level : data.names.building ? "building" : "block";
    let own = row;
    if (name === "buildings") own = found.getProperty("massing") === 1 ? (level === "block" ? row : -1) : rowIn(level, row);
    else if (name !== level) return null;
    const at = places[level] ? places[level].get(own) : undefined;
    return at === undefined ? null : { level, at };
  }
  $("overlay").onchange = (event) => {
    const at = Number(event.target.value), years = at >= 0 ? Object.keys(data.overlays[at].years) : [];
    set({ overlay: at, year: years.includes(String(state.year)) ? state.year : years[years.length - 1] }); };
  $("tongue").onclick = () => { document.documentElement.lang = state.language = state.language === "zh" ? "en" : "zh"; draw(); };
  $("before").onclick = () => { pause(); go((state.stop + data.stops.length - 1) % data.stops.length); };
  $("next").onclick = () => { pause(); go((state.stop + 1) % data.stops.length); };
  $("play").onclick = () => (state.playing ? pause() : play());
  $("close").onclick = () => set({ unit: null });
  widget.canvas.addEventListener("pointerdown", () => { if (state.playing) pause(); });
  widget.screenSpaceEventHandler.setInputAction((click) => set({ unit: pickAt(click.position.x, click.position.y) }), Cesium.ScreenSpaceEventType.LEFT_CLICK);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") set({ unit: null });
    if (event.target === document.body && event.key === "ArrowRight" && data.stops.length > 1) $("next").click();
    if (event.target === document.body && event.key === "ArrowLeft" && data.stops.length > 1) $("before").click(); });
  go(0);
  window.__offline = { data, state, pickAt, set, go, scene, sets,
    get loaded() { return Object.values(sets).every((one) => !one.show || one.tilesLoaded); } };
})().catch((error) => { document.getElementById("about").textContent = String(error); window.__fault = String(error); });
