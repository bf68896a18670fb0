/** One condition as fields. */
import { html, nothing, type TemplateResult } from "lit";
import type { Indicator } from "../../api.ts";
import { hasColumn } from "../../choice.ts";
import { WORDS as SAID } from "../../i18n.ts";
import { COMPARES, type Compare, type Leaf, NUMBERS, WORDS } from "../../question.ts";
import type { Session } from "../../session.ts";

/** Words of the page, as a panel has them. */
export interface Speaker {
  session: Session;
  t(key: string, params?: Record<string, string | number>): string;
  name(text: { zh: string; en: string } | null | undefined): string;
  coded(group: string, code: string): string;
}

type Change = (leaf: Leaf) => void;

const LEVELS = ["building", "compound", "block", "community", "subdistrict", "district", "city"];

/** Indicators with a column at the asked level this year, or at a larger one its units lie in. */
export function askable(
  known: readonly Indicator[],
  level: string,
  year: number | null,
): Indicator[] {
  const from = Math.max(0, LEVELS.indexOf(level));
  const upward = LEVELS.slice(from);
  return known.filter((item) => upward.some((name) => hasColumn(item, name, year)));
}

function textOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement).value;
}

function numberOf(event: Event, before: number): number {
  const text = textOf(event);
  const value = Number(text);
  return text === "" || !Number.isFinite(value) ? before : value;
}

function select(
  label: string,
  value: string,
  options: readonly (readonly [string, string])[],
  change: (value: string) => void,
  look = "",
): TemplateResult {
  return html`<select class=${look} aria-label=${label} @change=${(event: Event) => change(textOf(event))}>
    ${options.map(([key, text]) => html`<option value=${key} ?selected=${key === value}>${text}</option>`)}
  </select>`;
}

function compare(speaker: Speaker, op: Compare, change: (op: Compare) => void): TemplateResult {
  const options = COMPARES.map((sign) => [sign, speaker.t(`find.op.${OPS[sign]}`)] as const);
  return select(speaker.t("find.compare"), op, options, (value) => change(value as Compare));
}

const OPS: Record<Compare, string> = {
  "<": "lt",
  "<=": "le",
  ">=": "ge",
  ">": "gt",
  "=": "eq",
  "!=": "ne",
};

function number(speaker: Speaker, value: number, change: (value: number) => void): TemplateResult {
  return html`<input
    type="number"
    step="any"
    aria-label=${speaker.t("find.value")}
    .value=${String(value)}
    @change=${(event: Event) => change(numberOf(event, value))}
  />`;
}

/** Codes of a group of words that the page knows, such as uses. */
function codesOf(group: string): string[] {
  const head = `${group}.`;
  return Object.keys(SAID.zh)
    .filter((key) => key.startsWith(head))
    .map((key) => key.slice(head.length));
}

function attribute(
  speaker: Speaker,
  leaf: Leaf & { of: "attribute" },
  change: Change,
): TemplateResult {
  const names = [...NUMBERS, ...WORDS].map((key) => [key, speaker.t(`fact.${key}`)] as const);
  const word = (WORDS as readonly string[]).includes(leaf.name);
  const turn = (name: string) => {
    const toWord = (WORDS as readonly string[]).includes(name);
    if (toWord === word) change({ ...leaf, name });
    else if (toWord) change({ ...leaf, name, op: "=", value: codesOf(name)[0] ?? "" });
    else change({ ...leaf, name, op: "<", value: 0 });
  };
  const names_ = select(speaker.t("find.attribute"), leaf.name, names, turn);
  if (!word) {
    return html`${names_} ${compare(speaker, leaf.op, (op) => change({ ...leaf, op }))}
    ${number(speaker, Number(leaf.value), (value) => change({ ...leaf, value }))}`;
  }
  const same = (["=", "!="] as const).map(
    (sign) => [sign, speaker.t(`find.op.${OPS[sign]}`)] as const,
  );
  const words = codesOf(leaf.name).map((key) => [key, speaker.coded(leaf.name, key)] as const);
  return html`${names_}
  ${select(speaker.t("find.compare"), leaf.op, same, (op) => change({ ...leaf, op: op as Compare }))}
  ${select(speaker.t("find.value"), String(leaf.value), words, (value) => change({ ...leaf, value }))}`;
}

function indicators(
  speaker: Speaker,
  leaf: Leaf & { of: "indicator" | "verdict" },
  level: string,
  change: Change,
): TemplateResult {
  const { session } = speaker;
  const list = askable(session.planner.known.value ?? [], level, session.choice.year);
  const own = (item: Indicator) =>
    item.code === leaf.code && item.system === (leaf.system ?? session.choice.system);
  const systems = session.city.value?.systems ?? [];
  const pick = (event: Event) => {
    const [system = "", code = ""] = textOf(event).split("/");
    change({ ...leaf, code, system });
  };
  return html`<select class="wide" aria-label=${speaker.t("find.indicator")} @change=${pick}>
    ${systems.map((system) => {
      const mine = list.filter((item) => item.system === system.id);
      if (mine.length === 0) return nothing;
      return html`<optgroup label=${speaker.name(system.label)}>
        ${mine.map(
          (item) => html`<option value="${item.system}/${item.code}" ?selected=${own(item)}>
            ${speaker.name(item.name)}
          </option>`,
        )}
      </optgroup>`;
    })}
  </select>`;
}

function unitOf(speaker: Speaker, leaf: Leaf & { of: "indicator" }): string {
  const { known } = speaker.session.planner;
  const item = known.value?.find(
    (one) => one.code === leaf.code && (!leaf.system || one.system === leaf.system),
  );
  return item?.unit ? speaker.coded("unit", item.unit) : "";
}

function problem(speaker: Speaker, leaf: Leaf & { of: "problem" }, change: Change): TemplateResult {
  const seen = new Map<string, string>();
  for (const item of speaker.session.problems.value?.items ?? []) {
    if (item.rule && !seen.has(item.rule)) seen.set(item.rule, speaker.name(item.title));
  }
  const rules = [["", speaker.t("find.any_problem")] as const, ...seen];
  const places = (["here", "around"] as const).map(
    (key) => [key, speaker.t(`find.problem_${key}`)] as const,
  );
  return html`${select(speaker.t("find.kind_problem"), leaf.rule, rules, (rule) => change({ ...leaf, rule }), "wide")}
  ${select(speaker.t("find.where"), leaf.where, places, (where) => change({ ...leaf, where: where as "here" }), "wide")}`;
}

function within(speaker: Speaker, leaf: Leaf & { of: "within" }, change: Change): TemplateResult {
  const { session } = speaker;
  const options: [string, string][] = [];
  for (const level of ["district", "subdistrict", "area"]) {
    session.needIndex(level);
    for (const unit of session.index.get(level)?.values() ?? []) {
      options.push([unit.id, speaker.name(unit.label)]);
    }
  }
  return select(
    speaker.t("find.kind_within"),
    leaf.unit,
    [["", speaker.t("find.choose_unit")], ...options],
    (unit) => change({ ...leaf, unit }),
    "wide",
  );
}

const VERDICTS = ["unmet", "met", "missing"] as const;

/** The fields of one condition. */
export function fieldsOf(
  speaker: Speaker,
  leaf: Leaf,
  level: string,
  change: Change,
): TemplateResult {
  switch (leaf.of) {
    case "attribute":
      return attribute(speaker, leaf, change);
    case "indicator":
      return html`${indicators(speaker, leaf, level, change)}
        ${compare(speaker, leaf.op, (op) => change({ ...leaf, op }))}
        ${number(speaker, leaf.value, (value) => change({ ...leaf, value }))}
        <span class="small quiet unit">${unitOf(speaker, leaf)}</span>`;
    case "verdict":
      return html`${indicators(speaker, leaf, level, change)}
      ${select(
        speaker.t("find.kind_verdict"),
        leaf.value,
        VERDICTS.map((key) => [key, speaker.t(`find.verdict_${key}`)] as const),
        (value) => change({ ...leaf, value: value as "met" }),
        "wide",
      )}`;
    case "problem":
      return problem(speaker, leaf, change);
    case "satisfaction":
      return html`<span style="align-self:center">${speaker.t("file.satisfaction")}</span>
        ${compare(speaker, leaf.op, (op) => change({ ...leaf, op }))}
        ${number(speaker, leaf.value, (value) => change({ ...leaf, value }))}`;
    case "within":
      return within(speaker, leaf, change);
    default:
      return html`<span class="wide">${speaker.t("find.corners", { n: leaf.ring.length })}</span>`;
  }
}
