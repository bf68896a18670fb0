/** Two views of one place side by side, each with its own coat; they move together. */
import { html } from "lit";
import { stageIn } from "../../ownstage.ts";
import type { Stage } from "../../stage.ts";
import { OtherPanel } from "./other.ts";

export class SplitPanel extends OtherPanel {
  private second: Stage | null = null;
  private box: HTMLElement | null = null;
  private untie: (() => void) | null = null;

  protected override begin(): void {
    super.begin();
    const { bench, other } = this;
    const root = bench.stage.globe.scene.canvas.getRootNode() as ShadowRoot;
    if (!other) return;
    const box = document.createElement("div");
    box.className = "map second";
    root.append(box);
    this.box = box;
    root.host.toggleAttribute("data-split", true);
    this.second = stageIn(box, other, "low", () => box.getBoundingClientRect());
    this.second.taker = () => {};
    this.untie = bench.tieWith(this.second);
    bench.second = this.second;
  }

  protected override end(): void {
    super.end();
    this.untie?.();
    this.bench.second = null;
    this.bench.sides(null);
    this.second?.dispose();
    this.box?.remove();
    const root = this.bench.stage.globe.scene.canvas.getRootNode() as ShadowRoot;
    root.host.toggleAttribute("data-split", false);
    this.bench.stage.globe.draw();
  }

  protected override follow(): void {
    const { other, session, bench } = this;
    if (!other) return;
    if (this.second) this.second.plain = this.kind === "bare";
    bench.sides({ left: this.sideName(session), right: this.sideName(other) });
  }

  override render() {
    const { other } = this;
    return html`<div class="stack">
      ${this.choices()}
      <p class="hint">${this.t("split.hint")}</p>
      ${
        other && this.kind !== "bare"
          ? html`<h3 class="eyebrow">${this.t("swipe.right")}</h3>
              <cim-legend .session=${other}></cim-legend>`
          : ""
      }
    </div>`;
  }
}
