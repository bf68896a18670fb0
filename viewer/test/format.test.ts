import { describe, expect, it } from "vitest";
import { formatDate, formatMoney, formatNumber, formatPercent } from "../src/format.ts";

describe("numbers", () => {
  it("keep three figures, not false precision", () => {
    expect(formatNumber(58.137, "en-GB")).toBe("58.1");
    expect(formatNumber(7.2131, "en-GB")).toBe("7.21");
    expect(formatNumber(0.12345, "en-GB")).toBe("0.123");
    expect(formatNumber(12345.6, "en-GB")).toBe("12,345.6");
  });

  it("show zero as zero and nothing as nothing", () => {
    expect(formatNumber(0, "en-GB")).toBe("0");
    expect(formatNumber(null, "en-GB")).toBe("");
    expect(formatNumber(Number.NaN, "en-GB")).toBe("");
  });

  it("give no share of nothing", () => {
    expect(formatPercent(1, 0, "en-GB")).toBe("");
    expect(formatPercent(1, 4, "en-GB")).toBe("25%");
  });

  it("read 万元 as ten thousand", () => {
    expect(formatMoney(1260, "zh-CN")).toContain("1260万");
    expect(formatMoney(1260, "en-GB")).toContain("12.6");
  });
});

describe("dates", () => {
  it("do not move with the time zone", () => {
    expect(formatDate("2024-12-31", "en-GB")).toBe("31 Dec 2024");
    expect(formatDate("2024-12-31", "zh-CN")).toBe("2024年12月31日");
  });

  it("come back as written when they are not dates", () => {
    expect(formatDate("spring", "en-GB")).toBe("spring");
    expect(formatDate(null, "en-GB")).toBe("");
  });
});
