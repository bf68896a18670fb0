/** The skyline from where one stands, with the angle at every point of it. */
import { html, nothing } from "lit";
import type { CameraPose } from "../../state.ts";
import { type Edge, raised, type Skyline, type Spot } from "../../tools/spot.ts";
import { ToolPanel } from "./toolpanel.ts";

const EYE = 1.6;
/** Degrees by which one looks up from the street. */
const PITCH = 12;

export class SkylinePanel extends ToolPanel {
  private line: Skyline | null = null;
  private looked = false;
  private stood: CameraPose | null = null;
  private pointed: Edge | null = null;
  private stops: (() => void)[] = [];

  protected override begin(): void {
    const { bench } = this;
    bench.refine(true);
    bench.take((spot) => void this.stand(spot));
    const { canvas } = bench.stage.globe.scene;
    const point = (event: PointerEvent) => this.point(event.offsetX);
    canvas.addEventListener("pointermove", point);
    this.stops = [
      () => canvas.removeEventListener("pointermove", point),
      bench.stage.globe.onMoved(() => {
        if (this.looked) void this.trace();
      }),
    ];
  }

  protected override end(): void {
    for (const stop of this.stops) stop();
    this.back();
  }

  private back(): void {
    if (this.stood) this.bench.stage.globe.setPose(this.stood);
    this.stood = null;
  }

  /** Goes to a place at the height of an eye and reads the skyline there. */
  async stand(spot: Spot): Promise<void> {
    const { globe } = this.bench.stage;
    this.stood ??= globe.pose();
    const { heading } = globe.pose();
    const { lon, lat, height } = raised(spot, EYE);
    globe.setPose({ lon, lat, height, heading, pitch: PITCH });
    await this.trace();
  }

  /** Reads the skyline of the view at hand once its tiles are there. */
  async trace(): Promise<void> {
    await this.bench.settled();
    if (!this.isConnected) return;
    this.line = this.bench.skyline();
    this.looked = true;
    this.bench.draw([]);
    this.requestUpdate();
  }

  private point(x: number): void {
    const edges = this.line?.edges ?? [];
    const near = edges.find((edge) => edge.x >= x) ?? null;
    if (near === this.pointed) return;
    this.pointed = near;
    this.requestUpdate();
  }

  override render() {
    return html`<div class="stack">
      <p class="hint">${this.t("skyline.hint")}</p>
      <div class="acts">
        ${this.middleButton()}
        <button class="act" @click=${() => void this.trace()}>${this.t("skyline.here")}</button>
        ${
          this.stood
            ? html`<button class="act" @click=${() => this.leaveStreet()}>
                ${this.t("skyline.back")}
              </button>`
            : nothing
        }
      </div>
      ${this.line ? this.figures(this.line) : this.looked ? this.none() : nothing}
    </div>`;
  }

  private leaveStreet(): void {
    this.looked = false;
    this.line = null;
    this.bench.clearTrace();
    this.back();
    this.requestUpdate();
  }

  private none() {
    return html`<p class="said">${this.t("skyline.none")}</p>`;
  }

  private figures({ edges, sky }: Skyline) {
    const highest = edges.reduce((a, b) => (b.altitude > a.altitude ? b : a));
    const mean = edges.reduce((sum, edge) => sum + edge.altitude, 0) / edges.length;
    const figure = (key: string, value: number, shown: string, main = false) => html`<dt>
        ${this.t(key)}
      </dt>
      <dd class=${main ? "main" : ""} data-figure=${key} data-value=${value}>${shown}</dd>`;
    const { pointed } = this;
    return html`<dl class="figures">
      ${figure("skyline.highest", highest.altitude, this.degrees(highest.altitude), true)}
      ${figure("skyline.towards", highest.azimuth, this.degrees(highest.azimuth))}
      ${figure("skyline.mean", mean, this.degrees(mean))}
      ${figure("skyline.sky", sky, `${this.num(sky * 100)} %`)}
      ${pointed ? figure("skyline.pointed", pointed.altitude, this.degrees(pointed.altitude)) : nothing}
    </dl>`;
  }
}
