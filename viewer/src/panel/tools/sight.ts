/** A line of sight: what stands between an eye and what it looks for. */
import { html, nothing } from "lit";
import { spaceDistance } from "../../tools/geodesy.ts";
import { raised, type Shape, type Spot } from "../../tools/spot.ts";
import { ToolPanel } from "./toolpanel.ts";

interface Look {
  to: Spot;
  /** undefined: not judged yet; null: nothing in the way */
  hit?: Spot | null;
}

export class SightPanel extends ToolPanel {
  private eye: Spot | null = null;
  private looks: Look[] = [];

  protected override begin(): void {
    this.bench.refine(true);
    this.bench.take((spot) => {
      if (!this.eye) this.stand(raised(spot, this.eyeHeight));
      else void this.look(spot);
    });
  }

  private get eyeHeight(): number {
    return this.setting("e", 1.6, [0, 500]);
  }

  /** Stands an eye at a place, which is the eye itself. */
  stand(eye: Spot): void {
    this.eye = eye;
    this.looks = [];
    this.show();
  }

  /** Looks from the eye to a place; what is met first on the way is found with the finest tiles. */
  async look(to: Spot): Promise<Spot | null> {
    if (!this.eye) return null;
    const look: Look = { to };
    this.looks = [...this.looks, look];
    this.show();
    await this.bench.settled();
    look.hit = await this.bench.rays.firstBetween(this.eye, to);
    this.show();
    return look.hit;
  }

  private show(): void {
    const { eye } = this;
    const shapes: Shape[] = this.looks.flatMap((look) => this.shapesOf(look));
    if (eye) shapes.push({ kind: "dot", at: eye, tone: "accent", label: this.t("sight.eye") });
    this.bench.draw(shapes);
    this.requestUpdate();
  }

  private shapesOf({ to, hit }: Look): Shape[] {
    const { eye } = this;
    if (!eye) return [];
    if (hit === undefined) return [{ kind: "line", at: [eye, to], tone: "ink", dashed: true }];
    if (hit === null)
      return [
        { kind: "line", at: [eye, to], tone: "seen" },
        { kind: "dot", at: to, tone: "seen" },
      ];
    return [
      { kind: "line", at: [hit, to], tone: "blocked", dashed: true },
      { kind: "line", at: [eye, hit], tone: "seen" },
      { kind: "dot", at: hit, tone: "blocked" },
      { kind: "dot", at: to, tone: "blocked" },
    ];
  }

  override render() {
    return html`<div class="stack">
      <label class="field">
        ${this.t("sight.height")}
        <input
          type="number"
          name="e"
          min="0"
          max="500"
          step="0.1"
          .value=${String(this.eyeHeight)}
          @change=${(event: Event) =>
            this.bench.keep({ e: (event.target as HTMLInputElement).value })}
        />
      </label>
      <p class="hint">${this.t(this.eye ? "sight.hint_target" : "sight.hint_eye")}</p>
      ${this.looks.length > 0 ? this.list() : nothing}
      <div class="acts">
        ${this.middleButton()}
        <button class="act" ?disabled=${!this.eye} @click=${() => this.anew()}>
          ${this.t("sight.again")}
        </button>
      </div>
      <p class="hint">
        <span class="key" style="--tone: #0b8f6f"></span>${this.t("sight.seen")}
        <br /><span class="key" style="--tone: #d1482b"></span>${this.t("sight.blocked")}
      </p>
    </div>`;
  }

  private anew(): void {
    this.eye = null;
    this.looks = [];
    this.show();
  }

  private list() {
    const { eye } = this;
    if (!eye) return nothing;
    return html`<ul class="rows scroll" aria-live="polite">
      ${this.looks.map(({ to, hit }) => {
        const far = spaceDistance(eye, to);
        const met = hit ? spaceDistance(eye, hit) : null;
        const state = hit === undefined ? "judging" : hit === null ? "clear" : "stopped";
        return html`<li class="line" data-sight=${state} data-met=${met ?? ""} data-far=${far}>
          <span class="grow">
            ${this.t(`sight.${state}`, { far: this.metres(far), met: this.metres(met ?? 0) })}
          </span>
        </li>`;
      })}
    </ul>`;
  }
}
