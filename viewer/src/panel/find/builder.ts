/** The combined question: conditions in groups, and a part of the map that is drawn. */
import { html, nothing, type PropertyDeclarations } from "lit";
import {
  added,
  type Group,
  isGroup,
  type Kind,
  type Leaf,
  type Question,
  replaced,
  withRing,
} from "../../question.ts";
import type { Stage } from "../../stage.ts";
import { base } from "../../style/base.ts";
import { findLook } from "../../style/find.ts";
import { form } from "../../style/form.ts";
import { icon } from "../icons.ts";
import { arrowKeys, Panel } from "../panel.ts";
import { askable, fieldsOf } from "./conditions.ts";
import type { Drawing } from "./draw.ts";

const LEVELS = ["building", "compound", "block", "community", "subdistrict", "district"];
const KINDS: readonly Kind[] = [
  "attribute",
  "indicator",
  "verdict",
  "problem",
  "satisfaction",
  "within",
];

/** Questions to begin with; they need nothing but what every model and every checkup has. */
const EXAMPLES: readonly (Question & { key: string })[] = [
  {
    key: "old_homes",
    level: "building",
    where: {
      of: "all",
      args: [
        { of: "attribute", name: "year_built", op: "<", value: 1990 },
        { of: "attribute", name: "use", op: "=", value: "residential" },
      ],
    },
  },
  {
    key: "high",
    level: "building",
    where: { of: "all", args: [{ of: "attribute", name: "height", op: ">", value: 80 }] },
  },
  {
    key: "troubled",
    level: "community",
    where: {
      of: "all",
      args: [
        { of: "satisfaction", op: "<", value: 70 },
        { of: "problem", rule: "", severity: "", where: "here" },
      ],
    },
  },
];

export class FindBuilder extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    stage: { attribute: false },
    drawing: { state: true },
  };
  declare stage: Stage | null;
  declare drawing: Drawing | null;

  static override styles = [base, form, findLook];

  constructor() {
    super();
    this.drawing = null;
  }

  protected override willUpdate(): void {
    if (this.session.city.value) this.session.planner.needKnown();
  }

  private get question(): Question {
    return this.session.planner.question;
  }

  private ask(where: Group): void {
    this.session.planner.ask({ ...this.question, where });
  }

  private first(kind: Kind): Leaf {
    const { session } = this;
    const { year, indicator, system } = session.choice;
    const list = askable(session.planner.known.value ?? [], this.question.level, year);
    const shown = indicator && list.find((item) => item.code === indicator.code);
    const named = shown ?? list[0];
    const code = named?.code ?? "";
    const of = { code, system: named?.system ?? system ?? "" };
    const limit = named?.standard?.value ?? 0;
    const leaves: Record<Kind, Leaf> = {
      attribute: { of: "attribute", name: "year_built", op: "<", value: 1990 },
      indicator: { of: "indicator", ...of, op: "<", value: limit },
      verdict: { of: "verdict", ...of, value: "unmet" },
      problem: { of: "problem", rule: "", severity: "", where: "here" },
      satisfaction: { of: "satisfaction", op: "<", value: 70 },
      within: { of: "within", unit: "" },
      inside: { of: "inside", ring: [] },
    };
    return leaves[kind];
  }

  override render() {
    const { question } = this;
    const { state } = this.session;
    const asked = question.where.args.length > 0;
    return html`<section class="card" aria-label=${this.t("find.title")}>
        <cim-findbox .session=${this.session}></cim-findbox>
        <div class="body scroll">
          <h3>${this.t("find.combine")}</h3>
          ${this.levels(question)} ${this.group(question.where, [])}
          ${
            asked
              ? html`<p class="hint">${this.t("find.missing_rule")}</p>`
              : html`<p class="hint">${this.t("find.begin")}</p>
                <div class="more">${EXAMPLES.map((item) => this.example(item))}</div>`
          }
          ${
            asked
              ? html`<div class="more">
                <button @click=${() => this.session.store.set({ find: null })}>
                  ${this.t("find.clear")}
                </button>
              </div>`
              : nothing
          }
        </div>
      </section>
      ${
        this.drawing
          ? html`<cim-draw
              .shape=${this.drawing}
              .stage=${this.stage}
              .language=${state.language}
              @drawn=${this.onDrawn}
            ></cim-draw>`
          : nothing
      }`;
  }

  private onDrawn(event: CustomEvent<[number, number][] | null>): void {
    this.drawing = null;
    if (event.detail) this.session.planner.ask(withRing(this.question, event.detail));
  }

  private example({ key, level, where }: (typeof EXAMPLES)[number]) {
    return html`<button data-example=${key} @click=${() => this.session.planner.ask({ level, where })}>
      ${this.t(`find.example_${key}`)}
    </button>`;
  }

  private levels(question: Question) {
    const there = new Set(
      (this.session.city.value?.levels ?? [])
        .filter((item) => item.count > 0)
        .map((item) => item.level),
    );
    return html`<div class="segments levels" role="group" aria-label=${this.t("find.level")} @keydown=${arrowKeys}>
      ${LEVELS.filter((level) => there.has(level)).map(
        (level) => html`<button
          aria-pressed=${question.level === level}
          @click=${() => this.session.planner.ask({ ...question, level })}
        >
          ${this.tx(this.session.levelLabel(level))}
        </button>`,
      )}
    </div>`;
  }

  private group(group: Group, path: readonly number[]): unknown {
    const root = this.question.where;
    const set = (by: Group) => this.ask(path.length > 0 ? replaced(root, path, by) : by);
    const several = group.args.length > 1;
    return html`${several ? this.together(group, set) : nothing}
      ${group.args.map((part, i) => {
        const here = [...path, i];
        if (isGroup(part)) {
          return html`<div class="group">${this.group(part, here)} ${this.out(here)}</div>`;
        }
        return html`<div class="condition" data-kind=${part.of}>
          <span class="what">${this.t(`find.kind_${part.of}`)}</span>
          ${fieldsOf(this.speaker, part, this.question.level, (leaf) => this.ask(replaced(root, here, leaf)))}
          ${this.out(here)}
        </div>`;
      })}
      ${this.more(path)}`;
  }

  /** The words of this panel for the fields of its conditions. */
  private get speaker() {
    return {
      session: this.session,
      t: (key: string, params: Record<string, string | number> = {}) => this.t(key, params),
      name: (text: { zh: string; en: string } | null | undefined) => this.name(text),
      coded: (group: string, code: string) => this.coded(group, code),
    };
  }

  private together(group: Group, set: (by: Group) => void) {
    return html`<div class="segments" style="margin-bottom:0.375rem" role="group" aria-label=${this.t("find.together")}>
      ${(["all", "any", "none"] as const).map(
        (of) => html`<button aria-pressed=${group.of === of} @click=${() => set({ ...group, of })}>
          ${this.t(`find.${of}`)}
        </button>`,
      )}
    </div>`;
  }

  private out(path: readonly number[]) {
    return html`<button
      class="icon out"
      aria-label=${this.t("find.take_out")}
      title=${this.t("find.take_out")}
      @click=${() => this.ask(replaced(this.question.where, path, null))}
    >
      ${icon("close")}
    </button>`;
  }

  private more(path: readonly number[]) {
    const root = this.question.where;
    const add = (event: Event) => {
      const field = event.target as HTMLSelectElement;
      const kind = field.value;
      field.value = "";
      if (kind === "group") this.ask(added(root, path, { of: "any", args: [] }));
      else if (kind) this.ask(added(root, path, this.first(kind as Kind)));
    };
    const nested = path.length > 0;
    return html`<div class="more">
      <select aria-label=${this.t("find.add")} @change=${add}>
        <option value="">${this.t("find.add")}</option>
        ${KINDS.map((kind) => html`<option value=${kind}>${this.t(`find.kind_${kind}`)}</option>`)}
        ${nested ? nothing : html`<option value="group">${this.t("find.kind_group")}</option>`}
      </select>
      ${
        nested
          ? nothing
          : (["box", "lasso"] as const).map(
              (shape) => html`<button
                aria-pressed=${this.drawing === shape}
                @click=${() => {
                  this.drawing = this.drawing === shape ? null : shape;
                }}
              >
                ${this.t(`find.draw_${shape}`)}
              </button>`,
            )
      }
    </div>`;
  }
}
