import { beforeEach, describe, expect, it } from "vitest";
import type { SceneDocument } from "../src/api.ts";
import { freeName, type Stop, stopOf, stopsOf } from "../src/scenes.ts";
import { DEFAULTS, type State } from "../src/state.ts";
import { type Guide, IDLE, Tour } from "../src/tour.ts";

const words = (text: string) => ({ zh: text, en: text });
const scene: SceneDocument = {
  name: "t",
  title: words("tour"),
  page: { look: "neutral" },
  overlay: { system: "S", indicator: "park", level: "block", year: 2024 },
  stops: [
    { title: words("one"), view: { lon: 1, lat: 2, height: 3, heading: 4, pitch: -40 } },
    { title: words("two"), selection: "block:K1", duration: 3 },
    { title: words("three"), overlay: { system: "S", indicator: "road", level: "district" } },
  ],
};

describe("a scene and the state", () => {
  it("give each stop what the scene says for all, and its own words over it", () => {
    const stops = stopsOf(scene);
    expect(stops.map((stop) => stop.patch.indicator)).toEqual(["park", "park", "road"]);
    expect(stops.map((stop) => stop.patch.look)).toEqual(["neutral", "neutral", "neutral"]);
    expect(stops.map((stop) => stop.duration)).toEqual([8, 3, 8]);
    expect(stops[1]?.patch.selection).toBe("block:K1");
    expect(stops[0]?.patch.selection).toBeNull();
    expect(stops[0]?.view?.pitch).toBe(-40);
  });

  it("are one stop where the scene is a single view, and plain where nothing is painted", () => {
    const [only, ...rest] = stopsOf({ name: "x", title: words("x") });
    expect(rest).toEqual([]);
    expect(only?.patch.indicator).toBe("none");
    expect(only?.patch.lens).toBeNull();
  });

  it("come back as they went", () => {
    const state: State = {
      ...DEFAULTS,
      look: "neutral",
      lens: "piles",
      selection: "block:K1",
      camera: { lon: 1.1234567, lat: 2, height: 3.04, heading: 4, pitch: -40 },
    };
    const shown = { system: "S", indicator: "park", level: "block", year: 2024 };
    const kept = stopOf(state, shown, { title: words("here"), caption: null, duration: 5 });
    const [stop] = stopsOf({ name: "x", title: words("x"), stops: [kept] });
    expect(stop?.patch).toMatchObject({ ...shown, look: "neutral", lens: "piles" });
    expect(stop?.patch.selection).toBe("block:K1");
    expect(stop?.view).toEqual({ lon: 1.123457, lat: 2, height: 3, heading: 4, pitch: -40 });
    expect(stop?.duration).toBe(5);
  });

  it("take a free name", () => {
    expect(freeName("Parks & Schools", new Set())).toBe("parks-schools");
    expect(freeName("公园", new Set(["scene"]))).toBe("scene-2");
  });
});

describe("a tour", () => {
  let shown: string[];
  let timers: { act: () => void; seconds: number }[];
  let reach: boolean;
  let guide: Guide;
  beforeEach(() => {
    shown = [];
    timers = [];
    reach = true;
    guide = {
      show: (stop: Stop) => {
        shown.push(stop.title.en);
        return Promise.resolve(reach);
      },
      changed: () => {},
      later: (act, seconds) => timers.push({ act, seconds }),
      cancel: () => timers.pop(),
    };
  });
  const pass = async () => {
    await Promise.resolve();
    timers.pop()?.act();
    await Promise.resolve();
  };

  it("plays from stop to stop and ends", async () => {
    const tour = new Tour(stopsOf(scene), guide);
    tour.play();
    await pass();
    await pass();
    await pass();
    expect(shown).toEqual(["one", "two", "three"]);
    expect(tour.going).toBe("ended");
    tour.play();
    expect(shown.at(-1)).toBe("one");
  });

  it("starts again where it loops", async () => {
    const tour = new Tour(stopsOf(scene), guide, true);
    tour.play();
    for (let i = 0; i < 4; i += 1) await pass();
    expect(shown).toEqual(["one", "two", "three", "one", "two"]);
  });

  it("yields to a hand, and goes on alone only where it loops", async () => {
    const tour = new Tour(stopsOf(scene), guide, true);
    tour.play();
    await Promise.resolve();
    tour.touched();
    expect(tour.going).toBe("yielded");
    expect(timers.at(-1)?.seconds).toBe(IDLE);
    await pass();
    expect(tour.going).toBe("playing");
    tour.loop = false;
    tour.touched();
    expect(tour.going).toBe("paused");
    expect(timers).toEqual([]);
  });

  it("takes a broken flight for a hand", async () => {
    reach = false;
    const tour = new Tour(stopsOf(scene), guide);
    tour.play();
    await Promise.resolve();
    await Promise.resolve();
    expect(tour.going).toBe("paused");
  });

  it("steps while it rests, and not beyond its ends", () => {
    const tour = new Tour(stopsOf(scene), guide);
    tour.go(2);
    tour.go(3);
    tour.go(-1);
    expect(shown).toEqual(["three"]);
    expect(tour.going).toBe("paused");
  });
});
