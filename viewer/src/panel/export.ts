/** What is on the screen, to carry away: a picture with its legend, tables, a print. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { mergeCredits } from "../credits.ts";
import { formatPercent } from "../format.ts";
import { classRange, stateRows } from "../legend.ts";
import { type Caption, composed, save } from "../picture.ts";
import type { Stage } from "../stage.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

export class ExportBar extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    stage: { attribute: false },
    unit: { attribute: false },
  };
  declare stage: Stage | null;
  /** id of the unit whose file is open; null: the map alone */
  declare unit: string | null;

  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: 0.3125rem;
        margin-top: 0.625rem;
      }
      a,
      button {
        padding: 0.1875rem 0.625rem;
        border-radius: 0.5rem;
        background: var(--raise-2);
        font-size: 0.75rem;
        font-weight: 600;
        text-decoration: none;
      }
      :is(a, button):hover {
        background: var(--line-2);
      }
      button[aria-pressed="true"] {
        background: var(--accent);
        color: var(--on-accent);
      }
    `,
  ];

  private tableUrl(format: string): string {
    const { year, system } = this.session.choice;
    const query = new URLSearchParams({ format });
    if (year !== null) query.set("year", String(year));
    if (system) query.set("system", system);
    const id = encodeURIComponent(this.unit ?? "");
    return `${this.session.client.base}/api/v1/tables/unit/${id}?${query}`;
  }

  override render() {
    const { session, unit } = this;
    const picked = unit !== null && session.planner.picked.includes(unit);
    const tables = html`<a data-export="csv" href=${this.tableUrl("csv")} download>${this.t("export.csv")}</a>
      <a data-export="xlsx" href=${this.tableUrl("xlsx")} download>${this.t("export.xlsx")}</a>`;
    return html`${unit ? tables : nothing}
      <button data-export="png" ?disabled=${!this.stage} @click=${() => void this.picture()}>
        ${this.t("export.png")}
      </button>
      ${unit ? html`<button data-export="print" @click=${() => window.print()}>${this.t("export.print")}</button>` : nothing}
      ${
        unit
          ? html`<button data-export="pick" aria-pressed=${picked} @click=${() => session.planner.toggle(unit)}>
            ${this.t(picked ? "export.picked" : "export.pick")}
          </button>`
          : nothing
      }`;
  }

  /** What is written around the picture. */
  caption(): Caption {
    const { session } = this;
    const { indicator, year, level } = session.choice;
    const city = session.city.value;
    const info = session.shown?.info;
    const unit = info?.unit ? this.coded("unit", info.unit) : "";
    const where = this.tx(session.levelLabel(level));
    const chosen = session.state.selection ? this.tx(session.unit.value?.label) : "";
    const cutoff = city?.years.find((item) => item.year === year)?.cutoff;
    const sources = (info?.sources ?? []).map((item) => this.source(item.name)).join(" · ");
    const cover = info && formatPercent(info.coverage.with_value, info.coverage.total, this.locale);
    const said = [
      info ? this.t("legend.period", { period: info.period }) : "",
      cutoff ? this.t("app.cutoff", { date: this.date(cutoff) }) : "",
      cover ? this.t("legend.coverage", { share: cover }) : "",
    ];
    const below = (this.stage?.basemaps?.chosen ?? []).map((map) => map.attribution);
    const own = (city?.attribution ?? []).map((line) => this.tx(line));
    const credits = mergeCredits([...own, ...below]).join(" · ");
    return {
      title: indicator ? this.name(indicator.name) : this.t("map.plain"),
      sub: [this.tx(city?.name), where, year, chosen].filter(Boolean).join(" · "),
      unit: [where, unit].filter(Boolean).join(" · "),
      classes: (info?.legend.classes ?? []).map((item) => ({
        color: item.color,
        count: item.count,
        text: this.tx(item.label) || classRange(item, this.locale),
      })),
      states: info
        ? stateRows(info).map(({ state, count }) => ({
            text: this.coded("state", state),
            count: this.count(count),
          }))
        : [],
      foot: [
        said.filter(Boolean).join(" · "),
        sources ? this.t("legend.sources", { sources }) : "",
        this.t("export.version", {
          id: city?.publication?.id ?? "–",
          results: city?.results ?? "–",
        }),
        credits,
      ].filter(Boolean),
    };
  }

  private async picture(): Promise<void> {
    if (!this.stage) return;
    const look = getComputedStyle(this);
    const tone = (name: string) => look.getPropertyValue(name).trim();
    const inks = {
      paper: tone("--panel-solid"),
      ink: tone("--ink"),
      quiet: tone("--ink-3"),
      font: look.fontFamily,
    };
    const { indicator, level, year } = this.session.choice;
    this.stage.globe.draw(); // else no frame is drawn, and the one before is gone
    const sheet = composed(this.stage.globe.picture(), this.caption(), inks);
    await save(sheet, `${indicator?.code ?? "city"}-${level ?? ""}-${year ?? ""}.png`);
  }
}
