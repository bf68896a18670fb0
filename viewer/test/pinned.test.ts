// @vitest-environment jsdom
/** A pinned link: what it carries, and what the page says when the city was published anew. */
import { beforeAll, describe, expect, it } from "vitest";
import type { City } from "../src/api.ts";
import { Client } from "../src/client.ts";
import { PinnedNote } from "../src/panel/pinned.ts";
import { linkOf } from "../src/pinned.ts";
import { Session } from "../src/session.ts";
import { DEFAULTS, parseState, type State, Store } from "../src/state.ts";

const CHANGED = { added: 12, removed: 3, moved: 0, changed: 1 };

function sessionOf(state: Partial<State>, figures = true, total = CHANGED, status = 200) {
  const asked: string[] = [];
  const client = new Client("", (url) => {
    asked.push(url);
    const body = url.includes("/changes")
      ? { total, figures }
      : { items: [{ id: "old", created: "2026-03-01T08:00:00Z" }], total: 1, next: null };
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  const session = new Session(new Store({ ...DEFAULTS, language: "en", ...state }), client);
  session.city.value = { publication: { id: "new" } } as City;
  return { session, asked };
}

async function shown(session: Session): Promise<string> {
  const note = document.createElement("cim-pinned") as PinnedNote;
  note.session = session;
  document.body.append(note);
  await note.updateComplete;
  await new Promise((done) => setTimeout(done, 20));
  await note.updateComplete;
  return [...note.renderRoot.querySelectorAll(".note")]
    .map((part) => part.textContent)
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}

beforeAll(() => customElements.define("cim-pinned", PinnedNote));

describe("a link", () => {
  it("carries the whole view, the publication, and neither frame nor pass", () => {
    const { session } = sessionOf({ level: "block", selection: "block:7", find: "{}" });
    session.client.token = "twk_secret";
    session.standing.framed = true;
    const link = linkOf(session, "https://twin.example.cn/?embed=1&level=district#a");
    const query = new URL(link).search;
    expect(new URL(link).origin).toBe("https://twin.example.cn");
    expect(parseState(query)).toEqual({ ...session.state, pin: "new" });
    expect(link).not.toMatch(/embed|twk_secret|#/);
    session.client.base = "https://cim.example.cn";
    expect(linkOf(session, "https://other.example.cn/x")).toMatch(
      /^https:\/\/cim\.example\.cn\/\?/,
    );
  });
});

describe("the note of a pinned link", () => {
  it("tells what was published since, and goes on as of now", async () => {
    const { session, asked } = sessionOf({ pin: "old" });
    const text = await shown(session);
    expect(asked[0]).toBe("/api/v1/releases/new/changes?since=old");
    for (const word of ["1 Mar 2026", "12 added", "3 removed", "1 changed", "diagnosed anew"])
      expect(text).toContain(word);
    const note = document.body.lastElementChild as PinnedNote;
    session.close(); // nothing more is asked of this half a city
    note.renderRoot.querySelector("button")?.click();
    await note.updateComplete;
    expect(session.state.pin).toBeNull();
  });

  it("is silent on the present publication and without a pin", async () => {
    for (const pin of [null, "new"]) {
      const { session, asked } = sessionOf({ pin });
      expect(await shown(session)).toBe("");
      expect(asked).toEqual([]);
    }
  });

  it("says when nothing changed, and when the publication is not known here", async () => {
    const none = { added: 0, removed: 0, moved: 0, changed: 0 };
    expect(await shown(sessionOf({ pin: "old" }, false, none).session)).toMatch(
      /not changed since/,
    );
    const gone = sessionOf({ pin: "lost" }, true, none, 404);
    expect(await shown(gone.session)).toMatch(/not on this server/);
  });
});
