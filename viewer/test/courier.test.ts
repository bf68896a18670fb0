/** Messages: only the listed origin of the real parent is heard, and only what is of this version. */
import { describe, expect, it } from "vitest";
import { Client } from "../src/client.ts";
import { Courier, originsOf, readMessage } from "../src/courier.ts";
import { hostRules } from "../src/panel/tokens.ts";
import { Session } from "../src/session.ts";
import { DEFAULTS, readPatch, Store } from "../src/state.ts";

const PARENT = "https://platform.example.cn";

function framed() {
  const sent: [Record<string, unknown>, string][] = [];
  const parent = {
    postMessage: (data: Record<string, unknown>, to: string) => sent.push([data, to]),
  };
  const listeners = new Set<(event: MessageEvent) => void>();
  const own = {
    parent,
    addEventListener: (_kind: string, listener: (event: MessageEvent) => void) =>
      listeners.add(listener),
    removeEventListener: (_kind: string, listener: (event: MessageEvent) => void) =>
      listeners.delete(listener),
  } as unknown as Window;
  const asked: (string | undefined)[] = [];
  const client = new Client("", (_url, init) => {
    asked.push(new Headers(init?.headers).get("authorization") ?? undefined);
    return Promise.resolve(new Response("{}", { status: 401 }));
  });
  const session = new Session(new Store({ ...DEFAULTS }), client);
  const courier = new Courier(session, () => null, [PARENT], own);
  courier.start();
  const say = async (data: unknown, origin = PARENT, source: unknown = parent) => {
    for (const listener of listeners) listener({ data, origin, source } as MessageEvent);
    await new Promise((done) => setTimeout(done, 0));
  };
  return { session, sent, say, courier, listeners, asked };
}

describe("a courier", () => {
  it("says hello to listed origins alone", () => {
    const { sent, courier, listeners } = framed();
    expect(sent).toEqual([[{ cimtwin: 1, type: "hello" }, PARENT]]);
    courier.stop();
    expect(listeners.size).toBe(0);
  });

  it("does not even look at strangers, siblings or other versions", async () => {
    const { session, say, sent } = framed();
    const wish = { cimtwin: 1, type: "set", id: 1, state: { level: "district" } };
    await say(wish, "https://platform.example.cn.evil.example");
    await say(wish, "null");
    await say(wish, PARENT, {});
    await say({ ...wish, cimtwin: 2 });
    await say("cimtwin");
    await say(null);
    expect(session.state.level).toBeNull();
    expect(sent.length).toBe(1);
    await say(wish);
    expect(session.state.level).toBe("district");
    expect(sent.at(-1)?.[0]).toMatchObject({ type: "state", id: 1 });
  });

  it("takes a pass by message, sends it as a header and says when it holds no longer", async () => {
    const { session, say, sent, asked } = framed();
    await say({ cimtwin: 1, type: "set", token: "twk_pass" });
    await new Promise((done) => setTimeout(done, 5));
    expect(asked).toContain("Bearer twk_pass");
    expect(sent.map(([data]) => data["code"])).toContain("expired");
    expect(JSON.stringify(sent)).not.toContain("twk_pass");
    expect(JSON.stringify(session.state)).not.toContain("twk_pass");
  });

  it("answers what it cannot do in words", async () => {
    const { say, sent } = framed();
    await say({ cimtwin: 1, type: "fly", to: "home", id: "a" });
    expect(sent.at(-1)?.[0]).toMatchObject({ type: "error", code: "refused", id: "a" });
    await say({ cimtwin: 1, type: "eval", id: "b" });
    expect(sent.at(-1)?.[0]).toMatchObject({ type: "error", code: "refused", id: "b" });
  });
});

describe("what others tell us", () => {
  it("is read as strictly as a URL", () => {
    expect(readPatch({ year: "2025; drop", level: "<b>", theme: "dark", evil: 1 })).toEqual({
      year: null,
      level: null,
      theme: "dark",
    });
    expect(readPatch({ year: 2025, camera: { lon: 1, lat: 2, height: 3 } })).toEqual({
      year: 2025,
      camera: { lon: 1, lat: 2, height: 3, heading: 0, pitch: -45 },
    });
    expect(readPatch({ camera: { lon: 1 }, language: "fr" })).toEqual({
      camera: null,
      language: "zh",
    });
    expect(readPatch("level=block")).toEqual({});
    expect(readMessage({ cimtwin: 1, type: 3 })).toBeNull();
  });

  it("names exact origins", () => {
    const told = { version: 1, origins: ["'self'", PARENT, "https://*.example.cn", "*"] };
    expect(originsOf(told, "https://twin.example.cn")).toEqual(["https://twin.example.cn", PARENT]);
  });
});

describe("tokens for pages of others", () => {
  it("are the page's own rules on the element itself", () => {
    const sheet =
      '/* a */ :root { --ink: #123; }\n:root[data-theme="dark"] { --ink: #fff; }\nhtml { margin: 0 }';
    expect(hostRules(sheet)).toBe(
      ':host { --ink: #123; }\n:host([data-theme="dark"]) { --ink: #fff; }',
    );
  });
});
