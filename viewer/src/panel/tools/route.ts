/** Views in a row: recorded, played, taken along as a scene. */
import { html, nothing } from "lit";
import { MOST_STOPS, type Stop, sceneOf } from "../../tools/route.ts";
import { download, ToolPanel } from "./toolpanel.ts";

const SECONDS = 5;
const FLIGHT = 2.5;

export class RoutePanel extends ToolPanel {
  private stops: Stop[] = [];
  private playing = -1;
  private round = 0;

  protected override begin(): void {
    this.stops = this.bench.route;
  }

  protected override end(): void {
    this.halt();
  }

  private keepStops(stops: Stop[]): void {
    this.stops = stops;
    this.bench.route = stops;
    this.requestUpdate();
  }

  private record(): void {
    const title = this.t("route.stop", { n: this.stops.length + 1 });
    this.keepStops([...this.stops, { pose: this.bench.stage.globe.pose(), title }]);
  }

  private async play(): Promise<void> {
    this.round += 1;
    const { round } = this;
    for (const [at, stop] of this.stops.entries()) {
      this.playing = at;
      this.requestUpdate();
      const arrived = await this.bench.flyPose(stop.pose, FLIGHT);
      if (round !== this.round) return;
      if (!arrived) break;
      await new Promise((done) => setTimeout(done, (SECONDS - FLIGHT) * 1000));
      if (round !== this.round) return;
    }
    this.halt();
  }

  private halt(): void {
    this.round += 1;
    if (this.playing >= 0) this.bench.stopFlight();
    this.playing = -1;
    this.requestUpdate();
  }

  private save(): void {
    const title = this.t("route.title");
    const scene = sceneOf("recorded-route", title, this.stops, SECONDS, this.session.state);
    download("recorded-route.json", `${JSON.stringify(scene, null, 2)}\n`, "application/json");
  }

  override render() {
    const { stops, playing } = this;
    return html`<div class="stack">
      <p class="hint">${this.t("route.hint")}</p>
      <div class="acts">
        <button class="act first" ?disabled=${stops.length >= MOST_STOPS} @click=${() => this.record()}>
          ${this.t("route.add")}
        </button>
        <button
          class="act"
          ?disabled=${stops.length < 2}
          @click=${() => (playing >= 0 ? this.halt() : void this.play())}
        >
          ${this.t(playing >= 0 ? "route.halt" : "route.play")}
        </button>
        <button class="act" ?disabled=${stops.length === 0} @click=${() => this.save()}>
          ${this.t("route.save")}
        </button>
      </div>
      ${stops.length > 0 ? html`<ol class="rows scroll">${stops.map((s, at) => this.line(s, at))}</ol>` : nothing}
    </div>`;
  }

  private line({ title, pose }: Stop, at: number) {
    const rename = (event: Event) => {
      const text = (event.target as HTMLInputElement).value.trim().slice(0, 200) || title;
      this.keepStops(this.stops.map((one, i) => (i === at ? { ...one, title: text } : one)));
    };
    return html`<li class="line" aria-current=${at === this.playing ? "step" : "false"}>
      <input
        type="text"
        class="grow"
        aria-label=${this.t("route.name")}
        maxlength="200"
        .value=${title}
        @change=${rename}
      />
      ${this.iconButton("tools.fly", "fly", () => void this.bench.flyPose(pose, FLIGHT / 2))}
      ${this.iconButton("tools.remove", "trash", () =>
        this.keepStops(this.stops.filter((_, i) => i !== at)),
      )}
    </li>`;
  }
}
