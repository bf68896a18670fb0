import { describe, expect, it } from "vitest";
import type { Project } from "../src/api.ts";
import { boardsOf, byDeadline, moneyOf, placeOf, spanOf, spokenMoney } from "../src/projects.ts";

function project(id: string, more: Partial<Project> = {}): Project {
  const base = { id, state: "planned", start: "2024-01-01", deadline: "2025-01-01" };
  const rest = { overdue: false, investment_10k: 100, department: { zh: "甲", en: "A" } };
  return { ...base, ...rest, ...more } as Project;
}

describe("projects", () => {
  it("are grouped by department, the one with overdue work first", () => {
    const other = { zh: "乙", en: "B" };
    const boards = boardsOf([
      project("1"),
      project("2", { state: "verified" }),
      project("3", { department: other, overdue: true, investment_10k: null }),
    ]);
    expect(boards.map((board) => board.key)).toEqual(["乙", "甲"]);
    expect(boards[0]).toMatchObject({ overdue: 1, money: null });
    expect(boards[1]?.money).toBe(200);
    expect([...(boards[1]?.states ?? [])]).toEqual([
      ["planned", 1],
      ["verified", 1],
    ]);
  });

  it("never count unknown money as nothing", () => {
    expect(moneyOf([project("1", { investment_10k: null })])).toEqual({ sum: null, unknown: 1 });
    expect(moneyOf([project("1"), project("2", { investment_10k: null })])).toEqual({
      sum: 100,
      unknown: 1,
    });
  });

  it("tell money as each language counts it", () => {
    expect(spokenMoney(194_531, "zh")).toEqual({ n: 19.45, key: "yi" });
    expect(spokenMoney(4395, "zh")).toEqual({ n: 4395, key: "wan" });
    expect(spokenMoney(4395, "en")).toEqual({ n: 43.95, key: "million" });
  });

  it("come overdue first, then by deadline, without one last", () => {
    const order = byDeadline([
      project("a", { deadline: null }),
      project("b", { deadline: "2026-01-01" }),
      project("c", { deadline: "2025-06-01" }),
      project("d", { deadline: "2027-01-01", overdue: true }),
    ]);
    expect(order.map((item) => item.id)).toEqual(["d", "c", "b", "a"]);
  });

  it("lie on a line of whole years that holds today", () => {
    const span = spanOf([project("1", { start: "2023-05-01" })], "2026-06-30");
    if (!span) throw new Error("no span");
    expect(span.years.map((item) => item.year)).toEqual([2023, 2024, 2025, 2026]);
    expect(placeOf("2023-01-01", span)).toBe(0);
    expect(placeOf("2027-01-01", span)).toBe(1);
    expect(placeOf(null, span)).toBeNull();
    expect(spanOf([project("1", { start: null, deadline: null })], "2026-06-30")).toBeNull();
  });
});
