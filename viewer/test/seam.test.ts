import { describe, expect, it } from "vitest";
import { registerOurDesks } from "../src/panel/ourdesks.ts";
import { deskOf, desks, registerDesk } from "../src/panel/seam.ts";
import { parseState } from "../src/state.ts";

describe("the panel seam", () => {
  it("lists our desks and a host's own, each once", () => {
    registerOurDesks();
    registerOurDesks();
    registerDesk({ name: "host-own", icon: "list", label: { zh: "自有", en: "Own" } });
    const names = desks().map((entry) => entry.name);
    expect(names).toContain("whatif");
    expect(names.at(-1)).toBe("host-own");
    expect(new Set(names).size).toBe(names.length);
  });

  it("opens by the name in the URL, and stays closed for one nobody registered", () => {
    expect(deskOf(parseState("?desk=host-own").desk)?.icon).toBe("list");
    expect(deskOf(parseState("?desk=nobody").desk)).toBeNull();
    expect(parseState("?desk=%3Cimg%3E").desk).toBeNull();
  });

  it("refuses a name that cannot stand in a URL", () => {
    expect(() => registerDesk({ name: "My Desk", icon: "list" })).toThrow(RangeError);
  });
});
