/** A divider over the map: one city, two coats. */
import { html, nothing } from "lit";
import { paintingOf } from "../../coats.ts";
import { OtherPanel } from "./other.ts";

/** Beside the card there must be this much to be divided, pixels. */
const ROOM = 240;

export class SwipePanel extends OtherPanel {
  private painted: unknown[] = [];
  private ready = false;

  protected override begin(): void {
    super.begin();
    void this.bench.openHalves().then(() => {
      this.ready = true;
      this.follow();
    });
  }

  protected override end(): void {
    super.end();
    this.ready = false;
    this.bench.closeHalves();
  }

  private get share(): number {
    return this.setting("p", this.standing(), [0.05, 0.95]);
  }

  /** Where the divider stands first: in the middle of what neither a panel nor this card covers. */
  private standing(): number {
    const root = this.getRootNode() as ShadowRoot;
    const card = root.querySelector(".card")?.getBoundingClientRect();
    const canvas = this.bench.stage.globe.scene.canvas.getBoundingClientRect();
    const free = this.bench.stage.flights.free();
    const covered = card ? card.right - canvas.left : free.left;
    if (covered > free.right - ROOM) return this.bench.middleShare();
    return (Math.max(free.left, covered) + free.right) / 2 / canvas.width;
  }

  protected override follow(): void {
    const { other, bench } = this;
    if (!other || !this.ready) return;
    const bare = this.kind === "bare";
    const key = [
      bare,
      other.overlay.value,
      other.massing.value,
      other.choice.level,
      other.parents.size,
    ];
    if (key.some((item, at) => item !== this.painted[at])) {
      this.painted = key;
      bench.halves.paint(bare ? null : paintingOf(other), other.choice.level);
    }
    bench.divide({
      share: this.share,
      left: this.sideName(this.session),
      right: this.sideName(other),
      put: (share) => bench.keep({ p: share.toFixed(3) }),
    });
  }

  override render() {
    const { other, kind } = this;
    return html`<div class="stack">
      ${this.choices()}
      <p class="hint">${this.t("swipe.hint")}</p>
      ${
        other && kind !== "bare"
          ? html`<h3 class="eyebrow">${this.t("swipe.right")}</h3>
              <cim-legend .session=${other}></cim-legend>`
          : nothing
      }
    </div>`;
  }
}
