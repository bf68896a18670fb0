/** Facts against feelings: where the figures are good and people are not content, and the reverse. */
import { html, nothing, svg } from "lit";
import type { Placed, Quadrants } from "../api.ts";
import { base } from "../style/base.ts";
import { deskLook } from "../style/desk.ts";
import { arrowKeys, Panel } from "./panel.ts";

const KINDS = ["keep", "perception", "hidden", "priority"] as const;
const WIDTH = 340;
const HEIGHT = 220;
const EDGE = 10;
const FULL = 100;
/** The picture begins at a round number below the lowest value and the lines. */
const ROUND = 10;

/** From a number to its place, so that all numbers lie inside. */
function scale(values: readonly number[], size: number): (value: number) => number {
  const low = Math.max(0, Math.floor((Math.min(...values) - ROUND / 2) / ROUND) * ROUND);
  const span = Math.max(FULL - low, ROUND);
  return (value) => EDGE + ((value - low) / span) * (size - 2 * EDGE);
}

function look(kind: string): string {
  return kind === "hidden" ? "hidden_" : kind;
}

export class QuadrantDesk extends Panel {
  static override styles = [base, deskLook];

  override render() {
    const { quadrants } = this.session.desks;
    if (quadrants.error)
      return html`<section class="card"><p>${this.t("error.desk")}</p></section>`;
    const found = quadrants.value;
    if (!found) return html`<section class="card quiet">${this.t("app.loading")}</section>`;
    return html`<section class="card" aria-label=${this.t("quadrants.title")}>
      <p class="eyebrow">${this.t("quadrants.title")} · ${this.tx(this.session.levelLabel(found.level))} · ${found.year}</p>
      ${this.scatter(found)} ${this.counts(found)} ${this.list(found)}
      <p class="small quiet foot">${this.t("quadrants.unknown", { n: this.count(found.counts["unknown"] ?? 0) })} ${this.tx(found.scale.label)}</p>
    </section>`;
  }

  private scatter(found: Quadrants) {
    const placed = found.items.filter((item) => item.score !== null && item.satisfaction !== null);
    const lines = found.lines;
    const across = scale([lines.objective, ...placed.map((item) => item.score ?? 0)], WIDTH);
    const up = scale([lines.satisfaction, ...placed.map((item) => item.satisfaction ?? 0)], HEIGHT);
    const x = across(lines.objective);
    const y = HEIGHT - up(lines.satisfaction);
    const chosen = this.session.desks.quadrant;
    return html`<svg class="scatter" viewBox="0 0 ${WIDTH} ${HEIGHT + 16}" role="img" aria-label=${this.t("quadrants.aria")}>
      ${svg`<rect x="0" y="0" width=${WIDTH} height=${HEIGHT} rx="8" fill="var(--raise)" />
        <line x1=${x} x2=${x} y1="0" y2=${HEIGHT} stroke="var(--line-2)" />
        <line x1="0" x2=${WIDTH} y1=${y} y2=${y} stroke="var(--line-2)" />`}
      ${placed.map(
        (
          item,
        ) => svg`<circle class=${look(item.quadrant)} cx=${across(item.score ?? 0)} cy=${HEIGHT - up(item.satisfaction ?? 0)}
          r="4.5" fill="currentColor" style="cursor:pointer" opacity=${!chosen || chosen === item.quadrant ? 0.85 : 0.15}
          @click=${() => this.session.desks.chooseQuadrant(item.quadrant)}><title>${this.tx(item.unit.label)}</title></circle>`,
      )}
      ${svg`<text x=${WIDTH} y=${HEIGHT + 13} text-anchor="end" font-size="10" fill="var(--ink-3)">${this.t("quadrants.facts")}</text>
        <text x="8" y="14" font-size="10" fill="var(--ink-3)">${this.t("quadrants.feelings")}</text>`}
    </svg>`;
  }

  private counts(found: Quadrants) {
    const { desks } = this.session;
    return html`<div class="counts" role="group" aria-label=${this.t("quadrants.title")} @keydown=${arrowKeys}>
      ${KINDS.map(
        (kind) => html`<button
          aria-pressed=${desks.quadrant === kind}
          data-kind=${kind}
          @click=${() => desks.chooseQuadrant(desks.quadrant === kind ? null : kind)}
        >
          <span class=${look(kind)}>${this.t(`quadrants.${kind}`)}</span>
          <b class="num">${this.count(found.counts[kind] ?? 0)}</b>
        </button>`,
      )}
    </div>`;
  }

  private list(found: Quadrants) {
    const { quadrant } = this.session.desks;
    if (!quadrant)
      return html`<p class="small quiet" style="margin:0.5rem 0">${this.t("quadrants.choose")}</p>`;
    const items = found.items.filter((item) => item.quadrant === quadrant);
    if (items.length === 0) return nothing;
    return html`<div class="list scroll" style="margin-top:0.5rem" @keydown=${arrowKeys}>${items.map((item) => this.place(item))}</div>`;
  }

  private place(item: Placed) {
    const n = item.n === null ? "" : this.t("file.sample", { n: this.count(item.n) });
    return html`<button class="row" @click=${() => this.session.select(item.unit.id)}>
      <span class="what">${this.tx(item.unit.label)}</span>
      <span class="num">${this.num(item.score)} · ${this.num(item.satisfaction)}</span>
      <span class="where">${[n, item.small_sample ? this.t("file.small_sample") : "", item.bottom_line ? this.t("quadrants.bottom_line") : ""].filter(Boolean).join(" · ")}</span>
    </button>`;
  }
}
