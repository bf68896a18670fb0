// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest";
import { DEFAULTS, formatState, mirrorToUrl, parseState, type State, Store } from "../src/state.ts";

const FULL: State = {
  system: "MOHURD-2023",
  indicator: "road_density",
  level: "block",
  year: 2025,
  selection: "block:JG-014/2",
  camera: { lon: 121.30123, lat: 37.50001, height: 4200, heading: 18, pitch: -36 },
  language: "en",
  theme: "dark",
  look: "neutral",
  base: "img.cia.FULL",
  desk: "whatif",
  category: "ecology",
  warning: "red",
  projectState: "overdue",
  wall: "4x8",
  scene: "tour",
  stop: 3,
  lens: "spots",
  show: "year-2022",
  classes: "at-10,20",
  palette: "viridis",
  solid: "prisms",
  find: '{"of":"all","args":[]}',
  picked: "block:1,block:2",
  projects: "PRJ-0001,PRJ%2C2",
  standards: "park_coverage:90",
  budget: 5000,
  tool: "section",
  toolSet: "h:80,y:2010",
  pin: "pub-1",
};

describe("state and URL", () => {
  it("comes back equal from its own query", () => {
    expect(parseState(formatState(FULL))).toEqual(FULL);
  });

  it("keeps keys it does not own and drops those that are empty", () => {
    const query = formatState({ ...DEFAULTS, year: 2024 }, "?quality=low&indicator=old");
    expect(query).toContain("quality=low");
    expect(query).toContain("year=2024");
    expect(query).not.toContain("indicator");
  });

  it("takes the default where a value cannot be read", () => {
    const state = parseState("?year=soon&camera=1,2&lang=fr&theme=pink&look=odd&level=<b>");
    expect(state).toEqual(DEFAULTS);
  });

  it("refuses a camera outside the earth", () => {
    expect(parseState("?camera=400,20,100,0,-40").camera).toBeNull();
    expect(parseState("?camera=120,36,NaN,0,-40").camera).toBeNull();
  });
});

describe("store", () => {
  it("tells listeners once a change, and not when nothing changed", () => {
    const store = new Store(DEFAULTS);
    const seen: (number | null)[] = [];
    store.subscribe((state) => seen.push(state.year));
    store.set({ year: 2025 });
    store.set({ year: 2025 });
    expect(seen).toEqual([2025]);
  });

  it("stops telling who left", () => {
    const store = new Store(DEFAULTS);
    let told = 0;
    const leave = store.subscribe(() => {
      told += 1;
    });
    leave();
    store.set({ year: 2025 });
    expect(told).toBe(0);
  });
});

describe("mirror to the URL", () => {
  beforeEach(() => window.history.replaceState(null, "", "/"));

  it("replaces for a year and pushes for a selection", () => {
    const store = new Store(DEFAULTS);
    const stop = mirrorToUrl(store, window);
    const before = window.history.length;
    store.set({ year: 2025 });
    expect(window.history.length).toBe(before);
    store.set({ selection: "block:7" });
    expect(window.history.length).toBe(before + 1);
    expect(window.location.search).toContain("unit=block:7");
    stop();
  });

  it("brings the selection back on the way back, and leaves the camera alone", async () => {
    const store = new Store(DEFAULTS);
    const stop = mirrorToUrl(store, window);
    store.set({ year: 2025 });
    store.set({ selection: "block:7" });
    const camera = { lon: 1, lat: 2, height: 3, heading: 4, pitch: -5 };
    store.set({ camera });
    const arrived = new Promise((done) =>
      window.addEventListener("popstate", done, { once: true }),
    );
    window.history.back();
    await arrived;
    expect(store.state.selection).toBeNull();
    expect(store.state.year).toBe(2025);
    expect(store.state.camera).toEqual(camera);
    stop();
  });
});
