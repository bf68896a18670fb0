/**
 * Builds attach() for hosts with a Cesium of their own: static/attach/cim-twin.js (module, "cesium"
 * stays an import) and cim-twin.umd.js (global CIMTwin, takes globalThis.Cesium). Runs after
 * vite.config.ts, whose static/ it adds to.
 */
import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import { defineConfig, type Plugin } from "vite";

const here = import.meta.dirname ?? dirname(new URL(import.meta.url).pathname);

function copyTypes(): Plugin {
  return {
    name: "copy-types",
    closeBundle() {
      cpSync(join(here, "types", "cim-twin.d.ts"), join(here, "static", "attach", "cim-twin.d.ts"));
    },
  };
}

export default defineConfig(({ mode }) => {
  const script = mode === "script";
  return {
    base: "./",
    publicDir: false,
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: script ? [] : [copyTypes()],
    build: {
      outDir: "static/attach",
      emptyOutDir: false,
      target: "es2022",
      chunkSizeWarningLimit: 2000,
      lib: {
        entry: "src/attach.ts",
        name: "CIMTwin",
        formats: [script ? "umd" : "es"],
        fileName: () => (script ? "cim-twin.umd.js" : "cim-twin.js"),
      },
      rollupOptions: {
        external: ["cesium"],
        output: script
          ? { globals: { cesium: "Cesium" }, codeSplitting: false }
          : { chunkFileNames: "parts/[name]-[hash].js" },
      },
    },
  };
});
