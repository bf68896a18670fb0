/** Views in a row: recorded, played, kept among the city's scenes or taken along as a file. */
import { html, nothing } from "lit";
import { actorFits, rememberActor } from "../../actor.ts";
import { ApiError } from "../../client.ts";
import { MOST_STOPS, type Stop, sceneOf } from "../../tools/route.ts";
import { refusal } from "../../worksteps.ts";
import { askWho } from "../askwho.ts";
import { download, ToolPanel } from "./toolpanel.ts";

const SECONDS = 5;
const FLIGHT = 2.5;

export class RoutePanel extends ToolPanel {
  private stops: Stop[] = [];
  private playing = -1;
  private named = "";
  /** name of the scene that was kept last */
  private kept = "";
  private said = "";
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

  private scene(name: string) {
    const title = this.named || this.t("route.title");
    return sceneOf(name, title, this.stops, SECONDS, this.session.state);
  }

  private save(): void {
    const scene = this.scene("recorded-route");
    download("recorded-route.json", `${JSON.stringify(scene, null, 2)}\n`, "application/json");
  }

  /** Among the scenes of the city, under a name that none of them has. */
  private async keep(event: Event): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const { shelf, account } = this.session;
    if (!account.named) {
      const who = String(form.get("actor") ?? "").trim();
      if (!actorFits(who)) {
        this.say("scenes.who");
        return;
      }
      rememberActor(who);
    }
    try {
      const name = await shelf.freshName(this.named || this.t("route.title"));
      await shelf.save({ ...this.scene(name), name }, null);
      this.kept = name;
      this.said = "";
      this.requestUpdate();
    } catch (error) {
      const key = refusal(error);
      const why = error instanceof ApiError ? error.detail : String(error);
      this.say(key.startsWith("account.") ? key : "scenes.refused", { why });
    }
  }

  private say(key: string, params: Record<string, string> = {}): void {
    this.kept = "";
    this.said = this.t(key, params);
    this.requestUpdate();
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
      </div>
      ${stops.length > 0 ? html`<ol class="rows scroll">${stops.map((s, at) => this.line(s, at))}</ol> ${this.keeping()}` : nothing}
    </div>`;
  }

  /** Where the route goes to: the city's scenes, where one may, and a file for who may not. */
  private keeping() {
    const { kept, said, session } = this;
    const file = html`<button type="button" class="act" @click=${() => this.save()}>
      ${this.t("route.save")}
    </button>`;
    if (!session.account.may("compose")) return html`<div class="acts">${file}</div>`;
    return html`<form class="stack" @submit=${(event: Event) => void this.keep(event)}>
      <label class="field">${this.t("route.scene_title")}
        <input
          type="text"
          name="title"
          maxlength="200"
          placeholder=${this.t("route.title")}
          .value=${this.named}
          @input=${(event: Event) => {
            this.named = (event.target as HTMLInputElement).value.trim();
          }}
        /></label>
      ${askWho(session, this.t("work.who"))}
      <div class="acts"><button class="act first" data-act="keep">${this.t("route.keep")}</button> ${file}</div>
      ${said ? html`<p class="said" role="alert">${said}</p>` : nothing}
      ${
        kept
          ? html`<p class="said done" role="status" data-kept=${kept}>
              ${this.t("route.kept")}
              <button type="button" class="link" @click=${() => session.store.set({ desk: "tour", scene: kept, tool: null, toolSet: null })}>
                ${this.t("route.show")}
              </button>
            </p>`
          : nothing
      }
    </form>`;
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
