/** What a unit lies in and what lies in it: special areas, themes, milestones, smaller units. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { Page, ProblemPage, UnitFile, UnitItem } from "../api.ts";
import { Resource } from "../resource.ts";
import { base } from "../style/base.ts";
import { fileLook } from "../style/file.ts";
import { Panel } from "./panel.ts";

const LISTED = 30;
/** Levels whose own units are listed, the nearest below first. */
const BELOW = ["subdistrict", "community", "block", "compound", "plot", "building", "object"];
/** Areas that say little of a place: every homes' land is one. */
const COMMON = 6;

export class UnitAbout extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    unit: { attribute: false },
    level: { state: true },
  };
  declare unit: UnitFile;
  /** the level whose units are listed */
  declare level: string | null;
  private readonly inside = new Resource<Page<UnitItem>>(() => this.requestUpdate());

  private readonly problems = new Resource<ProblemPage>(() => this.requestUpdate());

  constructor() {
    super();
    this.level = null;
  }

  static override styles = [
    base,
    fileLook,
    css`
      :host {
        display: block;
      }
      .tags {
        display: flex;
        flex-wrap: wrap;
        gap: 0.3125rem;
      }
      .tags button {
        padding: 0.125rem 0.625rem;
        border-radius: 1rem;
        background: var(--raise-2);
        font-size: 0.75rem;
        font-weight: 550;
      }
      .tags button:hover {
        background: var(--line-2);
      }
      .tags button[aria-pressed="true"] {
        background: var(--ink);
        color: var(--panel-solid);
      }
      .list {
        max-height: 11rem;
        margin-top: 0.5rem;
      }
      .list button {
        display: block;
        width: 100%;
        padding: 0.125rem 0.375rem;
        border-radius: 0.375rem;
        font-size: 0.8125rem;
      }
      .list button:hover {
        background: var(--raise);
      }
      .stone {
        display: flex;
        justify-content: space-between;
        gap: 0.75rem;
        font-size: 0.8125rem;
      }
    `,
  ];

  protected override willUpdate(): void {
    const { unit } = this;
    const { year } = this.session.choice;
    if (unit.level === "block" || unit.level === "compound") {
      this.problems.load(`${unit.id}/${year}`, (signal) =>
        this.session.client.problems({ within: unit.id, year, limit: LISTED }, signal),
      );
    } else this.problems.clear();
    const building = unit.level === "building";
    if (building) {
      const [w, s, e, n] = unit.bbox;
      const query = { level: "object", kind: "storey", bbox: `${w},${s},${e},${n}`, limit: LISTED };
      this.inside.load(`storeys/${unit.id}`, (signal) => this.session.client.units(query, signal));
      return;
    }
    const level = this.level !== null && unit.children[this.level] ? this.level : null;
    if (!level) {
      this.inside.clear();
      return;
    }
    this.inside.load(`${unit.id}/${level}`, (signal) =>
      this.session.client.units({ parent: unit.id, level, limit: LISTED }, signal),
    );
  }

  /** Problems of what lies in the unit: with its own they are what piles up here. */
  private inner() {
    const found = this.problems.value;
    if (!found || found.total === 0) return nothing;
    return html`<section class="part">
      <h3>
        ${this.t("about.inner_problems")}
        <span class="num quiet" data-inner=${found.total}>${this.count(found.total)}</span>
      </h3>
      <div class="list scroll">
        ${found.items.map(
          (
            item,
          ) => html`<button data-rule=${item.rule} @click=${() => this.session.select(item.unit.id)}>
            <span class="chip ${item.severity}">${this.coded("severity", item.severity)}</span>
            ${this.name(item.title)} <span class="quiet">${this.tx(item.unit.label)}</span>
          </button>`,
        )}
        ${found.total > found.items.length ? html`<p class="small quiet">${this.t("find.listed", { n: found.items.length })}</p>` : nothing}
      </div>
    </section>`;
  }

  override render() {
    return html`${this.inner()} ${this.children_()} ${this.areas()} ${this.stones()}`;
  }

  private children_() {
    const { unit } = this;
    if (unit.level === "building") {
      const storeys = this.inside.value?.items ?? [];
      if (storeys.length === 0) return nothing;
      return html`<section class="part">
        <h3>${this.t("about.storeys")} <span class="num quiet">${storeys.length}</span></h3>
        ${this.list(storeys, storeys.length)}
      </section>`;
    }
    const levels = BELOW.filter((level) => (unit.children[level] ?? 0) > 0);
    if (levels.length === 0) return nothing;
    const found = this.inside.value;
    return html`<section class="part">
      <h3>${this.t("about.inside")}</h3>
      <div class="tags">
        ${levels.map(
          (level) => html`<button
            data-level=${level}
            aria-pressed=${this.level === level}
            @click=${() => {
              this.level = this.level === level ? null : level;
            }}
          >
            ${this.tx(this.session.levelLabel(level))} <span class="num">${this.count(unit.children[level])}</span>
          </button>`,
        )}
      </div>
      ${this.level && found ? this.list(found.items, found.total) : nothing}
    </section>`;
  }

  private list(items: readonly UnitItem[], total: number) {
    return html`<div class="list scroll">
      ${items.map(
        (item) => html`<button @click=${() => this.session.select(item.id)}>
          ${this.tx(item.label) || item.id}
        </button>`,
      )}
      ${total > items.length ? html`<p class="small quiet">${this.t("find.listed", { n: items.length })}</p>` : nothing}
    </div>`;
  }

  private areas() {
    const areas = this.unit.areas.filter(({ id }) => id !== this.unit.id);
    if (areas.length === 0) return nothing;
    return html`<section class="part">
      <h3>${this.t("about.areas")}</h3>
      <div class="tags">
        ${areas.slice(0, COMMON).map(
          (area) => html`<button data-area=${area.id} @click=${() => this.session.select(area.id)}>
            ${this.tx(area.label)}
          </button>`,
        )}
      </div>
    </section>`;
  }

  /** Milestones of the checkup, in the file of the city and of its parts. */
  private stones() {
    const stones = this.session.city.value?.milestones ?? [];
    if (stones.length === 0 || !["city", "district"].includes(this.unit.level)) return nothing;
    return html`<section class="part">
      <h3>${this.t("about.milestones")}</h3>
      ${stones.map(
        (stone) => html`<p class="stone">
          <span>${this.tx(stone.name)}</span>
          <span class="num ${stone.overdue ? "late" : "quiet"}">
            ${stone.done ? this.t("about.done", { date: this.date(stone.done) }) : this.t("file.deadline", { date: this.date(stone.due) })}
          </span>
        </p>`,
      )}
    </section>`;
  }
}
