/** The small card at the pointer: which unit, which value, of when. */
import { css, html, nothing } from "lit";
import { classRange, stateOfCode } from "../legend.ts";
import { NO_PARENT } from "../lut.ts";
import type { Hover, LoadedOverlay } from "../session.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

export class Tip extends Panel {
  private readonly follow = () => this.requestUpdate();

  static override styles = [
    base,
    css`
      :host {
        position: absolute;
        inset: 0;
        pointer-events: none;
        overflow: hidden;
      }
      .tip {
        position: absolute;
        left: 0;
        top: 0;
        max-width: 20rem;
        padding: 0.5rem 0.75rem;
        border-radius: 0.625rem;
        background: var(--panel-solid);
        box-shadow: var(--shadow);
        line-height: 1.4;
      }
      .name {
        font-weight: 600;
      }
      .value {
        display: flex;
        align-items: center;
        gap: 0.5rem;
      }
      .value b {
        font-weight: 650;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.session.addEventListener("point", this.follow);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.session.removeEventListener("point", this.follow);
  }

  override render() {
    const { hover } = this.session;
    if (!hover?.at) return nothing;
    const { x, y } = hover.at;
    const left = x + 18;
    const flip = left + 260 > this.clientWidth;
    const place = `transform:translate(${flip ? x - 18 : left}px, ${y + 16}px) ${
      flip ? "translateX(-100%)" : ""
    }`;
    return html`<div class="tip" role="status" style=${place}>
      <div class="name">${this.name_(hover)}</div>
      ${this.value(hover)}
    </div>`;
  }

  private name_(hover: Hover) {
    const unit = this.session.index.get(hover.level)?.get(hover.row);
    if (unit) return this.tx(unit.label);
    const level = this.tx(this.session.levelLabel(hover.level));
    const id = hover.id?.slice(hover.id.indexOf(":") + 1) ?? "";
    return `${level} ${id}`;
  }

  private value(hover: Hover) {
    const { session } = this;
    const loaded = session.shown;
    if (!loaded) return nothing;
    const row = this.overlayRow(hover, loaded.info.level);
    const code = loaded.codes[row];
    if (code === undefined) return nothing;
    const { info } = loaded;
    const state = stateOfCode(code);
    const swatch = info.legend.classes.find((item) => item.index === code)?.color;
    const exact = session.values.value?.[row];
    const text =
      state !== null
        ? this.coded("state", state)
        : exact !== undefined && Number.isFinite(exact)
          ? this.amount(exact, info.unit, "measured")
          : "";
    if (session.desks.coloured) return this.supposed(hover, loaded, code, exact);
    return html`<div class="value num">
        <span class="swatch ${state ?? ""}" style=${swatch ? `--swatch:${swatch}` : ""}></span>
        <b>${text}</b>
        <span class="quiet small">${info.period}</span>
      </div>
      ${state === null ? nothing : html`<div class="small quiet">${this.coded("state_why", state)}</div>`}`;
  }

  /** In a what-if only the class is known; the measured value stands beside it, named as such. */
  private supposed(hover: Hover, { info }: LoadedOverlay, code: number, exact?: number) {
    const known = exact !== undefined && Number.isFinite(exact);
    const measured = known ? this.amount(exact, info.unit, "measured") : "";
    const found = info.legend.classes.find((item) => item.index === code);
    const state = stateOfCode(code);
    const range = found
      ? this.tx(found.label) || classRange(found, this.locale)
      : this.coded("state", state ?? "missing");
    const now = this.session.overlay.value?.codes[this.overlayRow(hover, info.level)];
    return html`<div class="value num">
        <span class="swatch ${state ?? ""}" style=${found ? `--swatch:${found.color}` : ""}></span>
        <b>${range}</b>
        <span class="quiet small">${this.t(now === code ? "whatif.same_class" : "whatif.new_class")}</span>
      </div>
      ${measured ? html`<div class="small quiet num">${this.t("whatif.measured", { value: measured })}</div>` : nothing}`;
  }

  private overlayRow(hover: Hover, level: string): number {
    if (hover.level === level) return hover.row;
    if (hover.level !== "building") return -1;
    const parent = this.session.parents.get(level)?.[hover.row];
    return parent === undefined || parent === NO_PARENT ? -1 : parent;
  }
}
