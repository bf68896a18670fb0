/** Layers of others, by address or by a dropped file; what cannot come says why, and a way on. */
import { html, nothing } from "lit";
import type { ForeignKind } from "../../tools/foreign.ts";
import { NotGeoJson } from "../../tools/geojson.ts";
import { kindOfAddress } from "../../tools/maps.ts";
import { ToolPanel } from "./toolpanel.ts";

const KINDS: readonly ForeignKind[] = ["tiles3d", "wmts", "wms", "geojson"];

/** What went wrong, in the words of the page: guests.why.<reason>. */
interface Trouble {
  reason: string;
  detail: string;
}

export class GuestsPanel extends ToolPanel {
  private kind: ForeignKind = "tiles3d";
  private address = "";
  private layers = "";
  private busy = false;
  private trouble: Trouble | null = null;

  protected override begin(): void {
    void this.takeDropped();
  }

  protected override updated(): void {
    super.updated();
    if (this.bench.dropped.length > 0) void this.takeDropped();
  }

  private async takeDropped(): Promise<void> {
    const files = this.bench.dropped;
    this.bench.dropped = [];
    for (const file of files) await this.takeFile(file);
  }

  private async takeFile(file: File): Promise<void> {
    await this.attempt(async () => {
      if (file.size > 32 * 2 ** 20) throw new NotGeoJson("large");
      await this.bench.foreign.addText(await file.text(), file.name);
    });
  }

  private async attempt(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.trouble = null;
    this.requestUpdate();
    try {
      await act();
    } catch (error) {
      this.trouble = troubleOf(error);
    }
    this.busy = false;
    this.requestUpdate();
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    const { kind, address, layers } = this;
    if (!address) return;
    await this.attempt(() => this.bench.foreign.add(kind, address, layers));
  }

  override render() {
    const guests = this.bench.foreign.guests;
    return html`<div class="stack">
      <form class="stack" @submit=${(event: Event) => void this.submit(event)}>
        <label class="field">
          ${this.t("guests.address")}
          <input
            type="text"
            name="address"
            autocomplete="off"
            spellcheck="false"
            .value=${this.address}
            @input=${(event: Event) => this.typed((event.target as HTMLInputElement).value.trim())}
          />
        </label>
        ${this.segments("guests.kind", KINDS, this.kind, (kind) => {
          this.kind = kind;
          this.requestUpdate();
        })}
        ${
          this.kind === "wms"
            ? html`<label class="field">
                ${this.t("guests.layers")}
                <input
                  type="text"
                  name="layers"
                  autocomplete="off"
                  .value=${this.layers}
                  @input=${(event: Event) => {
                    this.layers = (event.target as HTMLInputElement).value.trim();
                  }}
                />
              </label>`
            : nothing
        }
        <p class="hint">${this.t(`guests.hint.${this.kind}`)}</p>
        <div class="acts">
          <button class="act first" type="submit" ?disabled=${this.busy}>
            ${this.t(this.busy ? "guests.asking" : "guests.add")}
          </button>
          <label class="act">
            ${this.t("guests.file")}
            <input
              class="hidden"
              type="file"
              accept=".geojson,.json"
              @change=${(event: Event) => this.chosen(event.target as HTMLInputElement)}
            />
          </label>
        </div>
      </form>
      ${this.trouble ? this.said(this.trouble) : nothing}
      ${
        guests.length > 0
          ? html`<ul class="rows">
              ${guests.map(
                ({ id, name, kind, count }) => html`<li class="line" data-guest=${kind}>
                  <span class="grow" title=${name}>${name}</span>
                  ${count === null ? nothing : html`<span class="quiet num">${this.count(count)}</span>`}
                  ${this.iconButton("tools.remove", "trash", () => this.bench.foreign.remove(id))}
                </li>`,
              )}
            </ul>`
          : nothing
      }
    </div>`;
  }

  private typed(address: string): void {
    this.address = address;
    if (address) this.kind = kindOfAddress(address);
    this.requestUpdate();
  }

  private chosen(field: HTMLInputElement): void {
    this.bench.dropped = [...(field.files ?? [])];
    field.value = "";
    void this.takeDropped();
  }

  private said({ reason, detail }: Trouble) {
    return html`<div class="said" role="alert" data-reason=${reason} title=${detail}>
      <p>${this.t(`guests.why.${reason}`)}</p>
      <p>${this.t(`guests.way.${reason}`)}</p>
    </div>`;
  }
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof NotGeoJson) return { reason: `geojson_${error.reason}`, detail: "" };
  const { reason, detail } = error as { reason?: string; detail?: string };
  return { reason: reason ?? "content", detail: detail || String(error) };
}
