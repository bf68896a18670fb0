/** Rules of the house, read off the source itself. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { WORDS } from "../src/i18n.ts";

const { zh, en } = WORDS;
const SRC = join(import.meta.dirname, "..", "src");
const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".gen.ts"))
  .map((name) => name.replaceAll("\\", "/"));
const text = (name: string) => readFileSync(join(SRC, name), "utf8");
const code = (name: string) => text(name).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");

/** What stands between tags in html`…`, without the ${…} parts. */
function spoken(source: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let words = "";
  const stack: number[] = [];
  for (let i = 0; i < source.length; i += 1) {
    const inside = stack.length > 0 && depth === stack.at(-1);
    if (source.startsWith("html`", i)) {
      stack.push(depth);
      i += 4;
    } else if (inside && source[i] === "`") {
      stack.pop();
      out.push(words);
      words = "";
    } else if (inside && source.startsWith("${", i)) {
      depth += 1;
      i += 1;
      words += " ";
    } else if (source[i] === "{" && !inside) depth += 1;
    else if (source[i] === "}" && !inside) depth -= 1;
    else if (inside) words += source[i];
  }
  return out.map((part) => part.replace(/<!--[\s\S]*?-->/g, "").replace(/<[^>]*>/g, " "));
}

/** Ratios that Chinese writes without a unit. */
const NAMELESS = new Set(["unit.index", "unit.m2/m2"]);

describe("words", () => {
  it("exist in both languages under the same keys", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  });

  it("are never empty, save where a unit has no name", () => {
    for (const [key, value] of [...Object.entries(zh), ...Object.entries(en)]) {
      if (!NAMELESS.has(key)) expect(value, key).not.toBe("");
    }
  });

  it("name the same parameters in both languages", () => {
    const names = (value: string) => (value.match(/\{\w+\}/g) ?? []).sort();
    for (const key of Object.keys(zh)) {
      expect(names(en[key] ?? ""), key).toEqual(names(zh[key] ?? ""));
    }
  });

  it("stand once: no two files bring the same key", () => {
    const seen: string[] = [];
    for (const name of readdirSync(join(SRC, "i18n"), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".json") || name === "en.json") continue;
      seen.push(...Object.keys(JSON.parse(text(`i18n/${name}`)) as object));
    }
    expect(seen.filter((key, at) => seen.indexOf(key) !== at)).toEqual([]);
  });

  it("stay out of the code: no Chinese anywhere in it", () => {
    for (const name of FILES) expect(code(name).match(/[\u4e00-\u9fff]/), name).toBeNull();
  });

  it("stay out of the components: no text between tags", () => {
    for (const name of FILES.filter((file) => file.startsWith("panel/"))) {
      for (const part of spoken(code(name))) {
        expect(part.match(/[A-Za-z]{2,}/)?.[0] ?? null, `${name}: ${part.trim()}`).toBeNull();
      }
    }
  });

  it("stay out of attributes that are read aloud", () => {
    for (const name of FILES) {
      expect(code(name).match(/(aria-label|title|placeholder|alt)="[^"$]/), name).toBeNull();
    }
  });

  it("are there for every key written in the code", () => {
    for (const name of FILES) {
      for (const [, key] of code(name).matchAll(/\bt\(\s*"([a-z_]+\.[a-z_0-9]+)"/g)) {
        expect(Object.hasOwn(zh, key ?? ""), `${name}: ${key}`).toBe(true);
      }
    }
  });
});

describe("layers", () => {
  it("let four files and one folder know Cesium, and no other", () => {
    const knowing = FILES.filter((name) => /from "(cesium|@cesium\/)/.test(code(name))).sort();
    const outside = knowing.filter((name) => !name.startsWith("earth/"));
    expect(outside).toEqual(["city.ts", "globe.ts", "overlay.ts", "pick.ts"]);
  });

  it("keep the engine out of the panels, save through the stage", () => {
    for (const name of FILES.filter((file) => file.startsWith("panel/"))) {
      expect(
        code(name).match(/from "(\.\.\/)+(globe|city|overlay|pick|earth\/\w+)\.ts"/),
        name,
      ).toBeNull();
    }
  });

  it("write no address of another host", () => {
    for (const name of FILES) {
      const hosts = code(name).match(/https?:\/\/(?!www\.w3\.org)[\w.-]+/g);
      expect(hosts, name).toBeNull();
    }
  });

  it("keep files short", () => {
    for (const name of FILES) expect(text(name).split("\n").length, name).toBeLessThan(400);
  });
});
