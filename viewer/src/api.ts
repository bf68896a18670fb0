/**
 * What the server answers. Shapes come from its own description (api.gen.ts, made by `make api`);
 * here they get the names the page uses, and words where the description only says "text".
 */
import type { components } from "./api.gen.ts";

type Shapes = components["schemas"];
/** A shape with some of its fields told more narrowly. */
type With<T, Told> = Omit<T, keyof Told> & Told;

export type Text = Shapes["Text"];
export type BasemapShape = Shapes["BasemapShape"];
export type Language = "zh" | "en";
export type Level = string;
export type Severity = "high" | "medium" | "low";

export type ValueState =
  | "measured"
  | "computed"
  | "adjusted"
  | "missing"
  | "not_computable"
  | "not_applicable"
  | "withheld"
  | "stale"
  | "no_unit";

export interface Page<T> {
  items: T[];
  total: number;
  next: string | null;
}

export type Extent = Shapes["Extent"];
export type LevelInfo = Shapes["LevelInfo"];
export type TilesetInfo = With<Shapes["Tileset"], { kind: "units" | "surface" | "context" }>;
export type ColumnInfo = With<Shapes["Column"], { dtype: "u8" | "u16" | "u32" | "f32" }>;
/** A tileset of others whose features are tied to our unit rows. */
export type BoundTileset = With<Shapes["BoundTileset"], { column: ColumnInfo }>;

export type City = With<
  Shapes["City"],
  {
    tilesets: Record<string, TilesetInfo>;
    parents: Record<Level, ColumnInfo>;
    bound: BoundTileset[];
    languages: Language[];
  }
>;

export type Category = Shapes["Category"];
/** Who is signed in, and what they may do. */
export type Me = Shapes["Me"];
export type SystemInfo = Shapes["System"];
/** `reference`: shown for orientation only, never judged against. */
export type Standard = Shapes["Standard"];
export type Indicator = Shapes["Indicator"];

export type LegendClass = Shapes["LegendClass"];
export type Legend = Shapes["Legend"];
type PlainOverlay = With<
  Shapes["Overlay"],
  {
    columns: ColumnInfo[];
    parents: (ColumnInfo & { level: Level }) | null;
    states: Partial<Record<ValueState, number>>;
  }
>;
export interface OverlayInfo extends Omit<PlainOverlay, "masses" | "city"> {
  /** of made maps only */
  versus?: Shapes["Versus"] | null;
  axes?: Shapes["Axis"][] | null;
  /** the level whose masses stand for buildings from afar, and the city's own value: with `paint` */
  masses?: OverlayInfo | null;
  city?: RankItem | null;
}

export type UnitRef = Shapes["UnitRef"];
export type RankItem = With<
  Shapes["Ranked"],
  { unit: UnitRef & { row: number }; state: ValueState }
>;
export type UnitItem = With<Shapes["UnitItem"], { row: number }>;
export type TrendPoint = With<Shapes["TrendPoint"], { state: ValueState }>;
export type UnitIndicator = With<
  Shapes["UnitIndicator"],
  { state: ValueState; trend: TrendPoint[]; via: "own" | "rollup" | "block" | null }
>;

/** One number or fact a problem rests on; `name`: indicator code or attribute of the model. */
export interface Evidence {
  address: string | null;
  name?: string;
  label: Text | string | null;
  value: number | string | null;
  state?: ValueState;
  unit: string | null;
  source: string | null;
  period: string | null;
}

export type ProjectRef = Shapes["ProjectRef"];
export type Project = Shapes["Project"];
export type Problem = With<Shapes["Problem"], { severity: Severity; evidence: Evidence[] }>;
/** All problems that fit, whatever the page; a rule "" is a loaded problem's. */
export type ProblemCounts = Shapes["ProblemCounts"];
export type ProblemPage = With<Shapes["ProblemPage"], { items: Problem[] }>;

export type UnitFile = With<
  Shapes["UnitFile"],
  {
    row: number;
    identity: Record<string, number | string | null>;
    external_ids: Record<string, string>;
    indicators: UnitIndicator[];
    problems: Problem[];
  }
>;

/** The record behind a number's address. */
export type ValueRecord = With<
  Shapes["Value"],
  {
    state: ValueState;
    candidates: With<Shapes["Candidate"], { state: ValueState }>[];
  }
>;

export type WhatIf = Shapes["WhatIf"];
export type WhatIfProblem = With<Shapes["WhatIfProblem"], { severity: Severity }>;
export type Workflow = Shapes["Workflow"];
export type WorkAction = Shapes["Possible"];
export type Evaluation = Shapes["Evaluation"];
export type EvaluationLine = Shapes["EvaluationLine"];
export type UnitScore = Shapes["UnitScore"];
export type ScorePage = Shapes["ScorePage"];
export type ConflictPage = Shapes["ConflictPage"];
export type Decision = Shapes["DecisionShape"];
export type Rectification = Shapes["Rectification"];
export type TaskPage = Shapes["TaskPage"];
export type Quadrants = Shapes["Quadrants"];
export type Placed = Shapes["Placed"];
export type Hotspots = Shapes["Hotspots"];
export type BlindAreas = Shapes["BlindAreas"];
export type PilePage = Shapes["PilePage"];
export type SceneDocument = Shapes["SceneDocument"];
export type SceneStop = Shapes["SceneStop"];
export type SceneItem = Shapes["SceneItem"];
export type SceneAnswer = Shapes["SceneAnswer"];
export type Warnings = Shapes["Warnings"];
export type Found = Shapes["Found"];
export type FoundUnit = Shapes["FoundUnit"];
export type MadeMap = Shapes["MadeMap"];
export type Peers = Shapes["Peers"];
export type Area = Shapes["Area"];
export type AreaPage = Shapes["AreaPage"];
export type Theme = Shapes["Theme"];
export type Disagreement = With<Shapes["Disagreement"], { column: ColumnInfo }>;
