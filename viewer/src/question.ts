/** A combined question: conditions as the server takes them, and as a person puts them together. Pure. */

export type Compare = "=" | "!=" | "<" | "<=" | ">" | ">=";
export const COMPARES: readonly Compare[] = ["<", "<=", ">=", ">", "=", "!="];

export type Leaf =
  | { of: "attribute"; name: string; op: Compare; value: number | string }
  | { of: "indicator"; code: string; system?: string; op: Compare; value: number }
  | { of: "verdict"; code: string; system?: string; value: "met" | "unmet" | "missing" }
  | { of: "problem"; rule: string; severity: string; where: "here" | "around" }
  | { of: "satisfaction"; op: Compare; value: number }
  | { of: "inside"; ring: [number, number][] }
  | { of: "within"; unit: string };

export interface Group {
  of: "all" | "any" | "none";
  args: Condition[];
}

export type Condition = Leaf | Group;
export type Kind = Leaf["of"];

export interface Question {
  level: string;
  where: Group;
}

export const EMPTY: Question = { level: "building", where: { of: "all", args: [] } };

/** Numbers and words of the model that a question may name. */
export const NUMBERS = ["year_built", "height", "storeys", "area", "population"] as const;
export const WORDS = ["use", "structure"] as const;

export function isGroup(condition: Condition): condition is Group {
  return condition.of === "all" || condition.of === "any" || condition.of === "none";
}

function sound(condition: unknown, depth = 0): condition is Condition {
  if (typeof condition !== "object" || condition === null || depth > 6) return false;
  const { of, args } = condition as { of?: unknown; args?: unknown };
  if (of === "all" || of === "any" || of === "none") {
    return Array.isArray(args) && args.every((part) => sound(part, depth + 1));
  }
  return typeof of === "string";
}

/** The question a URL holds; what cannot be read is an empty one. */
export function readQuestion(text: string | null): Question {
  if (!text) return EMPTY;
  try {
    const found = JSON.parse(text) as { level?: unknown; where?: unknown };
    const level = typeof found.level === "string" ? found.level : EMPTY.level;
    const where = found.where;
    if (!sound(where) || !isGroup(where)) return EMPTY;
    return { level, where };
  } catch {
    return EMPTY;
  }
}

export function writeQuestion(question: Question): string | null {
  if (question.where.args.length === 0 && question.level === EMPTY.level) return null;
  return JSON.stringify(question);
}

/** Leaves of a group and of the groups in it. */
export function leavesOf(group: Group): Leaf[] {
  return group.args.flatMap((part) => (isGroup(part) ? leavesOf(part) : [part]));
}

/** Whether anything is asked at all. */
export function asks(question: Question): boolean {
  return leavesOf(question.where).length > 0;
}

/** A copy with another condition at a place; null takes it out. */
export function replaced(group: Group, path: readonly number[], by: Condition | null): Group {
  const [at = 0, ...rest] = path;
  const args = group.args.flatMap((part, i) => {
    if (i !== at) return [part];
    if (rest.length > 0 && isGroup(part)) return [replaced(part, rest, by)];
    return by === null ? [] : [by];
  });
  return { ...group, args };
}

/** A copy with one condition more at the end of the group at a place. */
export function added(group: Group, path: readonly number[], more: Condition): Group {
  const [at, ...rest] = path;
  if (at === undefined) return { ...group, args: [...group.args, more] };
  const args = group.args.map((part, i) =>
    i === at && isGroup(part) ? added(part, rest, more) : part,
  );
  return { ...group, args };
}

/** The question with one ring drawn; another takes its place. */
export function withRing(question: Question, ring: [number, number][] | null): Question {
  const others = question.where.args.filter((part) => part.of !== "inside");
  const drawn: Condition[] = ring ? [{ of: "inside", ring }] : [];
  // a ring narrows: beside "any" of the others it stands as a group of its own
  if (question.where.of === "all" || !ring) {
    return { ...question, where: { ...question.where, args: [...others, ...drawn] } };
  }
  const rest: Group = { ...question.where, args: others };
  return { ...question, where: { of: "all", args: [rest, ...drawn] } };
}

/** One bit a row, lowest bit first, as flags. */
export function maskOf(packed: string, rows: number): Uint8Array {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const out = new Uint8Array(rows);
  for (let row = 0; row < rows; row += 1) out[row] = ((bytes[row >> 3] ?? 0) >> (row & 7)) & 1;
  return out;
}

/** Corners of a rectangle between two opposite ones. */
export function boxRing(a: [number, number], b: [number, number]): [number, number][] {
  return [
    [a[0], a[1]],
    [b[0], a[1]],
    [b[0], b[1]],
    [a[0], b[1]],
  ];
}
