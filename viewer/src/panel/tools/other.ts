/** What stands on the other side of a comparison: another year, another indicator, or the bare city. */
import { html } from "lit";
import { Session } from "../../session.ts";
import { type Patch, Store } from "../../state.ts";
import { ToolPanel } from "./toolpanel.ts";

const KINDS = ["year", "indicator", "bare"] as const;
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
    const same = { system, level, indicator: indicator?.code ?? null, selection: null };
    if (this.kind === "year") return { ...same, year: this.year };
    if (this.kind === "indicator") return { ...same, year, indicator: this.code };
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
    return [indicator ? this.name(indicator.name) : "", year ?? ""].filter(Boolean).join(" · ");
  }

  protected choices() {
    const { kind } = this;
    return html`${this.segments("swipe.kind", KINDS, kind, (item) =>
      this.bench.keep({ w: item === "year" ? null : item, v: null }),
    )}
    ${kind === "year" ? this.yearChoice() : kind === "indicator" ? this.codeChoice() : ""}`;
  }

  private put = (event: Event) => this.bench.keep({ v: (event.target as HTMLSelectElement).value });

  private yearChoice() {
    return html`<select aria-label=${this.t("swipe.kind.year")} @change=${this.put}>
      ${this.years.map(
        (year) => html`<option value=${year} ?selected=${year === this.year}>${year}</option>`,
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
