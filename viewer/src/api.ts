/** What the server answers, field by field (see /openapi.json). Every text for people is {zh, en}. */

export interface Text {
  zh: string;
  en: string;
}

export type Language = "zh" | "en";
export type Level = string;

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

export interface Extent {
  west: number;
  south: number;
  east: number;
  north: number;
  min_height: number;
  max_height: number;
}

export interface LevelInfo {
  level: Level;
  label: Text;
  count: number;
  rows: number;
  tileset: string | null;
}

export interface TilesetInfo {
  url: string;
  kind: "units" | "surface" | "context";
  level: Level | null;
  massing_level: Level | null;
  features?: number;
}

export interface ColumnInfo {
  url: string;
  dtype: "u8" | "u16" | "u32" | "f32";
  length: number;
  digest: string;
}

export interface City {
  name: Text;
  synthetic: boolean;
  extent: Extent | null;
  crs: string;
  levels: LevelInfo[];
  years: { year: number; cutoff: string; periods: number }[];
  year: number | null;
  system: string | null;
  systems: { id: string; label: Text; indicators: number }[];
  publication: {
    id: string | number;
    seq: number;
    model: string;
    results: string;
    created: string;
  } | null;
  model: string | null;
  results: string | null;
  tilesets: Record<string, TilesetInfo>;
  parents: Record<Level, ColumnInfo>;
  coverage: Record<
    string,
    Record<string, { indicators: number; with_values: number; values: number }>
  >;
  problems: Record<string, Record<Severity, number>>;
  projects: Record<string, number>;
  sources: {
    name: string;
    kind: string;
    attribution: string | null;
    licence: string | null;
    features?: number;
  }[];
  attribution: (string | Text)[];
  languages: Language[];
}

export interface Category {
  code: string;
  label: Text;
  count: number;
}

export interface SystemInfo {
  id: string;
  label: Text;
  version: string;
  categories: Category[];
  indicators: number;
  note: string | Text | null;
}

export interface Standard {
  op: string;
  value: number | null;
  low: number | null;
  high: number | null;
  text: string | Text | null;
  provenance: string | null;
  confidence: string | null;
  /** True: shown for orientation only, never judged against. */
  reference: boolean;
}

export interface Indicator {
  code: string;
  system: string;
  no: string | number;
  name: Text;
  category: { code: string; label: Text };
  dimension: Text | null;
  unit: string | null;
  direction: string;
  standard: Standard | null;
  formula: string | null;
  natural_level: Level | null;
  levels: Level[];
  years: number[];
  /** years that have a column, by level */
  columns: Record<Level, number[]>;
  computability: string | null;
  department: Text | null;
  provenance: string | null;
}

export interface LegendClass {
  index: number;
  from: number | null;
  to: number | null;
  label: Text;
  color: string;
  count: number;
}

export interface Legend {
  classes: LegendClass[];
  direction: string;
  unit: string | null;
  standard: Standard | null;
  method: string;
  ramp: string;
}

export interface OverlayInfo {
  code: string;
  system: string;
  year: number;
  period: string;
  level: Level;
  model: string;
  columns: ColumnInfo[];
  parents: (ColumnInfo & { level: Level }) | null;
  legend: Legend;
  histogram: { edges: number[]; counts: number[] } | null;
  states: Partial<Record<ValueState, number>>;
  unit: string | null;
  coverage: { with_value: number; total: number };
  sources: { name: string; kind: string }[];
  previous_year: number | null;
  next_year: number | null;
}

export interface UnitRef {
  id: string;
  level: Level;
  label: Text;
  row?: number;
}

export interface RankItem {
  unit: UnitRef & { row: number };
  value: number | null;
  state: ValueState;
  class: number | null;
  rank: number | null;
  of: number;
  period: string | null;
  source: string | null;
}

export interface UnitItem extends UnitRef {
  row: number;
  parent: string | null;
  centroid: [number, number, number];
  bbox: [number, number, number, number];
  height: number | null;
}

export interface TrendPoint {
  year: number;
  period: string | null;
  value: number | null;
  state: ValueState;
}

export interface UnitIndicator {
  code: string;
  name: Text;
  category: { code: string; label: Text };
  unit: string | null;
  value: number | null;
  state: ValueState;
  period: string | null;
  class: number | null;
  color: string | null;
  standard: Standard | null;
  meets: boolean | null;
  direction: string;
  source: string | null;
  source_kind: string | null;
  method: string | null;
  sources: number;
  conflict: boolean;
  rank: number | null;
  of: number | null;
  trend: TrendPoint[];
  address: string | null;
  note: string | null;
  /** why there is no value */
  reason?: Text | null;
  via: "own" | "rollup" | null;
}

export type Severity = "high" | "medium" | "low";

export interface Evidence {
  address: string | null;
  /** indicator code, or the name of an attribute of the model */
  name?: string;
  label: Text | string | null;
  value: number | string | null;
  state?: ValueState;
  unit: string | null;
  source: string | null;
  period: string | null;
}

export interface ProjectRef {
  id: string;
  name: Text;
  state: string;
  deadline: string | null;
}

export interface Problem {
  id: string;
  rule: string;
  title: Text;
  severity: Severity;
  state: string;
  unit: UnitRef;
  centroid: [number, number, number] | null;
  year: number;
  indicator: string | null;
  system: string | null;
  value: number | null;
  threshold: number | null;
  margin: number | null;
  unit_of_measure: string | null;
  why: Text | null;
  fix: Text | null;
  evidence: Evidence[];
  people: number | null;
  department: Text | null;
  projects: ProjectRef[];
  origin: string;
  address: string | null;
}

/** All problems that fit, whatever the page; a rule "" is a loaded problem's. */
export interface ProblemCounts {
  severity: Record<string, number>;
  rule: Record<string, number>;
  state: Record<string, number>;
}

export interface ProblemPage extends Page<Problem> {
  counts: ProblemCounts;
}

export interface Project extends ProjectRef {
  department: Text | null;
  start: string | null;
  overdue: boolean;
  investment_10k: number | null;
  fund_source: string | null;
  progress: number | null;
  units: UnitRef[];
  description: Text | null;
}

export interface UnitFile extends UnitRef {
  source_id: string;
  row: number;
  kind: string | null;
  parents: UnitRef[];
  identity: Record<string, number | string | null>;
  external_ids: Record<string, string>;
  attributes: Record<string, unknown>;
  centroid: [number, number, number] | null;
  bbox: [number, number, number, number] | null;
  source: { name?: string } | string | null;
  year: number | null;
  system: string | null;
  indicators: UnitIndicator[];
  problems: Problem[];
  projects: Project[];
  satisfaction: {
    value: number | null;
    n: number | null;
    small_sample: boolean;
    period: string | null;
  } | null;
  children: Record<Level, number>;
  context?: { unit: UnitRef; problems: number }[];
}

/** The record behind a number's address. */
export interface ValueRecord {
  address: string;
  value: number | null;
  state: ValueState;
  unit: string | null;
  period: { code: string; start: string | null; end: string | null } | null;
  numerator: number | null;
  denominator: number | null;
  method: string | null;
  method_version: string | null;
  source: string | null;
  source_kind: string | null;
  candidates: {
    source: string;
    value: number | null;
    state: ValueState;
    batch: string | null;
    place: string | null;
    cutoff_date: string | null;
  }[];
  inputs: { name: string; sha256: string }[];
  batch: string | null;
  cutoff_date: string | null;
  indicator: { name: Text } | null;
  unit_ref: { id: string; label: Text } | null;
}
