/** What stands on the other side of a comparison: another year, indicator or made map, or the bare city. */
import { html, nothing } from "lit";
import { yearsAt } from "../../choice.ts";
import { Session } from "../../session.ts";
import { type Patch, Store } from "../../state.ts";
import { ToolPanel } from "./toolpanel.ts";

const KINDS = ["year", "indicator", "map", "bare"] as const;
/** The map as published, beside one that was made of it. */
const PUBLISHED = "value";
type Kind = (typeof KINDS)[number];

export class OtherPanel extends ToolPanel {
  protected other: Session | null = null;
  private readonly heard = () => {
    this.follow();
    this.requestUpdate();
  };
  private readonly led = () => this.lead();

  protected override begin(): void {
    this.other = new Session(
      new Store({ ...this.session.state, ...this.patch() }),
      this.session.client,
    );
    this.other.addEventListener("change", this.heard);
    this.session.addEventListener("change", this.led);
    this.other.start();
  }

  protected override end(): void {
    this.other?.removeEventListener("change", this.heard);
    this.session.removeEventListener("change", this.led);
    this.other = null;
  }

  /** The other side's answers have changed. */
  protected follow(): void {}

  protected get kind(): Kind {
    return KINDS.find((kind) => kind === this.settings["w"]) ?? "year";
  }

  protected get years(): number[] {
    const all = this.session.city.value?.years.map((item) => item.year) ?? [];
    return all.filter((year) => year !== this.session.choice.year);
  }

  private get year(): number | null {
    const { year } = this.session.choice;
    const told = Number(this.settings["v"]);
    if (this.years.includes(told)) return told;
    return (
      this.years.filter((item) => year === null || item < year).at(-1) ?? this.years[0] ?? year
    );
  }

  private get code(): string | null {
    return this.settings["v"] ?? this.session.choice.indicator?.code ?? null;
  }

  private patch(): Patch {
    const { system, year, level, indicator } = this.session.choice;
    // a map that was made (change, score, classes) is made on the other side as well
    const { base, show, classes, palette } = this.session.state;
    const code = indicator?.code ?? null;
    const worn = { base, show, classes, palette };
    const same = { system, level, indicator: code, selection: null, ...worn };
    if (this.kind === "year") return { ...same, year: this.year };
    if (this.kind === "indicator") return { ...same, year, indicator: this.code };
    if (this.kind === "map") {
      const { map } = this;
      return { ...same, year, show: map === PUBLISHED ? null : map, classes: null };
    }
    return { ...same, year };
  }

  /** The page has moved on to another level or indicator: the other side goes with it. */
  private lead(): void {
    this.other?.store.set({ ...this.patch(), theme: this.session.state.theme });
  }

  protected override apply(): void {
    this.lead();
    this.follow();
  }

  /** What a side shows, in words. */
  protected sideName(session: Session | null): string {
    if (!session) return "";
    if (session === this.other && this.kind === "bare") return this.t("swipe.bare");
    const { indicator, year } = session.choice;
    if (!indicator) return `${year ?? ""}`;
    const name = this.name(indicator.name);
    const { show, classes } = session.state;
    const words = show ? this.mapName(show) : classes ? this.t("swipe.map.classes") : "";
    return [name, year ?? "", words].filter(Boolean).join(" · ");
  }

  /** What was made of an indicator, in words. */
  private mapName(show: string): string {
    if (show === PUBLISHED || show === "pair" || show === "score") {
      return this.t(`swipe.map.${show}`);
    }
    const [, what, which = ""] = /^(year|with)-(.+)$/.exec(show) ?? [];
    if (what === "year") return this.t("swipe.map.year", { year: which });
    const other = (this.session.indicators.value ?? []).find(({ code }) => code === which);
    return this.t("swipe.map.with", { name: other ? this.name(other.name) : which });
  }

  /** Maps that can be made here; the one on the near side is left out. */
  private get maps(): string[] {
    const { indicator, level, year } = this.session.choice;
    const years = indicator && level ? yearsAt(indicator, [level]) : [];
    const changes = years.filter((item) => item !== year).map((item) => `year-${item}`);
    const near = this.session.state.show ?? (this.session.state.classes ? "" : PUBLISHED);
    return [PUBLISHED, ...changes.reverse(), "score", "pair"].filter((item) => item !== near);
  }

  private get map(): string {
    const told = this.settings["v"] ?? "";
    const { maps } = this;
    return maps.includes(told) ? told : (maps[0] ?? PUBLISHED);
  }

  protected choices() {
    const { kind } = this;
    return html`${this.segments("swipe.kind", KINDS, kind, (item) =>
      this.bench.keep({ w: item === "year" ? null : item, v: null }),
    )}
    ${kind === "year" ? this.yearChoice() : kind === "indicator" ? this.codeChoice() : kind === "map" ? this.mapChoice() : nothing}`;
  }

  private put = (event: Event) => this.bench.keep({ v: (event.target as HTMLSelectElement).value });

  private yearChoice() {
    return html`<select aria-label=${this.t("swipe.kind.year")} @change=${this.put}>
      ${this.years.map(
        (year) => html`<option value=${year} ?selected=${year === this.year}>${year}</option>`,
      )}
    </select>`;
  }

  private mapChoice() {
    return html`<select aria-label=${this.t("swipe.kind.map")} @change=${this.put}>
      ${this.maps.map(
        (show) => html`<option value=${show} ?selected=${show === this.map}>
          ${this.mapName(show)}
        </option>`,
      )}
    </select>`;
  }

  private codeChoice() {
    const { indicators, choice } = this.session;
    const level = choice.level ?? "";
    const fit = (indicators.value ?? []).filter((item) => item.levels.includes(level));
    return html`<select aria-label=${this.t("swipe.kind.indicator")} @change=${this.put}>
      ${fit.map(
        ({ code, name }) => html`<option value=${code} ?selected=${code === this.code}>
          ${this.name(name)}
        </option>`,
      )}
    </select>`;
  }
}
