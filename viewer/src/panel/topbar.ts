/** The bar on top: which city, which year, which level, which language. */
import { html, nothing } from "lit";
import { hasColumn, yearsAt } from "../choice.ts";
import { base } from "../style/base.ts";
import { barLook } from "../style/topbar.ts";
import { icon } from "./icons.ts";
import { arrowKeys, Panel } from "./panel.ts";
import { type DeskEntry, desks } from "./seam.ts";

/** More years than this are a list to choose from. */
const MOST_BUTTONS = 8;

export class TopBar extends Panel {
  private unfolded = false;
  /** where the menu begins, pixels from the bar's left edge */
  private menuAt = 0;
  static override styles = [base, barLook];

  private readonly resized = new ResizeObserver(() => this.tighten());

  override connectedCallback(): void {
    super.connectedCallback();
    this.resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
  }

  protected override updated(): void {
    this.tighten();
  }

  /** Leaves out words, the least needed first, until all of the bar fits, in whatever language. */
  private tighten(): void {
    const bar = this.renderRoot.querySelector<HTMLElement>(".bar");
    const gap = bar?.querySelector<HTMLElement>(".gap");
    if (!bar || !gap) return;
    const name = bar.querySelector<HTMLElement>(".name");
    for (const tight of ["", "1", "2", "3"]) {
      if (tight) bar.dataset["tight"] = tight;
      else delete bar.dataset["tight"];
      const whole = !name || name.scrollWidth <= name.clientWidth + 1;
      if (whole && bar.scrollWidth <= bar.clientWidth) return;
    }
  }

  override render() {
    const { session } = this;
    const city = session.city.value;
    const { language, theme } = session.state;
    return html`<header class="bar card">
      <div class="name">
        <h1>${city ? this.tx(city.name) : this.t("app.name")}</h1>
        <span class="what">${this.t("app.what")}</span>
        ${city?.synthetic ? html`<span class="badge">${this.t("app.synthetic")}</span>` : nothing}
      </div>
      <span class="gap"></span>
      ${this.desks()} ${this.years()} ${this.levels()}
      <div class="tools">
        <button
          class="icon lang"
          aria-label=${`${this.t("app.other_language")} ${this.t("app.language")}`}
          title=${this.t("app.language")}
          @click=${() => session.store.set({ language: language === "zh" ? "en" : "zh" })}
        >
          ${this.t("app.other_language")}
        </button>
        <button
          class="icon"
          aria-label=${this.t("app.theme")}
          title=${this.t("app.theme")}
          @click=${() => session.store.set({ theme: theme === "light" ? "dark" : "light" })}
        >
          ${icon(theme === "light" ? "moon" : "sun")}
        </button>
        <button
          class="icon"
          aria-label=${this.t("help.button")}
          title=${this.t("help.button")}
          @click=${() => session.dispatchEvent(new Event("help"))}
        >
          ${icon("help")}
        </button>
        <cim-account .session=${session}></cim-account>
      </div>
    </header>`;
  }

  /** What to be at work on; the overview is where no desk is open. */
  private desks() {
    const { session } = this;
    if (!session.city.value?.publication) return nothing;
    const open = session.state.desk;
    const item = (entry: DeskEntry | null) => {
      const key = `desk.${entry?.name ?? "none"}`;
      const label = entry?.label ? this.tx(entry.label) : this.t(key);
      const hint = entry?.hint ? this.tx(entry.hint) : this.t(`${key}_what`);
      const name = entry?.name ?? null;
      return html`<button
        aria-pressed=${open === name}
        aria-label=${label}
        title=${hint}
        @click=${() => this.openDesk(name)}
      >
        ${icon(entry?.icon ?? "home")} <span>${label}</span>
      </button>`;
    };
    const all = desks();
    const others = all.filter((entry) => !entry.main);
    const inside = others.find((entry) => entry.name === open);
    return html`<nav class="segments desks" aria-label=${this.t("desk.title")} @keydown=${arrowKeys}>
        ${item(null)} ${all.filter((entry) => entry.main).map(item)}
        ${inside ? item(inside) : nothing}
        ${
          others.length > 0
            ? html`<button
                class="more"
                aria-expanded=${this.unfolded}
                aria-haspopup="true"
                title=${this.t("desk.more_what")}
                @click=${() => this.fold(!this.unfolded)}
              >
                ${icon("plus")} <span>${this.t("desk.more")}</span>
              </button>`
            : nothing
        }
      </nav>
      ${
        this.unfolded
          ? html`<div
              class="menu card"
              style="--menu:${this.menuAt}px"
              role="group"
              aria-label=${this.t("desk.more_what")}
              @keydown=${this.onMenuKey}
            >
              ${others.map(item)}
            </div>`
          : nothing
      }`;
  }

  private openDesk(name: string | null): void {
    this.fold(false);
    this.session.desks.open(name);
  }

  private fold(unfolded: boolean): void {
    this.unfolded = unfolded;
    const bar = this.renderRoot.querySelector(".bar")?.getBoundingClientRect();
    const more = this.renderRoot.querySelector(".more")?.getBoundingClientRect();
    this.menuAt = Math.max(0, (more?.left ?? 0) - (bar?.left ?? 0));
    if (unfolded) addEventListener("pointerdown", this.onOutside);
    else removeEventListener("pointerdown", this.onOutside);
    this.requestUpdate();
  }

  private readonly onOutside = (event: Event) => {
    if (!event.composedPath().includes(this)) this.fold(false);
  };

  private readonly onMenuKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return arrowKeys(event);
    event.stopPropagation();
    this.fold(false);
    this.renderRoot.querySelector<HTMLElement>(".more")?.focus();
  };

  private years() {
    const { session } = this;
    const years = session.city.value?.years ?? [];
    if (years.length === 0) return nothing;
    if (years.length > MOST_BUTTONS) return this.yearList(years.map((item) => item.year));
    return html`<div class="group">
      <span class="eyebrow" id="years">${this.t("app.year")}</span>
      <div class="segments num" role="group" aria-labelledby="years" @keydown=${arrowKeys}>
        ${years.map(
          ({ year, cutoff }) => html`<button
            class=${this.lacking(year, session.choice.level) ? "lacking" : ""}
            aria-pressed=${year === session.choice.year}
            ?disabled=${!this.known(year)}
            title=${this.yearHint(year, cutoff)}
            @click=${() => session.store.set({ year })}
          >
            ${year}
          </button>`,
        )}
      </div>
    </div>`;
  }

  /** Whether the map can show the year at some level; all can while no indicator is shown. */
  private known(year: number): boolean {
    const { indicator, levels } = this.session.choice;
    return !indicator || levels.length === 0 || yearsAt(indicator, levels).includes(year);
  }

  private lacking(year: number | null, level: string | null): boolean {
    const { indicator } = this.session.choice;
    return indicator !== null && !hasColumn(indicator, level, year);
  }

  private yearHint(year: number, cutoff: string): string {
    const { indicator, level, levels } = this.session.choice;
    if (!this.known(year)) return this.t("app.year_without_data", { year });
    if (!indicator || !this.lacking(year, level)) {
      return this.t("app.cutoff", { date: this.date(cutoff) });
    }
    const others = levels.filter((item) => hasColumn(indicator, item, year));
    const names = others.map((item) => this.tx(this.session.levelLabel(item)));
    const list = new Intl.ListFormat(this.locale, { type: "conjunction" }).format(names);
    return this.t("app.year_other_level", { year, levels: list });
  }

  private yearList(years: number[]) {
    const { session } = this;
    return html`<label class="group">
      <span class="eyebrow">${this.t("app.year")}</span>
      <select
        class="num"
        @change=${(event: Event) => {
          session.store.set({ year: Number((event.target as HTMLSelectElement).value) });
        }}
      >
        ${years.map(
          (year) => html`<option
            value=${year}
            ?selected=${year === session.choice.year}
            ?disabled=${!this.known(year)}
          >
            ${year}
          </option>`,
        )}
      </select>
    </label>`;
  }

  private levelHint(level: string): string {
    const { levels, year } = this.session.choice;
    if (!levels.includes(level)) return this.t("app.level_without_data");
    return this.lacking(year, level) ? this.t("app.level_other_year", { year: year ?? "" }) : "";
  }

  private levels() {
    const { session } = this;
    const drawn = session.drawn();
    if (drawn.length < 2) return nothing;
    return html`<div class="group">
      <span class="eyebrow" id="levels">${this.t("app.level")}</span>
      <div class="segments" role="group" aria-labelledby="levels" @keydown=${arrowKeys}>
        ${drawn.map(
          (level) => html`<button
            class=${this.lacking(session.choice.year, level) ? "lacking" : ""}
            aria-pressed=${level === session.choice.level}
            ?disabled=${!session.choice.levels.includes(level)}
            title=${this.levelHint(level)}
            @click=${() => session.store.set({ level })}
          >
            ${this.tx(session.levelLabel(level))}
          </button>`,
        )}
      </div>
    </div>`;
  }
}
