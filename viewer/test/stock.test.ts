import { describe, expect, it } from "vitest";
import type { City } from "../src/api.ts";
import { Client } from "../src/client.ts";
import { Stock, type Want } from "../src/stock.ts";
import { wishOf } from "../src/variant.ts";

const CITY = { model: "m" } as unknown as City;
const { signal } = new AbortController();
const plain = { show: null, classes: null };

function inside(codes: number[]) {
  const url = `data:application/octet-stream;base64,${btoa(String.fromCharCode(...codes))}`;
  return [{ url, dtype: "u8", length: codes.length, digest: "" }];
}

function overlay(level: string, codes: number[], more: object = {}) {
  return { level, model: "m", columns: inside(codes), masses: null, city: null, ...more };
}

function stockOf(answer: (url: string) => object): { stock: Stock; asked: string[] } {
  const asked: string[] = [];
  const client = new Client("", async (url) => {
    asked.push(url);
    return new Response(JSON.stringify(answer(url)));
  });
  return { stock: new Stock(client), asked };
}

function want(level: string, rows: number, code = "a"): Want {
  return { wish: wishOf(plain, code, { system: "S", level, year: 2025 }), rows };
}

const BUILDINGS = overlay("building", [0, 1, 2, 250], {
  masses: overlay("block", [1, 0]),
  city: { value: 7 },
});

describe("what the map wears", () => {
  it("costs one request, codes and masses and the city's value inside", async () => {
    const { stock, asked } = stockOf(() => BUILDINGS);
    const masses = want("block", 2);
    const [own, far] = await Promise.all([
      stock.fetch(CITY, want("building", 4), signal, masses),
      stock.fetch(CITY, masses, signal),
    ]);
    expect([...own.codes]).toEqual([0, 1, 2, 250]);
    expect([...far.codes]).toEqual([1, 0]);
    expect(far.info.city).toEqual({ value: 7 });
    expect(asked).toEqual(["/api/v1/overlays/a?system=S&year=2025&level=building&paint=true"]);
  });

  it("costs none when it was worn before", async () => {
    const { stock, asked } = stockOf(() => BUILDINGS);
    await stock.fetch(CITY, want("building", 4), signal, want("block", 2));
    await stock.fetch(CITY, want("block", 2), signal);
    await stock.fetch(CITY, want("building", 4), signal, want("block", 2));
    expect(asked).toHaveLength(1);
  });

  it("asks for the masses by themselves when they did not come along", async () => {
    const { stock, asked } = stockOf((url) =>
      url.includes("level=block") ? overlay("block", [1, 0]) : overlay("building", [0, 1, 2, 3]),
    );
    const masses = want("block", 2);
    const [, far] = await Promise.all([
      stock.fetch(CITY, want("building", 4), signal, masses),
      stock.fetch(CITY, masses, signal),
    ]);
    expect([...far.codes]).toEqual([1, 0]);
    expect(asked).toHaveLength(2);
  });

  it("keeps no text of codes that are read, and the last 32 overlays", async () => {
    const { stock, asked } = stockOf(() => overlay("block", [1, 0]));
    const first = await stock.fetch(CITY, want("block", 2, "a0"), signal);
    expect(first.info.columns[0]?.url).toBe("");
    for (let turn = 1; turn <= 32; turn += 1) {
      await stock.fetch(CITY, want("block", 2, `a${turn}`), signal);
    }
    await stock.fetch(CITY, want("block", 2, "a1"), signal);
    expect(asked).toHaveLength(33);
    await stock.fetch(CITY, want("block", 2, "a0"), signal);
    expect(asked).toHaveLength(34);
  });
});
