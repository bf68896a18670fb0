/** The plain half of the tools: figures against published or independent ones. */
import { JulianDate, Matrix3, Simon1994PlanetaryPositions, Transforms } from "cesium";
import { describe, expect, it } from "vitest";
import { packGround } from "../src/lut.ts";
import { DEFAULTS } from "../src/state.ts";
import { tallFilter } from "../src/tools/buildings.ts";
import {
  areaOf,
  earthFixed,
  groundDistance,
  spaceDistance,
  travelled,
} from "../src/tools/geodesy.ts";
import { type NotGeoJson, notesAsGeoJson, readGeoJson } from "../src/tools/geojson.ts";
import { isTemplate, kindOfAddress, wmsAddress, wmtsTiles } from "../src/tools/maps.ts";
import { hullOf, inside, plannedFigures, prismsOf } from "../src/tools/massing.ts";
import { keepNotes, readNotes } from "../src/tools/notes.ts";
import { policySources, verdict } from "../src/tools/policy.ts";
import { sceneOf } from "../src/tools/route.ts";
import { numberOf, readSettings, writeSettings } from "../src/tools/settings.ts";
import { instantOf, shadowPerMetre, sunAt, zoneOf } from "../src/tools/sun.ts";
import { ringsAround, shareSeen } from "../src/tools/viewshed.ts";

const at = (lon: number, lat: number, height = 0) => ({ lon, lat, height });

describe("lengths and areas", () => {
  // pyproj 3.7: Geod(ellps="WGS84").inv / polygon_area_perimeter
  it("agree with PROJ on the ellipsoid", () => {
    expect(groundDistance(at(121.3, 37.5), at(121.31, 37.51))).toBeCloseTo(1419.0193649583, 6);
    const ring = [at(121.27, 37.48), at(121.31, 37.485), at(121.305, 37.51), at(121.275, 37.505)];
    expect(areaOf(ring)).toBeCloseTo(8587825.317519188, 4);
    expect(areaOf([...ring].reverse())).toBeCloseTo(8587825.317519188, 4);
  });

  it("measure straight through space", () => {
    expect(spaceDistance(at(121, 37, 0), at(121, 37, 80))).toBeCloseTo(80, 6);
    expect(Math.hypot(...earthFixed(at(0, 90)))).toBeCloseTo(6356752.314245, 4);
  });

  it("come back from where they went", () => {
    expect(groundDistance(at(121, 37), travelled(at(121, 37), 73, 900))).toBeCloseTo(900, 6);
  });
});

describe("the sun", () => {
  it("stands where the engine's planetary theory puts it, save for the precession since its year 2000", () => {
    for (const [date, hour] of [
      ["2025-12-21", 9],
      ["2025-06-21", 15.5],
      ["2024-03-20", 12],
    ] as const) {
      const instant = instantOf(date, hour, 8);
      const time = JulianDate.fromDate(instant);
      const sky = Simon1994PlanetaryPositions.computeSunPositionInEarthInertialFrame(time);
      const turn = Transforms.computeTemeToPseudoFixedMatrix(time);
      const fixed = Matrix3.multiplyByVector(turn as Matrix3, sky, sky);
      const [l, p] = [(121.3 * Math.PI) / 180, (37.5 * Math.PI) / 180];
      const up = [Math.cos(p) * Math.cos(l), Math.cos(p) * Math.sin(l), Math.sin(p)] as const;
      const far = Math.hypot(fixed.x, fixed.y, fixed.z);
      const sine = (fixed.x * up[0] + fixed.y * up[1] + fixed.z * up[2]) / far;
      const altitude = (Math.asin(sine) * 180) / Math.PI;
      expect(Math.abs(sunAt(instant, 121.3, 37.5).altitude - altitude)).toBeLessThan(0.36);
    }
  });

  it("stands due south at noon and throws no shadow at night", () => {
    expect(zoneOf(121.3)).toBe(8);
    const noon = sunAt(instantOf("2025-12-21", 11.87, 8), 121.3, 37.5);
    expect(noon.azimuth).toBeCloseTo(180, 0);
    expect(noon.altitude).toBeCloseTo(90 - 37.5 - 23.44, 1);
    expect(shadowPerMetre({ azimuth: 0, altitude: 45 })).toBeCloseTo(1, 9);
    expect(shadowPerMetre(sunAt(instantOf("2025-12-21", 2, 8), 121.3, 37.5))).toBeNull();
  });
});

describe("what a tool is set to", () => {
  it("comes back from the URL, and nonsense is left out", () => {
    expect(readSettings(writeSettings({ h: "80", at: "121.3~37.5" }))).toEqual({
      h: "80",
      at: "121.3~37.5",
    });
    expect(readSettings("h:80,<b>:1,y:,x")).toEqual({ h: "80" });
    expect(writeSettings({})).toBeNull();
    expect(numberOf({ h: "9e9" }, "h", 80, [0, 250])).toBe(250);
    expect(numberOf({ h: "much" }, "h", 80, [0, 250])).toBe(80);
  });
});

describe("GeoJSON of others", () => {
  const polygon = (ring: number[][]) => ({ type: "Polygon", coordinates: [ring] });
  const square = [
    [121, 37],
    [121.001, 37],
    [121.001, 37.001],
    [121, 37.001],
    [121, 37],
  ];

  it("is read with its name as plain words, or refused with a reason", () => {
    const [one] = readGeoJson(
      JSON.stringify({ type: "Feature", geometry: polygon(square), properties: { name: "<b>x" } }),
    );
    expect(one).toMatchObject({ kind: "area", name: "<b>x" });
    const reason = (text: string) => {
      try {
        readGeoJson(text);
      } catch (error) {
        return (error as NotGeoJson).reason;
      }
      return null;
    };
    expect(reason("{")).toBe("json");
    expect(reason('{"type":"Nothing"}')).toBe("shape");
    expect(reason('{"type":"FeatureCollection","features":[]}')).toBe("empty");
    expect(
      reason(
        JSON.stringify(
          polygon([
            [622849, 4157350],
            [1, 2],
            [3, 4],
          ]),
        ),
      ),
    ).toBe("degrees");
  });

  it("gives a massing its figures, and counts what has no height", () => {
    const feature = (properties: object) => ({
      type: "Feature",
      geometry: polygon(square),
      properties,
    });
    const text = JSON.stringify({
      type: "FeatureCollection",
      features: [feature({ height: 30 }), feature({ floors: "4" }), feature({})],
    });
    const { prisms, left } = prismsOf(readGeoJson(text));
    const area = areaOf(square.slice(0, 4).map(([lon = 0, lat = 0]) => ({ lon, lat })));
    const figures = plannedFigures(prisms);
    expect(left).toBe(1);
    expect(figures.volume).toBeCloseTo(area * 42, 3);
    expect(figures.floorArea).toBeCloseTo(area * 14, 3);
    const hull = hullOf(prisms);
    expect(hull).toHaveLength(4);
    expect([inside(hull, at(121.0005, 37.0005)), inside(hull, at(121.002, 37))]).toEqual([
      true,
      false,
    ]);
  });
});

describe("notes", () => {
  it("are kept a city, and anything unreadable is left out", () => {
    const kept = new Map<string, string>();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    } as unknown as Storage;
    const note = { id: "1", text: "<i>", at: at(121, 37, 5) };
    expect(keepNotes("a", [note], store)).toBe(true);
    expect(readNotes("a", store)).toEqual([note]);
    expect(readNotes("b", store)).toEqual([]);
    kept.set("cim-twin-notes/b", '[{"id":1},"x"]');
    expect(readNotes("b", store)).toEqual([]);
    const saved = JSON.parse(notesAsGeoJson([note])) as { features: { properties: object }[] };
    expect(saved.features[0]?.properties).toEqual({ name: "<i>" });
  });
});

describe("foreign layers", () => {
  const policy = "default-src 'self'; connect-src 'self' data: https://tiles.example.org *.map.cn";

  it("come from the page's own origin and from hosts that its policy names", () => {
    const sources = policySources(policy);
    const judge = (address: string) => verdict(address, "http://here:8080/?x", sources);
    expect(judge("/tiles/a.json")).toBe("ok");
    expect(judge("https://tiles.example.org/a")).toBe("ok");
    expect(judge("https://t0.map.cn/wmts")).toBe("ok");
    expect(judge("http://tiles.example.org/a")).toBe("host");
    expect(judge("https://tiles.example.org.evil.net/a")).toBe("host");
    expect(judge("http://here:9090/")).toBe("host");
    expect(judge("javascript:alert(1)")).toBe("scheme");
    expect(verdict("https://tiles.example.org/a", "http://here/", [])).toBe("host");
  });

  it("are told apart by their addresses", () => {
    expect(kindOfAddress("https://a/{z}/{x}/{y}.png")).toBe("wmts");
    expect(kindOfAddress("https://a/geoserver/wms?service=WMS")).toBe("wms");
    expect(kindOfAddress("/ogc/collections/block/items")).toBe("geojson");
    expect(kindOfAddress("https://a/tileset.json")).toBe("tiles3d");
    expect(isTemplate("https://a/{TileMatrix}/{TileRow}/{TileCol}")).toBe(true);
  });

  it("ask for pictures that cover the city", () => {
    const box = { west: 121.26, south: 37.48, east: 121.33, north: 37.52 };
    const url = new URL(wmsAddress("https://a/wms?layers=old", "roads", box, [512, 256]));
    expect(url.searchParams.get("BBOX")).toBe("121.26,37.48,121.33,37.52");
    expect(url.searchParams.has("layers")).toBe(false);
    for (const template of ["https://a/{z}/{y}/{x}", "https://a/img_c/{z}/{y}/{x}"]) {
      const tiles = wmtsTiles(template, box);
      expect(tiles.length).toBeGreaterThan(8);
      expect(tiles.length).toBeLessThanOrEqual(48);
      expect(Math.min(...tiles.map((tile) => tile.box.west))).toBeLessThanOrEqual(box.west);
      expect(Math.max(...tiles.map((tile) => tile.box.east))).toBeGreaterThanOrEqual(box.east);
      expect(Math.max(...tiles.map((tile) => tile.box.north))).toBeGreaterThanOrEqual(box.north);
      expect(Math.min(...tiles.map((tile) => tile.box.south))).toBeLessThanOrEqual(box.south);
    }
  });
});

describe("the rest", () => {
  it("weighs the points of a viewshed so that the whole disc is one", () => {
    const points = ringsAround(at(121, 37), 300, 36);
    expect(points).toHaveLength(324);
    expect(points.reduce((sum, point) => sum + point.weight, 0)).toBeCloseTo(1, 9);
    const judged = points.map((point) => ({
      at: point,
      weight: point.weight,
      seen: point.lat > 37,
    }));
    expect(shareSeen(judged)).toBeCloseTo(0.5, 1);
    expect(shareSeen([])).toBeNull();
  });

  it("packs grounds so that the shader reads centimetres", () => {
    const bytes = packGround(
      3,
      new Map([
        [1, 25.36],
        [9, 1],
      ]),
    );
    const [r = 0, g = 0, b = 0, a = 0] = bytes.subarray(4, 8);
    expect((r * 65536 + g * 256 + b) / 100 - 1000).toBeCloseTo(25.36, 6);
    expect([a, bytes[3], bytes[11]]).toEqual([255, 0, 0]);
  });

  it("filters in the API's words", () => {
    expect(tallFilter(80, 2010)).toBe("height > 80 AND year_built >= 2010");
  });

  it("records a route as a scene", () => {
    const pose = { lon: 121.3, lat: 37.5, height: 900, heading: 20, pitch: -40 };
    const scene = sceneOf("r", "Route", [{ pose, title: "1" }], 5, {
      ...DEFAULTS,
      system: "S",
      indicator: "i",
      level: "block",
      year: 2025,
    });
    expect(scene).toEqual({
      name: "r",
      title: { zh: "Route", en: "Route" },
      duration: 5,
      overlay: { system: "S", indicator: "i", level: "block", year: 2025 },
      stops: [{ title: { zh: "1", en: "1" }, view: pose }],
    });
  });
});
