/** Five years of one unit: a small line for each indicator, changes told in words, and the score. */
import { html, nothing, type PropertyDeclarations, svg } from "lit";
import type { Evaluation, EvaluationLine, ScorePage, UnitFile, UnitScore } from "../api.ts";
import { inOrder, plotOf } from "../evaluation.ts";
import { formatPercent } from "../format.ts";
import { Resource } from "../resource.ts";
import { base } from "../style/base.ts";
import { evaluationLook } from "../style/evaluation.ts";
import { Panel } from "./panel.ts";

const WIDTH = 168;
const HEIGHT = 46;
const PAGE = 1000;
const MOST_PAGES = 10;

interface Scored {
  score: UnitScore | null;
  scale: ScorePage["scale"];
}

export class EvaluationTab extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    unit: { attribute: false },
  };
  declare unit: UnitFile;
  private readonly evaluation = new Resource<Evaluation>(() => this.requestUpdate());
  private readonly score = new Resource<Scored>(() => this.requestUpdate());

  static override styles = [base, evaluationLook];

  protected override willUpdate(): void {
    const { client, choice } = this.session;
    const { system, year } = choice;
    const { id, level } = this.unit;
    this.evaluation.load(`${id}/${system}`, (signal) =>
      client.json(`/api/v1/evaluation/${encodeURIComponent(id)}`, { system }, signal),
    );
    this.score.load(`${id}/${system}/${year}`, (signal) =>
      this.findScore(id, { system, year, level, limit: PAGE }, signal),
    );
  }

  private async findScore(
    id: string,
    query: Record<string, string | number | null>,
    signal: AbortSignal,
  ): Promise<Scored> {
    const { client } = this.session;
    let page = await client.json<ScorePage>("/api/v1/scores", query, signal);
    const { scale } = page;
    for (let turn = 0; turn < MOST_PAGES; turn += 1) {
      const score = page.items.find((item) => item.unit.id === id);
      if (score || !page.next) return { score: score ?? null, scale };
      page = await client.json<ScorePage>(page.next, {}, signal);
    }
    return { score: null, scale };
  }

  override render() {
    if (this.evaluation.error) return html`<p class="quiet">${this.t("error.evaluation")}</p>`;
    const found = this.evaluation.value;
    if (!found) return html`<p class="quiet">${this.t("app.loading")}</p>`;
    const lines = inOrder(found.lines);
    return html`${this.scored()}
      <section class="part">
        <h3>
          ${this.t("eval.title", { from: found.years[0] ?? "", to: found.years.at(-1) ?? "" })}
          <span class="num quiet">${lines.length}</span>
        </h3>
        <p class="keys small quiet">
          <span><i class="key-break"></i>${this.t("eval.key_break")}</span>
          <span><i class="key-gap"></i>${this.t("eval.key_gap")}</span>
          <span><i class="key-standard"></i>${this.t("legend.standard")}</span>
        </p>
        ${lines.length === 0 ? html`<p class="quiet">${this.t("eval.none")}</p>` : nothing}
        <div class="multiples">${lines.map((line) => this.multiple(line, found.years))}</div>
      </section>`;
  }

  private multiple(line: EvaluationLine, years: readonly number[]) {
    const tone = line.better === null ? "" : line.better ? "better" : "worse";
    const last = line.points.filter((point) => point.value !== null).at(-1);
    return html`<button
      class="one ${tone}"
      data-code=${line.code}
      @click=${() => this.session.store.set({ indicator: line.code })}
    >
      <span class="name">${this.name(line.name)}</span>
      ${this.picture(line, years)}
      <span class="now num"
        ><b>${last ? this.amount(last.value, line.unit, last.state) : ""}</b>
        <span class="quiet">${last?.year ?? ""}</span></span
      >
      <span class="words">${this.words(line)}</span>
    </button>`;
  }

  private picture(line: EvaluationLine, years: readonly number[]) {
    const plot = plotOf(line, years, WIDTH, HEIGHT);
    const said = line.points
      .map((point) => `${point.year} ${this.amount(point.value, line.unit, point.state)}`)
      .join("; ");
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${said}>
      ${plot.standard === null ? nothing : svg`<line class="standard" x1="0" x2=${WIDTH} y1=${plot.standard} y2=${plot.standard} />`}
      ${plot.gaps.map((gap) => svg`<line class="gap" x1=${gap.x} x2=${gap.x} y1=${HEIGHT - 5} y2=${HEIGHT} />`)}
      ${plot.lines.map((points) => svg`<polyline class="line" points=${points} />`)}
      ${plot.breaks.map(({ x }) => svg`<g class="break"><line x1=${x} x2=${x} y1="0" y2=${HEIGHT} /><path d="M${x} 0l3.5 4.500-3.5 4.500-3.5-4.500z" /></g>`)}
      ${plot.dots.map((dot, i) => svg`<circle class=${i === plot.dots.length - 1 ? "last" : ""} cx=${dot.x} cy=${dot.y} r=${i === plot.dots.length - 1 ? 3 : 1.8} />`)}
    </svg>`;
  }

  private signed(value: number): string {
    return value > 0 ? `+${this.num(value)}` : this.num(value);
  }

  private words(line: EvaluationLine): string {
    if (line.change === null) return this.t("eval.one_year");
    const change = this.signed(line.change);
    const first = line.points.find((point) => point.value !== null)?.year ?? "";
    const judged = line.better === null ? "" : this.t(line.better ? "eval.better" : "eval.worse");
    if (line.breaks.length === 0) {
      return [this.t("eval.change", { change, first }), judged]
        .filter(Boolean)
        .join(this.t("eval.and"));
    }
    const alike = this.signed(line.change_measured_alike ?? 0);
    const across = this.signed(line.change_across_breaks);
    const kinds = [...new Set(line.breaks.flatMap((item) => item.kinds))]
      .map((kind) => this.coded("eval_kind", kind))
      .join(this.t("eval.and"));
    const both = this.t("eval.change_both", { change, first, alike, across, kinds });
    return [both, judged].filter(Boolean).join(this.t("eval.and"));
  }

  private scored() {
    const found = this.score.value;
    if (!found?.score) return nothing;
    const { score, scale } = found;
    const cover = formatPercent(score.coverage, 1, this.locale);
    return html`<section class="part score">
      <h3>${this.t("score.title")} <span class="chip">${this.t("score.proposal")}</span></h3>
      <p class="mood num">
        <b>${score.score === null ? this.t("score.none") : this.num(score.score)}</b>
        <span class="quiet">${this.t("score.coverage", { share: cover })}</span>
        ${score.grade ? html`<span class="chip good">${this.tx(score.grade.label)}</span>` : html`<span class="quiet">${this.t("score.no_grade")}</span>`}
      </p>
      <ul>
        ${score.categories
          .filter((item) => item.score !== null)
          .map(
            (item) => html`<li>
              <span>${this.name(item.label)}</span>
              <span class="bar" aria-hidden="true"><i style="width:${item.score}%"></i></span>
              <span class="num">${this.num(item.score)}</span>
            </li>`,
          )}
      </ul>
      <p class="small quiet">${this.tx(scale.label)}</p>
    </section>`;
  }
}
