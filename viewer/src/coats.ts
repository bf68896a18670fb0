/** What every level that is drawn wears: coats of codes, marks of rows. No engine is asked. */
import { type BoundMap, wholeGroups } from "./bound.ts";
import { isAbove } from "./choice.ts";
import type { Coat, Marking, Painting } from "./engine.ts";
import { paletteOf } from "./legend.ts";
import {
  composeCodes,
  composeMarks,
  flagsDown,
  flagsUp,
  liftParents,
  MARK_DISAGREES,
  MARK_FOUND,
  MARK_HOLDS,
  MARK_HOVERED,
  MARK_NONE,
  MARK_SELECTED,
  type MarkRequest,
  NO_PARENT,
} from "./lut.ts";
import { recoloured } from "./palette.ts";
import type { Session } from "./session.ts";

/** Coats for every level that is drawn: its own, brought down to buildings, up to massing. */
export function paintingOf(session: Session): Painting | null {
  const loaded = session.shown;
  const city = session.city.value;
  if (!loaded || !city) return null;
  const { level, legend } = loaded.info;
  const palette = paletteOf(legend);
  const coats = new Map<string, Coat>([[level, { codes: loaded.codes, palette }]]);
  const parents = session.parents.get(level);
  if (level !== "building" && parents) {
    coats.set("building", { codes: composeCodes(loaded.codes, parents), palette });
  }
  const mass = session.massingLevel(city);
  if (!mass || mass === level) return coats;
  const own = session.massing.value;
  if (level === "building") {
    if (own) {
      const legend = recoloured(own.info.legend, session.state.palette);
      coats.set(mass, { codes: own.codes, palette: paletteOf(legend) });
    }
    return coats;
  }
  const up = lift(session, mass, level);
  if (up) coats.set(mass, { codes: composeCodes(loaded.codes, up), palette });
  return coats;
}

/** Parents from one higher level to another, through the buildings that belong to both. */
function lift(session: Session, from: string, to: string): Uint32Array | null {
  const lower = session.parents.get(from);
  const upper = session.parents.get(to);
  if (!lower) session.needParents(from);
  if (!lower || !upper) return null;
  return liftParents(lower, upper, session.rowsOf(from));
}

/** Marks of the chosen units and of the one pointed at, for every level that is drawn. */
export function markingOf(
  session: Session,
  bound: readonly BoundMap[],
  chosen: readonly { level: string; row: number }[],
  hover: { level: string; row: number } | null,
  away: ReadonlyMap<string, Uint8Array> = new Map(),
): Marking {
  const city = session.city.value;
  const mass = city ? session.massingLevel(city) : null;
  const levels = new Set(["building", mass, session.choice.level]);
  const { highlight } = session.planner;
  const marks = new Map<string, Uint8Array>();
  for (const level of levels) {
    if (!level) continue;
    const requests: MarkRequest[] = [];
    if (hover) requests.push(...request(session, level, hover, MARK_HOVERED));
    for (const unit of chosen) requests.push(...request(session, level, unit, MARK_SELECTED));
    marks.set(level, composeMarks(session.rowsOf(level), requests, under(session, level)));
  }
  const hidden = hiddenOf(session, bound);
  for (const [level, gone] of away) {
    const before = hidden.get(level);
    hidden.set(level, before ? gone.map((value, row) => value | (before[row] ?? 0)) : gone);
  }
  return { marks, dim: chosen.length > 0, ghost: highlight !== null, hidden, away };
}

/** Marks that lie under the pointed and the chosen: what was found, or where sources disagree. */
function under(session: Session, level: string): Uint8Array | null {
  const { highlight, disagreeing } = session.planner;
  if (highlight) return brought(session, highlight.flags, highlight.level, level, MARK_FOUND);
  const shown = session.choice.level;
  if (!disagreeing || !shown) return null;
  return brought(session, disagreeing, shown, level, MARK_DISAGREES);
}

/** Flags of one level as marks in the rows of another. */
function brought(
  session: Session,
  flags: Uint8Array,
  from: string,
  to: string,
  mark: number,
): Uint8Array | null {
  const some = mark === MARK_FOUND ? MARK_HOLDS : MARK_NONE;
  if (from === to) return flags.map((flag) => (flag ? mark : MARK_NONE));
  const down = to === "building" ? ownParents(session, from) : lift(session, to, from);
  if (down && isAbove(from, to)) return flagsDown(flags, down, mark);
  const up = from === "building" ? ownParents(session, to) : lift(session, from, to);
  return up && isAbove(to, from) ? flagsUp(flags, up, session.rowsOf(to), some) : null;
}

function ownParents(session: Session, level: string): Uint32Array | null {
  const found = session.parents.get(level);
  if (!found) session.needParents(level);
  return found ?? null;
}

/** How a unit is marked in the rows of `level`: itself, its children, or its parent. */
function request(
  session: Session,
  level: string,
  unit: { level: string; row: number },
  mark: number,
): MarkRequest[] {
  if (unit.level === level) return [{ row: unit.row, parents: null, mark }];
  if (unit.level === "building") {
    const row = session.parents.get(level)?.[unit.row] ?? NO_PARENT;
    return row === NO_PARENT ? [] : [{ row, parents: null, mark }];
  }
  const parents =
    level === "building"
      ? (session.parents.get(unit.level) ?? null)
      : lift(session, level, unit.level);
  return parents ? [{ row: unit.row, parents, mark }] : [];
}

/** What the tilesets of others show instead of ours: units, and masses of which all is shown. */
function hiddenOf(session: Session, bound: readonly BoundMap[]): Map<string, Uint8Array> {
  const hidden = new Map<string, Uint8Array>();
  for (const map of bound) {
    const { level } = map.info;
    const shown = map.shown(session.rowsOf(level));
    const before = hidden.get(level);
    hidden.set(level, before ? shown.map((value, row) => value | (before[row] ?? 0)) : shown);
  }
  const mass = session.city.value && session.massingLevel(session.city.value);
  const buildings = hidden.get("building");
  if (!mass || !buildings) return hidden;
  const parents = session.parents.get(mass);
  if (parents) hidden.set(mass, wholeGroups(buildings, parents, session.rowsOf(mass)));
  else session.needParents(mass);
  return hidden;
}
