import { describe, expect, it } from "vitest";
import { actorFits, actorHeader } from "../src/actor.ts";
import type { WorkAction } from "../src/api.ts";
import { ApiError } from "../src/client.ts";
import en from "../src/i18n/en.json";
import { asksNothing, lacking, refusal, stepBody } from "../src/worksteps.ts";

const assign = { code: "assign", needs: ["department", "deadline"], note: false } as WorkAction;
const reject = { code: "reject", needs: [] as string[], note: true } as WorkAction;
const empty = { note: "", department: "", deadline: "" };

describe("a step", () => {
  it("names the fields that are still empty; blanks do not count", () => {
    expect(lacking(assign, { ...empty, department: "  " })).toEqual(["department", "deadline"]);
    expect(lacking(reject, { ...empty, note: "seen" })).toEqual([]);
  });

  it("asks nothing when the action needs nothing", () => {
    expect(asksNothing({ ...reject, note: false })).toBe(true);
    expect(asksNothing(reject)).toBe(false);
  });

  it("sends what was filled in and nothing else", () => {
    expect(
      stepBody(assign, { ...empty, department: "园林绿化局", deadline: "2026-03-01" }),
    ).toEqual({
      action: "assign",
      department: "园林绿化局",
      deadline: "2026-03-01",
    });
  });

  it("has words for every refusal", () => {
    const errors = ["VERSION_CHANGED", "SAME_PERSON", "ACTION_NOT_POSSIBLE", "ODD"].map(
      (code) => new ApiError("refused", 412, code, ""),
    );
    const keys = [...errors, new ApiError("offline", 0, "", ""), new Error("x")].map(refusal);
    expect(new Set(keys).size).toBe(5);
    for (const key of keys) expect(Object.hasOwn(en, key), key).toBe(true);
  });
});

describe("who acts", () => {
  it("may have a name in any script, and is sent in plain letters", () => {
    expect(actorFits("王工 (a)")).toBe(false);
    expect(actorFits("王工")).toBe(true);
    expect(actorFits("")).toBe(false);
    expect(actorHeader("王工")).toEqual({ "x-cim-actor": "%E7%8E%8B%E5%B7%A5" });
    expect(actorHeader("")).toEqual({});
  });
});
