/** A what-if: the question as the URL holds it, and the answer laid over what is published. */
import type { ColumnInfo, OverlayInfo, ValueState, WhatIf } from "./api.ts";
import { stateOfCode } from "./legend.ts";
import { checkModel, decodeCodes, inlineBytes } from "./lut.ts";
import type { Patch, State } from "./state.ts";

/** Projects taken as finished, standards replaced, or a budget (10k yuan) to choose projects for. */
export interface Question {
  projects: string[];
  standards: Record<string, number>;
  budget: number | null;
}

function parts(text: string | null): string[] {
  return (text ?? "").split(",").filter((part) => part !== "");
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function questionOf(state: Readonly<State>): Question {
  const standards: Record<string, number> = {};
  for (const part of parts(state.standards)) {
    const [code = "", text = ""] = part.split(":");
    const value = Number(text);
    if (code && text !== "" && Number.isFinite(value)) standards[plain(code)] = value;
  }
  const projects = [...new Set(parts(state.projects).map(plain))];
  return { projects, standards, budget: state.budget };
}

export function patchOf({ projects, standards, budget }: Question): Patch {
  const pairs = Object.entries(standards).map(
    ([code, value]) => `${encodeURIComponent(code)}:${value}`,
  );
  return {
    projects: projects.map(encodeURIComponent).join(",") || null,
    standards: pairs.join(",") || null,
    budget,
  };
}

/** Nothing is asked: the city stays as it is. */
export function isEmpty({ projects, standards, budget }: Question): boolean {
  return projects.length === 0 && Object.keys(standards).length === 0 && budget === null;
}

/** Class codes of the answer for what is shown; null where the answer leaves it as it is. */
export function codesOf(answer: WhatIf, shown: OverlayInfo, rows: number): Uint8Array | null {
  const found = answer.columns.find(
    (item) =>
      item.system === shown.system && item.indicator === shown.code && item.level === shown.level,
  );
  if (!found || answer.year !== shown.year) return null;
  checkModel(answer.model, shown.model);
  const column = found.column as ColumnInfo;
  return decodeCodes(inlineBytes(column), column, rows);
}

/** The same legend with its counts taken anew from the codes; without the old distribution. */
export function recounted(info: OverlayInfo, codes: Uint8Array): OverlayInfo {
  const counts = new Map<number, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  const states: Partial<Record<ValueState, number>> = {};
  for (const [code, count] of counts) {
    const state = stateOfCode(code);
    if (state) states[state] = (states[state] ?? 0) + count;
  }
  const classes = info.legend.classes.map((item) => ({
    ...item,
    count: counts.get(item.index) ?? 0,
  }));
  const known = classes.reduce((sum, item) => sum + item.count, 0);
  return {
    ...info,
    legend: { ...info.legend, classes },
    states,
    coverage: { ...info.coverage, with_value: known },
    histogram: { edges: [], counts: [] },
  };
}

/** Maps that the answer colours anew, the most changed first; only levels that can be drawn. */
export function recoloured(
  answer: WhatIf,
  system: string | null,
  levels: readonly string[],
): WhatIf["columns"] {
  return answer.columns
    .filter((item) => item.system === system && item.changed > 0 && levels.includes(item.level))
    .sort((a, b) => b.changed - a.changed);
}

/** Sensible ends and step of a slider for a standard. */
export function rangeOf(standard: number, unit: string | null): [number, number, number] {
  const size = Math.max(Math.abs(standard), 1e-6);
  const top = unit === "%" && standard <= 100 ? 100 : standard + size;
  const step = 10 ** Math.floor(Math.log10(size) - 1);
  return [Math.min(0, standard - size), top, Math.min(1, step)];
}
