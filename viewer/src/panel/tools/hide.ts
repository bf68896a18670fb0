/** Takes buildings or larger units off the map, or all others. */
import { html, nothing } from "lit";
import type { Picked } from "../../tools/away.ts";
import { ToolPanel } from "./toolpanel.ts";

const ACTS = ["hide", "alone"] as const;
type Act = (typeof ACTS)[number];

export class HidePanel extends ToolPanel {
  private act: Act = "hide";
  private level = "building";

  protected override begin(): void {
    this.level = this.session.choice.level ?? "building";
    this.bench.refine(true);
    this.bench.takePixels((x, y) => this.choose(x, y));
  }

  private choose(x: number, y: number): void {
    const { stage, away } = this.bench;
    const hit = stage.pick(x, y);
    const unit = hit && (this.level === hit.level ? hit : stage.resolve(hit));
    if (!unit || unit.level !== this.level) return;
    const picked = { level: unit.level, row: unit.row };
    this.session.places.needUnit(picked.level, picked.row);
    if (this.act === "hide") away.hide(picked);
    else away.isolate(picked);
  }

  private get levels(): string[] {
    const { level } = this.session.choice;
    return level && level !== "building" ? ["building", level] : ["building"];
  }

  override render() {
    const { away } = this.bench;
    const level = (name: string) => this.tx(this.session.levelLabel(name));
    return html`<div class="stack">
      ${this.segments("hide.act", ACTS, this.act, (act) => {
        this.act = act;
        this.requestUpdate();
      })}
      ${
        this.levels.length > 1
          ? html`<div class="segments" role="group" aria-label=${this.t("hide.what")}>
              ${this.levels.map(
                (name) => html`<button
                  aria-pressed=${name === this.level}
                  data-level=${name}
                  @click=${() => {
                    this.level = name;
                    this.requestUpdate();
                  }}
                >
                  ${level(name)}
                </button>`,
              )}
            </div>`
          : nothing
      }
      <p class="hint">
        ${this.t(`hide.hint.${this.act}`, { level: level(this.level).toLowerCase() })}
      </p>
      <div class="acts">${this.middleButton()}</div>
      ${this.list("hide.gone", away.hidden)} ${this.list("hide.only", away.alone)}
      ${
        away.count > 0
          ? html`<div class="acts">
              <button class="act first" @click=${() => away.clear()}>${this.t("hide.all")}</button>
            </div>`
          : nothing
      }
    </div>`;
  }

  private list(key: string, units: readonly Picked[]) {
    if (units.length === 0) return nothing;
    return html`<h3 class="eyebrow">${this.t(key, { n: units.length })}</h3>
      <ul class="rows scroll">
        ${units.slice(0, 50).map(
          (unit) => html`<li class="line">
            <span class="grow">${this.nameOf(unit)}</span>
            ${this.iconButton("hide.back", "close", () => this.bench.away.restore(unit))}
          </li>`,
        )}
      </ul>`;
  }

  private nameOf({ level, row }: Picked): string {
    const known = this.session.index.get(level)?.get(row);
    return known ? this.name(known.label) : `${this.tx(this.session.levelLabel(level))} ${row}`;
  }
}
