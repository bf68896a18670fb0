/** The parts of the city, the worst first: warning levels as a bar, severe problems as a number. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { isOpen, type Part, WARNING_PAINT, WARNING_WORDS } from "../../cockpit.ts";
import { base } from "../../style/base.ts";
import { cockpit } from "../../style/cockpit.ts";
import { arrowKeys, Panel } from "../panel.ts";

/** More parts than this are a list to scroll, and not a glance. */
const MOST = 8;

export class Parts extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    most: { type: Number },
  };
  declare most: number;

  constructor() {
    super();
    this.most = MOST;
  }

  static override styles = [
    base,
    cockpit,
    css`
      .part {
        display: grid;
        grid-template-columns: 1fr auto auto;
        gap: 0.1875rem 0.75rem;
        align-items: baseline;
        padding-block: 0.25rem;
      }
      @container (max-height: 1100px) and (min-width: 1021px) {
        .part:nth-child(n + 6) {
          display: none;
        }
      }
      .part .bar {
        grid-column: 1 / -1;
      }
      .part b {
        font-weight: 600;
      }
      .red {
        color: var(--high);
      }
      .yellow {
        color: var(--medium);
      }
      .keys {
        display: flex;
        gap: 0.75rem;
      }
      .rows {
        margin-top: 0.25rem;
      }
    `,
  ];

  override render() {
    const found = this.session.leader.warnings.value;
    if (!found || found.parts.length === 0 || isOpen(this.session.state)) return nothing;
    const level = this.tx(this.session.levelLabel(found.level));
    return html`<section class="card" aria-label=${this.t("cockpit.parts", { level })}>
      <div class="head">
        <h2>${this.t("cockpit.parts", { level })}</h2>
        <span class="small quiet">${this.t("cockpit.parts_what")}</span>
      </div>
      <div class="rows" @keydown=${arrowKeys}>
        ${found.parts.slice(0, this.most).map((part) => this.one(part))}
      </div>
    </section>`;
  }

  private one(part: Part) {
    const { counts, problems } = part;
    const said = this.t("cockpit.part_said", {
      name: this.tx(part.unit.label),
      red: counts.red,
      yellow: counts.yellow,
      high: problems.high,
    });
    return html`<button
      class="row part"
      title=${said}
      @click=${() => this.session.select(part.unit.id)}
    >
      <b class="cut">${this.tx(part.unit.label)}</b>
      <span class="keys num small"
        ><span class="red">${this.t("warning.red_short")} ${counts.red}</span>
        <span class="yellow">${this.t("warning.yellow_short")} ${counts.yellow}</span></span
      >
      <span class="num small quiet">${this.t("cockpit.severe", { n: this.count(problems.high) })}</span>
      <span class="bar" aria-hidden="true"
        >${WARNING_WORDS.filter((word) => counts[word] > 0).map(
          (word) => html`<i style="flex:${counts[word]};background:${WARNING_PAINT[word]}"></i>`,
        )}</span
      >
    </button>`;
  }
}
