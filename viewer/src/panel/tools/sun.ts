/** Sun and shadow on a day and at an hour of the city's own time. */
import { html, nothing } from "lit";
import { instantOf, type Sun, shadowPerMetre, sunAt, zoneOf } from "../../tools/sun.ts";
import { ToolPanel } from "./toolpanel.ts";

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DAYS = { spring: "03-20", summer: "06-21", winter: "12-21" } as const;

export class SunPanel extends ToolPanel {
  private stopMoving: (() => void) | null = null;

  protected override begin(): void {
    this.stopMoving = this.bench.stage.globe.onMoved(() => this.apply());
  }

  protected override end(): void {
    this.stopMoving?.();
    this.bench.shadows(null);
  }

  private get year(): number {
    return this.session.choice.year ?? new Date().getFullYear();
  }

  private get day(): string {
    const told = this.settings["on"] ?? "";
    return DATE.test(told) ? told : `${this.year}-${DAYS.winter}`;
  }

  private get hour(): number {
    return this.setting("h", 10, [0, 24]);
  }

  private get zone(): number {
    return zoneOf(this.bench.city?.middle.lon ?? 0);
  }

  private get sun(): Sun | null {
    const { city } = this.bench;
    if (!city) return null;
    return sunAt(instantOf(this.day, this.hour, this.zone), city.middle.lon, city.middle.lat);
  }

  protected override apply(): void {
    this.bench.shadows(this.sun);
  }

  private clock(hour: number): string {
    const minutes = Math.round(hour * 60);
    const two = (value: number) => String(value).padStart(2, "0");
    return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  }

  override render() {
    const { day: date, hour, zone, sun } = this;
    return html`<div class="stack">
      <label class="field">
        ${this.t("sun.date")}
        <input
          type="date"
          name="on"
          .value=${date}
          @change=${(event: Event) => {
            const { value } = event.target as HTMLInputElement;
            if (DATE.test(value)) this.bench.keep({ on: value });
          }}
        />
      </label>
      <div class="segments" role="group" aria-label=${this.t("sun.days")}>
        ${Object.entries(DAYS).map(
          ([name, day]) => html`<button
            aria-pressed=${date.endsWith(day)}
            @click=${() => this.bench.keep({ on: `${this.year}-${day}` })}
          >
            ${this.t(`sun.day.${name}`)}
          </button>`,
        )}
      </div>
      ${this.slider(
        this.t("sun.hour", { zone: `UTC${zone >= 0 ? "+" : "−"}${Math.abs(zone)}` }),
        this.clock(hour),
        { name: "h", value: hour, low: 0, high: 24, step: 0.25 },
        (h) => this.bench.keep({ h }),
      )}
      ${sun ? this.figures(sun) : nothing}
      <p class="hint">${this.t("sun.note")}</p>
    </div>`;
  }

  private figures(sun: Sun) {
    const length = shadowPerMetre(sun);
    if (length === null) return html`<p class="said">${this.t("sun.down")}</p>`;
    const figure = (key: string, shown: string, value: number) => html`<dt>${this.t(key)}</dt>
      <dd data-figure=${key} data-value=${value}>${shown}</dd>`;
    return html`<dl class="figures">
      ${figure("sun.altitude", this.degrees(sun.altitude), sun.altitude)}
      ${figure("sun.azimuth", this.degrees(sun.azimuth), sun.azimuth)}
      ${figure("sun.length", this.metres(length * 10), length * 10)}
    </dl>`;
  }
}
