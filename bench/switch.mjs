// Client CPU of switching an indicator on a million rows: ours (the viewer's own modules) and the
// way it is usually done (JSON by id, a Map, a style evaluated per feature).
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , folder, viewer] = process.argv;
const require = createRequire(`${viewer}/package.json`);
const ts = require("typescript");
const source = readFileSync(`${viewer}/src/lut.ts`, "utf8");
const compiled = ts.transpileModule(source, {
  compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
});
writeFileSync(`${folder}/lut.mjs`, compiled.outputText);
const lut = await import(pathToFileURL(`${folder}/lut.mjs`).href);

const cpu = (work) => {
  const before = process.cpuUsage();
  const kept = work();
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1000, kept };
};

const raw = readFileSync(`${folder}/smooth.u8`);
const blocks = readFileSync(`${folder}/blocks.u8`);
const parents = readFileSync(`${folder}/parents.u32`);
const text = readFileSync(`${folder}/values.json`, "utf8");
const buffer = (b) => b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength);
const info = (dtype, length) => ({ url: "", dtype, length, digest: "" });
const rows = raw.length;

const own = () => {
  const codes = lut.decodeCodes(buffer(raw), info("u8", rows), rows);
  return lut.packTexture(codes, 255).bytes[rows - 1];
};
const parentRows = lut.decodeParents(buffer(parents), info("u32", rows), rows);
const viaBlocks = () => {
  const codes = lut.decodeCodes(buffer(blocks), info("u8", blocks.length), blocks.length);
  return lut.packTexture(lut.composeCodes(codes, parentRows), 255).bytes[rows - 1];
};
const ids = JSON.parse(readFileSync(`${folder}/ids.json`, "utf8"));
const usual = () => {
  const values = new Map(Object.entries(JSON.parse(text)));
  const breaks = [20, 40, 60, 80];
  const out = new Uint32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const value = values.get(ids[row]);
    let k = 0;
    while (k < breaks.length && value >= breaks[k]) k += 1;
    out[row] = 0xff000000 | (k * 0x10101);
  }
  return out[rows - 1];
};

const rounds = { own: [], viaBlocks: [], usual: [] };
for (let round = 0; round < 5; round += 1) {
  rounds.own.push(cpu(own).ms);
  rounds.viaBlocks.push(cpu(viaBlocks).ms);
  rounds.usual.push(cpu(usual).ms);
}
console.log(JSON.stringify(rounds));
