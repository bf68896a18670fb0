/** The city's verdict: indicators by warning level, and the list behind each number. */
import { css, html, nothing } from "lit";
import type { Warnings } from "../../api.ts";
import {
  better,
  isOpen,
  type ListOf,
  linesOf,
  WARNING_PAINT,
  type Warning,
  type WarningLine,
} from "../../cockpit.ts";
import { standardText } from "../../legend.ts";
import { base } from "../../style/base.ts";
import { cockpit } from "../../style/cockpit.ts";
import { icon } from "../icons.ts";
import { arrowKeys, Panel } from "../panel.ts";

export class Verdict extends Panel {
  static override styles = [
    base,
    cockpit,
    css`
      :host {
        min-height: 0;
      }
      .card {
        display: flex;
        flex-direction: column;
        max-height: 100%;
      }
      .heads {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        gap: 0.5rem;
        margin-top: 0.625rem;
      }
      .level {
        padding: 0.5rem 0.75rem 0.5625rem;
        border-radius: 0.75rem;
        background: var(--raise);
      }
      .level b {
        display: block;
        font-size: 2.125rem;
        font-weight: 640;
        line-height: 1.1;
        letter-spacing: -0.03em;
        font-variant-numeric: tabular-nums;
      }
      .level span {
        font-size: 0.75rem;
        font-weight: 600;
      }
      .level.red {
        background: var(--high-soft);
        color: var(--high);
      }
      .level.yellow {
        background: var(--medium-soft);
        color: var(--medium);
      }
      .level.normal {
        background: var(--good-soft);
        color: var(--good);
      }
      .level:hover {
        box-shadow: inset 0 0 0 1.5px currentcolor;
      }
      .rest {
        display: flex;
        flex-wrap: wrap;
        gap: 0.125rem 1rem;
        margin-top: 0.5rem;
        font-size: 0.8125rem;
      }
      .note {
        margin-top: 0.375rem;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      .back {
        display: inline-flex;
        align-items: center;
        gap: 0.25rem;
        margin-left: -0.25rem;
        font-weight: 650;
        font-size: 0.9375rem;
      }
      .back svg {
        width: 1.125rem;
        height: 1.125rem;
      }
      .list {
        margin-top: 0.5rem;
        min-height: 6rem;
        padding: 0 0.5rem;
        margin-inline: -0.5rem;
      }
      .line {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 0 0.625rem;
        align-items: baseline;
      }
      .line .dot {
        align-self: center;
      }
      .line .what {
        font-weight: 550;
        line-height: 1.35;
      }
      .line .value {
        font-weight: 600;
      }
      .line .under {
        grid-column: 2 / -1;
        display: flex;
        justify-content: space-between;
        gap: 0.75rem;
        font-size: 0.75rem;
        color: var(--ink-3);
      }
      .better {
        color: var(--good);
      }
      .worse {
        color: var(--high);
      }
    `,
  ];

  override render() {
    const { warnings } = this.session.leader;
    const found = warnings.value;
    if (warnings.error && !found) {
      return html`<section class="card"><p>${this.t("error.desk")}</p></section>`;
    }
    if (!found) return nothing;
    const { state } = this.session;
    this.toggleAttribute("data-list", isOpen(state));
    return isOpen(state) ? this.list(found, state) : this.summary(found);
  }

  private summary(found: Warnings) {
    const { leader } = this.session;
    const level = (word: Warning) => html`<button
      class="level ${word}"
      ?disabled=${found.counts[word] === 0}
      title=${this.t(`warning.${word}_what`, { score: this.num(found.method.red_below) })}
      @click=${() => leader.show({ warning: word })}
    >
      <b>${this.count(found.counts[word])}</b><span>${this.t(`warning.${word}`)}</span>
    </button>`;
    const rest = (word: Warning) => html`<button
      class="link"
      title=${this.t(`warning.${word}_what`)}
      ?disabled=${found.counts[word] === 0}
      @click=${() => leader.show({ warning: word })}
    >
      ${this.t(`warning.${word}`)} <b class="num">${this.count(found.counts[word])}</b>
    </button>`;
    return html`<section class="card" aria-label=${this.t("cockpit.verdict")}>
      <div class="head">
        <h2>${this.t("cockpit.verdict")}</h2>
        <button class="link small num" @click=${() => leader.show({ warning: "all" })}>
          ${this.t("cockpit.indicators", { n: this.count(found.indicators.length) })}
        </button>
      </div>
      <div class="heads">${level("red")} ${level("yellow")} ${level("normal")}</div>
      <div class="rest">${rest("no_standard")} ${rest("not_assessed")}</div>
      ${
        found.by_reference > 0
          ? html`<p class="note">
              ${this.t("cockpit.by_reference", { n: this.count(found.by_reference) })}
            </p>`
          : nothing
      }
    </section>`;
  }

  private list(found: Warnings, asked: ListOf) {
    const category = found.categories.find((item) => item.code === asked.category);
    const level = asked.warning === "all" ? null : asked.warning;
    const words = [
      category && this.name(category.label),
      level && this.t(`warning.${level}`),
    ].filter(Boolean);
    const title = words.join(" · ") || this.t("cockpit.all");
    const lines = linesOf(found, asked);
    return html`<section class="card" aria-label=${title}>
      <div class="head">
        <button
          class="back"
          aria-label=${this.t("cockpit.back")}
          @click=${() => this.session.store.set({ category: null, warning: null })}
        >
          ${icon("back")} ${title}
        </button>
        <span class="small quiet num">${this.t("cockpit.count", { n: this.count(lines.length) })}</span>
      </div>
      <div class="list scroll" @keydown=${arrowKeys}>${lines.map((line) => this.line(line))}</div>
    </section>`;
  }

  private line(line: WarningLine) {
    const { session } = this;
    const unit = line.unit && this.coded("unit", line.unit);
    const standard = standardText(line.standard, unit, this.locale);
    const words = this.t(line.standard?.reference ? "legend.reference" : "legend.standard");
    const worst = line.worst ? this.tx(line.worst.unit.label) : "";
    return html`<button
      class="row line"
      aria-current=${session.choice.indicator?.code === line.code}
      title=${this.t("cockpit.to_worst")}
      @click=${() => session.leader.open(line)}
    >
      <span
        class="dot ${line.warning}"
        style="--paint:${WARNING_PAINT[line.warning]}"
        title=${this.t(`warning.${line.warning}`)}
      ></span>
      <span class="what">${this.name(line.name)}</span>
      <span class="value num small">${this.amount(line.value, line.unit, line.state)}</span>
      <span class="under num">
        <span class="cut">${standard ? `${words} ${standard}` : this.t("warning.no_standard")}</span>
        <span class="cut">${worst ? this.t("cockpit.worst", { name: worst }) : nothing} ${this.delta(line)}</span>
      </span>
    </button>`;
  }

  /** This year beside the last: an arrow of the value's way, coloured by what it means. */
  private delta(line: WarningLine) {
    const { value, before } = line;
    if (value === null || before === null) return nothing;
    if (value === before)
      return html`<span title=${this.t("cockpit.before")}>${this.t("cockpit.same")}</span>`;
    const good = better(line);
    const tone = good === null ? "" : good ? "better" : "worse";
    const sign = value > before ? "↑" : "↓";
    return html`<span class=${tone} title=${this.t("cockpit.before")}
      >${sign}${this.num(Math.abs(value - before))}</span
    >`;
  }
}
