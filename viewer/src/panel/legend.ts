/** Legend: classes and states with counts, the histogram, the standard, source and date. */
import { css, html, nothing, svg } from "lit";
import type { OverlayInfo } from "../api.ts";
import { formatPercent } from "../format.ts";
import { classOf, classRange, standardText, stateRows } from "../legend.ts";
import { binRows } from "../scatter.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

/** Fewer bars than this say nothing the counts beside the classes do not say. */
const LEAST_BARS = 5;

export class LegendCard extends Panel {
  /** the class whose units stay set off on the map, and the overlay it belongs to */
  private kept: number | null = null;
  private keptOf = "";

  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .card {
        padding: 0.875rem 1rem 0.75rem;
        overflow-y: auto;
        scrollbar-width: thin;
      }
      @container (max-height: 1100px) {
        :host([data-brief]) cim-lenses {
          display: none;
        }
      }
      @container (max-height: 1000px) {
        :host([data-brief]) cim-classes {
          display: none;
        }
      }
      .top {
        display: flex;
        justify-content: space-between;
        align-items: baseline;
        gap: 0.75rem;
        margin-bottom: 0.5rem;
      }
      .unit {
        font-weight: 600;
      }
      .histogram {
        display: block;
        width: 100%;
        height: 3.25rem;
        margin-bottom: 0.125rem;
        overflow: visible;
      }
      .axis {
        display: flex;
        justify-content: space-between;
        font-size: 0.6875rem;
        color: var(--ink-3);
        margin-bottom: 0.625rem;
      }
      .rows {
        display: grid;
        gap: 0.1875rem;
      }
      .rows li {
        display: flex;
        align-items: center;
        gap: 0.625rem;
        font-size: 0.8125rem;
        line-height: 1.375rem;
      }
      .rows .label {
        flex: 1;
      }
      .rows .count {
        color: var(--ink-3);
        font-size: 0.75rem;
      }
      .class {
        display: flex;
        align-items: center;
        gap: 0.625rem;
        width: calc(100% + 0.75rem);
        margin: 0 -0.375rem;
        min-height: 24px;
        padding: 0 0.375rem;
        border-radius: 0.375rem;
      }
      .class:hover,
      .class[aria-pressed="true"] {
        background: var(--accent-soft);
      }
      .states {
        margin-top: 0.5rem;
        padding-top: 0.5rem;
        border-top: 1px solid var(--line);
      }
      .states .label {
        color: var(--ink-2);
      }
      .foot {
        margin-top: 0.625rem;
        padding-top: 0.5rem;
        border-top: 1px solid var(--line);
        color: var(--ink-3);
        font-size: 0.75rem;
        line-height: 1.45;
      }
      .standard {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        margin: 0.375rem 0 0;
        font-size: 0.8125rem;
      }
      @container (max-height: 820px) {
        .form {
          display: none;
        }
      }
      .standard i {
        width: 1.125rem;
        border-top: 2px dashed var(--ink);
      }
      @container (max-height: 820px) {
        .card {
          padding: 0.625rem 0.875rem 0.5rem;
        }
        .histogram {
          height: 2.25rem;
        }
        .rows {
          gap: 0;
        }
        .rows li {
          line-height: 1.25rem;
        }
        .axis,
        .top {
          margin-bottom: 0.25rem;
        }
      }
    `,
  ];

  override render() {
    const { session } = this;
    const { indicator, gap } = session.choice;
    this.toggleAttribute("data-brief", session.state.desk === null);
    if (!indicator) return nothing;
    if (gap) {
      return html`<section class="card" aria-label=${this.t("legend.title")}>
        <cim-gap .session=${session}></cim-gap>
      </section>`;
    }
    const info = session.shown?.info;
    if (session.overlay.error && !session.overlay.loading) return nothing;
    if (!info) {
      return html`<section class="card quiet" aria-busy="true">${this.t("app.loading")}</section>`;
    }
    return html`<section class="card" aria-label=${this.t("legend.title")}>
      <div class="top">
        <span class="unit"
          >${this.shows(info)}${this.tx(session.levelLabel(info.level))}
          ${info.unit ? html`<span class="quiet">· ${this.coded("unit", info.unit)}</span>` : nothing}
          ${session.desks.coloured ? html`<span class="chip suppose">${this.t("whatif.short")}</span>` : nothing}</span
        >
        <span class="quiet small num">${this.t("legend.count")}</span>
      </div>
      ${this.histogram(info)}
      ${info.legend.method === "pair" ? html`<cim-pair .session=${session} .info=${info}></cim-pair>` : this.classes(info)}
      ${this.states(info)} ${this.standard(info)}
      ${this.versus(info)}
      <cim-classes .session=${session} .info=${info}></cim-classes>
      <cim-lenses .session=${session}></cim-lenses>
      ${this.foot(info)}
    </section>`;
  }

  /** What the map shows where it is not the indicator's own value. */
  private shows(info: OverlayInfo) {
    const { method } = info.legend;
    const known = ["difference", "places", "pair", "grades"];
    return known.includes(method)
      ? html`<span class="chip">${this.t(`classes.is_${method}`)}</span> `
      : nothing;
  }

  /** Classes; pointing at one sets its units off on the map, a click keeps them. */
  private classes(info: OverlayInfo) {
    const codes = this.session.shown?.codes;
    const flags = (index: number) => codes?.map((code) => (code === index ? 1 : 0)) ?? null;
    return html`<ol class="rows" @pointerleave=${() => this.point(null)}>
      ${info.legend.classes.map(
        (item) => html`<li>
          <button
            class="class"
            aria-pressed=${this.kept === item.index}
            title=${this.t("legend.set_off")}
            @pointerenter=${() => this.point(flags(item.index))}
            @click=${() => this.keep(item.index, flags(item.index))}
          >
            <span class="swatch" style="--swatch:${item.color}"></span>
            <span class="label num">${this.tx(item.label) || classRange(item, this.locale)}</span>
            <span class="count num">${this.count(item.count)}</span>
          </button>
        </li>`,
      )}
    </ol>`;
  }

  private point(flags: Uint8Array | null): void {
    if (this.kept === null) this.session.planner.brush(flags);
  }

  private keep(index: number, flags: Uint8Array | null): void {
    this.kept = this.kept === index ? null : index;
    this.session.planner.brush(this.kept === null ? null : flags);
    this.requestUpdate();
  }

  protected override willUpdate(): void {
    const key = this.session.overlay.key;
    if (this.kept !== null && this.keptOf !== key) {
      this.kept = null;
      this.session.planner.brush(null);
    }
    this.keptOf = key;
  }

  /** What a difference was taken from, and what it cannot tell. */
  private versus(info: OverlayInfo) {
    const beside = info.versus;
    if (!beside) return nothing;
    const other = beside.code === info.code ? String(beside.year) : this.name(beside.name);
    const lacking = beside.only_first + beside.only_second;
    return html`<p class="small" data-versus=${beside.code}>
      ${this.t(`classes.versus_${beside.method}`, { other })}
      ${this.t("classes.versus_counts", { rose: this.count(beside.rose), fell: this.count(beside.fell), same: this.count(beside.same) })}
      ${lacking > 0 ? this.t("classes.versus_lacking", { n: this.count(lacking) }) : nothing}
    </p>`;
  }

  private states(info: OverlayInfo) {
    const rows = stateRows(info);
    if (rows.length === 0) return nothing;
    return html`<ul class="rows states">
      ${rows.map(
        ({ state, count }) => html`<li title=${this.coded("state_why", state)}>
          <span class="swatch ${state}"></span>
          <span class="label">${this.coded("state", state)}</span>
          <span class="count num">${this.count(count)}</span>
        </li>`,
      )}
    </ul>`;
  }

  private standard(info: OverlayInfo) {
    const text = standardText(
      info.legend.standard,
      info.unit && this.coded("unit", info.unit),
      this.locale,
    );
    if (!text) return nothing;
    const key = info.legend.standard?.reference ? "legend.reference" : "legend.standard";
    return html`<p class="standard num"><i></i>${this.t(key)} ${text}</p>`;
  }

  private foot(info: OverlayInfo) {
    const year = this.session.city.value?.years.find((item) => item.year === info.year);
    const sources = info.sources.map((item) => this.source(item.name)).join(" · ");
    const { with_value: some, total } = info.coverage;
    return html`<div class="foot">
      <div>
        ${this.t("legend.period", { period: info.period })}${
          year ? html` · ${this.t("app.cutoff", { date: this.date(year.cutoff) })}` : nothing
        }
        · ${this.t("legend.coverage", { share: formatPercent(some, total, this.locale) })}
      </div>
      ${sources ? html`<div>${this.t("legend.sources", { sources })}</div>` : nothing}
      <div class="form">${this.t(info.level === "building" ? "legend.building_walls" : "legend.walls")}</div>
      ${info.level === "building" && this.session.massing.value ? html`<div>${this.massing()}</div>` : nothing}
    </div>`;
  }

  /** Far away a block is one simple mass and wears the block's own class. */
  private massing(): string {
    const level = this.session.massing.value?.info.level ?? null;
    return this.t("legend.massing", { level: this.tx(this.session.levelLabel(level)) });
  }

  private histogram(info: OverlayInfo) {
    const { edges, counts } = info.histogram ?? { edges: [], counts: [] };
    const first = edges[0];
    const last = edges.at(-1);
    if (counts.length < LEAST_BARS || first === undefined || last === undefined) return nothing;
    const most = Math.max(1, ...counts);
    const span = last - first || 1;
    const bars = counts.map((count, i) => {
      const from = edges[i] ?? first;
      const to = edges[i + 1] ?? last;
      const x = ((from - first) / span) * 300;
      const width = Math.max(1, ((to - from) / span) * 300 - 1.5);
      const height = count === 0 ? 0 : Math.max(1.5, (count / most) * 50);
      const color = classOf((from + to) / 2, info.legend)?.color ?? "gray";
      const end = i === counts.length - 1;
      return svg`<g @pointerenter=${() => this.bin(from, to, end)} data-bin=${i}>
        <rect x=${x} y="0" width=${width} height="52" fill="transparent" />
        <rect x=${x} y=${52 - height} width=${width} height=${height} rx="1" fill=${color} /></g>`;
    });
    return html`<svg
        class="histogram"
        viewBox="0 0 300 52"
        preserveAspectRatio="none"
        role="img"
        aria-label=${this.t("legend.histogram")}
        @pointerleave=${() => this.point(null)}
      >
        ${bars} ${this.marker(info, first, span)} ${this.hovered(info, first, span)}
      </svg>
      <div class="axis num" aria-hidden="true">
        <span>${this.num(first)}</span><span>${this.num(last)}</span>
      </div>`;
  }

  /** Units whose value lies under a bar. */
  private bin(from: number, to: number, last: boolean): void {
    this.session.needValues();
    const values = this.session.values.value;
    if (values) this.point(binRows(values, from, to, last));
  }

  /** Where the unit lies that is pointed at, on the map or in a list. */
  private hovered(info: OverlayInfo, first: number, span: number) {
    const { hover, values } = this.session;
    const value = hover?.level === info.level ? values.value?.[hover.row] : undefined;
    if (value === undefined || !Number.isFinite(value)) return nothing;
    const x = ((value - first) / span) * 300;
    return svg`<path class="here" d="M${x} 52l-5 7h10z" fill="var(--accent)" />`;
  }

  private marker(info: OverlayInfo, first: number, span: number) {
    const value = info.legend.standard?.value ?? null;
    if (value === null || value < first || value > first + span) return nothing;
    const x = ((value - first) / span) * 300;
    return svg`<line x1=${x} x2=${x} y1="-3" y2="52" stroke="var(--ink)" stroke-width="1.5"
      stroke-dasharray="3 2.5" vector-effect="non-scaling-stroke" />`;
  }
}
