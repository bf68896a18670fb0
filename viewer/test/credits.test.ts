import { describe, expect, it } from "vitest";
import { mergeCredits } from "../src/credits.ts";

describe("credits", () => {
  it("say the same thing once, in the fullest words", () => {
    const short = "虚构数据 Synthetic data, fictitious city";
    const full = "虚构数据，CC0 · Synthetic data of a fictitious city, CC0";
    expect(mergeCredits([full, short, short])).toEqual([full]);
    expect(mergeCredits([short, full])).toEqual([full]);
  });

  it("keep what differs by a word or by its licence", () => {
    const lines = [
      "City of York",
      "City of New York",
      "City of York, CC-BY-4.0",
      "City of York, ODbL",
    ];
    expect(mergeCredits(lines)).toEqual([
      "City of York, CC-BY-4.0",
      "City of New York",
      "City of York, ODbL",
    ]);
  });

  it("keep the order and drop what is empty", () => {
    expect(mergeCredits(["b", "", "a", " ", "b"])).toEqual(["b", "a"]);
  });
});
