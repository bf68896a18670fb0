/** Builds the page into static/ and lays the parts of Cesium that it fetches at run time beside it. */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { defineConfig, type Plugin } from "vitest/config";

const here = import.meta.dirname ?? dirname(new URL(import.meta.url).pathname);
const modules = join(here, "node_modules");
const cesium = join(modules, "cesium", "Build", "Cesium");

/** What a page without ion, imagery, sky box or KML really asks for. */
const NEEDED = [
  "Workers",
  "Assets/IAU2006_XYS",
  "Assets/approximateTerrainHeights.json",
  "ThirdParty/draco_decoder.wasm",
  "ThirdParty/basis_transcoder.wasm",
];

/** What a scene that is exported takes along (`cimtwin scene export`); no page of ours loads it. */
const TAKEN_ALONG = ["Cesium.js", "Widgets/widgets.css"];

/** Bytes that CesiumJS may add to what is installed: a version that brings more is looked at first. */
const MOST_BYTES = 14_000_000;

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

const LICENCES: [string, string][] = [
  ["cesium/LICENSE.md", "cesium.md"],
  ["@fontsource-variable/inter/LICENSE", "inter.txt"],
  ["lit/LICENSE", "lit.txt"],
  ["echarts/LICENSE", "echarts.txt"],
  ["geographiclib-geodesic/LICENSE.txt", "geographiclib.txt"],
];

function copyRuntime(): Plugin {
  return {
    name: "copy-runtime",
    apply: "build",
    closeBundle() {
      const out = resolve(here, "static");
      rmSync(join(out, "cesium"), { recursive: true, force: true });
      for (const part of [...NEEDED, ...TAKEN_ALONG]) {
        cpSync(join(cesium, part), join(out, "cesium", part), { recursive: true });
      }
      const size = bytesIn(join(out, "cesium"));
      if (size > MOST_BYTES) throw new Error(`CesiumJS takes ${size} bytes, at most ${MOST_BYTES}`);
      mkdirSync(join(out, "licences"), { recursive: true });
      for (const [from, to] of LICENCES) {
        const file = join(modules, from);
        if (existsSync(file)) cpSync(file, join(out, "licences", to));
      }
    },
  };
}

const server = process.env["CIM_SERVER"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "./",
  plugins: [copyRuntime()],
  build: {
    outDir: "static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 6000,
    modulePreload: { polyfill: false },
    rollupOptions: {
      // the page, and the element for pages of others, which share all but their first lines
      input: { index: resolve(here, "index.html"), element: resolve(here, "src/element.ts") },
      preserveEntrySignatures: "exports-only",
      output: {
        entryFileNames: (chunk) =>
          chunk.name === "element" ? "attach/element.js" : "assets/[name]-[hash].js",
      },
    },
  },
  server: { proxy: { "/api": server, "/tiles": server, "/basemaps": server, "/columns": server } },
  test: { include: ["test/**/*.test.ts"] },
});
