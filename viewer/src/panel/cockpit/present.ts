/** The presentation: the leader's screen alone, in letters that the last row can read. */
import { css, html, nothing } from "lit";
import { letterSize, parseWall } from "../../cockpit.ts";
import { mergeCredits } from "../../credits.ts";
import { classRange, stateRows } from "../../legend.ts";
import { base } from "../../style/base.ts";
import { icon } from "../icons.ts";
import { Panel } from "../panel.ts";

/** Heights in letter sizes: a card with its head alone, one problem, one part, the gap between cards. */
const HEAD = 3.15;
const PROBLEM = 4.17;
const PART = 2.7;
const GAP = 0.75;
const MOST = 7;

function fitting(room: number, each: number): number {
  return Math.max(0, Math.min(MOST, Math.floor(room / each)));
}

export class Presentation extends Panel {
  /** of the free part of the map and of the verdict, pixels */
  private height = 0;
  private verdict = 0;
  private watched: Element | null = null;
  private readonly fit = () => {
    this.dress();
    this.requestUpdate();
  };

  /** The map's part of the screen is known only when all around it is. */
  private readonly watch = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (target.matches(".view")) this.height = contentRect.height;
      else this.verdict = contentRect.height;
    }
    this.requestUpdate();
    this.dispatchEvent(new Event("cim-reframe", { bubbles: true, composed: true }));
  });

  static override styles = [
    base,
    css`
      :host {
        position: absolute;
        inset: 0;
        display: grid;
        grid-template: auto minmax(0, 1fr) auto / 18rem minmax(0, 1fr) minmax(20.5rem, 27%);
        gap: 0.75rem;
        padding: 0.875rem;
        pointer-events: none !important;
      }
      /* words of the Latin script are longer than those of the Chinese */
      :host([data-language="en"]) {
        grid-template-columns: 18rem minmax(0, 1fr) minmax(23rem, 29%);
      }
      header {
        grid-column: 1 / -1;
        display: flex;
        align-items: center;
        gap: 1rem;
        padding: 0.5rem 0.625rem 0.5rem 1rem;
      }
      h1 {
        font-size: 1.375rem;
        font-weight: 680;
        letter-spacing: -0.01em;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      header cim-progress {
        flex: 1;
        min-width: 0;
      }
      .map {
        color: var(--ink-2);
        font-size: 0.9375rem;
      }
      .map b {
        color: var(--ink);
      }
      .card,
      cim-verdict,
      cim-parts,
      cim-cards,
      cim-strip,
      cim-progress {
        pointer-events: auto;
      }
      .side {
        display: flex;
        flex-direction: column;
        gap: 0.75rem;
        min-height: 0;
      }
      .side > * {
        flex: none;
        --line-height: 1.3;
        --line-room: 0.28rem;
      }
      .side > [data-list] {
        flex: 0 1 auto;
      }
      .foot {
        grid-column: 1 / -1;
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 0.5rem;
      }
      @container (max-width: 1020px) {
        :host,
        :host([data-language="en"]) {
          grid-template: auto auto minmax(0, 1fr) auto / minmax(0, 1fr);
        }
        header cim-progress {
          flex: 1 1 100%;
          order: 1;
        }
        header {
          flex-wrap: wrap;
        }
        h1,
        .legend.num,
        .legend .said {
          white-space: normal;
        }
        .side :is(cim-parts, cim-cards) {
          display: none;
        }
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 1rem;
        padding: 0.375rem 1rem;
        font-size: 0.8125rem;
      }
      .legend span {
        display: inline-flex;
        align-items: center;
        gap: 0.375rem;
      }
      .said {
        margin-left: auto;
        color: var(--ink-3);
      }
      .short {
        color: var(--high);
        font-weight: 600;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("resize", this.fit);
    this.dress();
  }

  protected override updated(): void {
    const view = this.renderRoot.querySelector(".view");
    if (!view || view === this.watched) return;
    this.watched = view;
    this.watch.observe(view);
    const verdict = this.renderRoot.querySelector("cim-verdict");
    if (verdict) this.watch.observe(verdict);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.watch.disconnect();
    this.watched = null;
    removeEventListener("resize", this.fit);
    if (this.session.standing.ownsWindow) document.documentElement.style.fontSize = "";
    dispatchEvent(new Event("resize"));
  }

  private get letters(): { size: number; reach: number | null } {
    return letterSize(parseWall(this.session.state.wall), innerWidth);
  }

  private dress(): void {
    if (!this.session.standing.ownsWindow) return; // letters of another's page stay as they are
    document.documentElement.style.fontSize = `${this.letters.size}px`;
  }

  override render() {
    const { session } = this;
    const city = session.city.value;
    if (!city) return nothing;
    const room = this.height / this.letters.size;
    const cards = Math.max(1, fitting(room - HEAD, PROBLEM));
    const parts = fitting(room - this.verdict / this.letters.size - GAP - HEAD, PART);
    this.dataset["language"] = session.state.language;
    return html`<header class="card">
        <h1>${this.t("present.title", { city: this.tx(city.name), year: session.choice.year ?? "" })}</h1>
        ${city.synthetic ? html`<span class="chip medium">${this.t("app.synthetic")}</span>` : nothing}
        <cim-progress shape="row" .session=${session}></cim-progress>
        <button
          class="icon"
          aria-label=${this.t("present.leave")}
          title=${this.t("present.leave")}
          @click=${() => session.desks.open(null)}
        >
          ${icon("close")}
        </button>
      </header>
      <div class="side">
        <cim-verdict .session=${session}></cim-verdict>
        ${parts > 1 ? html`<cim-parts .session=${session} .most=${parts}></cim-parts>` : nothing}
      </div>
      <div class="view"></div>
      <div class="side"><cim-cards .session=${session} .most=${cards}></cim-cards></div>
      <div class="foot">
        <cim-strip .session=${session}></cim-strip>
        <div class="legend card num">
          <p class="map">${this.mapped()}</p>
          ${this.legend()} ${this.said()}
        </div>
      </div>`;
  }

  private mapped() {
    const { indicator, level, year } = this.session.choice;
    if (!indicator) return this.t("map.plain");
    const label = this.tx(this.session.levelLabel(level));
    return html`<b>${this.name(indicator.name)}</b> · ${label} · ${year}`;
  }

  private legend() {
    const info = this.session.shown?.info;
    if (!info) return nothing;
    const unit = info.unit ? this.coded("unit", info.unit) : "";
    const classes = info.legend.classes.map(
      (item) => html`<span
        ><i class="swatch" style="--swatch:${item.color}"></i>${classRange(item, this.locale)}</span
      >`,
    );
    const states = stateRows(info).map(
      ({ state }) =>
        html`<span><i class="swatch ${state}"></i>${this.coded("state", state)}</span>`,
    );
    return html`${classes}${states}<span class="quiet">${unit}</span>`;
  }

  /** Whose geometry this is: the line of credits that the controls show elsewhere. */
  private credits(): string {
    const city = this.session.city.value;
    const lines = (city?.attribution ?? []).map((line) => this.tx(line));
    const named = (city?.sources ?? []).map((item) => item.attribution ?? "");
    return [...mergeCredits(lines.length > 0 ? lines : named), this.t("map.engine")].join(" · ");
  }

  /** Until when the figures speak; and where the letters are too small for the hall, how far they carry. */
  private said() {
    const { session } = this;
    const year = session.city.value?.years.find((item) => item.year === session.choice.year);
    const wall = parseWall(session.state.wall);
    const { reach } = this.letters;
    const near = wall && reach !== null && reach < wall.distance - 0.05;
    return html`<span class="said"
      >${year ? this.t("app.cutoff", { date: this.date(year.cutoff) }) : nothing}
      · ${this.credits()} ${near ? html`<span class="short">${this.t("present.reach", { m: this.num(Math.floor(reach)) })}</span>` : nothing}</span
    >`;
  }
}
