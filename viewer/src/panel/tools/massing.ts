/** A planned massing beside what stands there: volume, floor area, height. */
import { html, nothing } from "lit";
import { standingIn } from "../../tools/buildings.ts";
import { NotGeoJson, readGeoJson } from "../../tools/geojson.ts";
import { readGlb } from "../../tools/glb.ts";
import {
  type Figures,
  hullOf,
  inside,
  type Prism,
  plannedFigures,
  presentFigures,
  prismsOf,
  STOREY,
  type Standing,
} from "../../tools/massing.ts";
import type { Guest, Spot } from "../../tools/spot.ts";
import { ToolPanel } from "./toolpanel.ts";

const PLANNED = "#2f7fd1";

interface Plan {
  name: string;
  guest: Guest;
  figures: Figures;
  present: Standing[];
  left: number;
}

export class MassingPanel extends ToolPanel {
  private plan: Plan | null = null;
  private waiting: { name: string; bytes: Uint8Array } | null = null;
  private trouble = "";
  private cleared = false;

  protected override begin(): void {
    void this.takeDropped();
  }

  protected override end(): void {
    this.drop();
  }

  protected override updated(): void {
    super.updated();
    if (this.bench.dropped.length > 0) void this.takeDropped();
  }

  private drop(): void {
    this.plan?.guest.remove();
    if (this.cleared) this.bench.away.clear();
    this.cleared = false;
    this.plan = null;
  }

  private async takeDropped(): Promise<void> {
    const [file] = this.bench.dropped;
    this.bench.dropped = [];
    if (!file) return;
    this.trouble = "";
    try {
      if (/\.glb$/i.test(file.name)) await this.takeModel(file);
      else await this.takePrisms(await file.text(), file.name);
    } catch (error) {
      this.trouble = error instanceof NotGeoJson ? `geojson_${error.reason}` : "model";
    }
    this.requestUpdate();
  }

  private async takePrisms(text: string, name: string): Promise<void> {
    const { prisms, left } = prismsOf(readGeoJson(text));
    if (prisms.length === 0) throw new NotGeoJson("empty");
    this.drop();
    const hull = hullOf(prisms);
    const near = await standingIn(this.session, hull, new AbortController().signal);
    const present = near.filter(({ centre }) => inside(hull, centre));
    const guest = this.bench.guests.prisms(prisms, this.groundUnder(prisms), PLANNED);
    this.plan = { name, guest, figures: plannedFigures(prisms), present, left };
    const [first] = hull;
    if (first) this.bench.lookAt({ ...first, height: this.groundUnder(prisms) });
  }

  /** The lowest ground under the plan's corners: no body floats. */
  private groundUnder(prisms: readonly Prism[]): number {
    const units = this.bench.stage.layers.layers.filter(({ info }) => info.kind !== "context");
    const tilesets = units.map(({ tileset }) => tileset);
    const corners = prisms.flatMap((prism) => prism.rings[0] ?? []).slice(0, 24);
    const heights = corners.flatMap(
      ({ lon, lat }) => this.bench.rays.surfaceAt(lon, lat, tilesets) ?? [],
    );
    return heights.length > 0 ? Math.min(...heights) : (this.bench.city?.low ?? 0);
  }

  private async takeModel(file: File): Promise<void> {
    this.waiting = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
    readGlb(this.waiting.bytes);
    this.bench.take((spot) => void this.placeModel(spot));
  }

  private async placeModel(spot: Spot): Promise<void> {
    const { waiting } = this;
    if (!waiting) return;
    this.waiting = null;
    this.bench.take(null);
    this.drop();
    const { height, volume, footprint } = readGlb(waiting.bytes);
    const guest = await this.bench.guests.model(waiting.bytes, spot);
    const floorArea = volume / STOREY;
    const figures = { count: 1, footprint, volume, floorArea, highest: height };
    this.plan = { name: waiting.name, guest, figures, present: [], left: 0 };
    this.requestUpdate();
  }

  private clearSite(): void {
    this.cleared = !this.cleared;
    if (this.cleared) this.bench.away.hideRows(this.plan?.present.map(({ row }) => row) ?? []);
    else this.bench.away.clear();
  }

  override render() {
    return html`<div class="stack">
      <p class="hint">${this.t("massing.hint")}</p>
      <div class="acts">
        <label class="act first">
          ${this.t("massing.file")}
          <input
            class="hidden"
            type="file"
            accept=".geojson,.json,.glb"
            @change=${(event: Event) => {
              this.bench.dropped = [...((event.target as HTMLInputElement).files ?? [])];
              void this.takeDropped();
            }}
          />
        </label>
      </div>
      ${
        this.trouble
          ? html`<div class="said" role="alert" data-reason=${this.trouble}>
              <p>${this.t(`guests.why.${this.trouble}`)}</p>
              <p>${this.t(`guests.way.${this.trouble}`)}</p>
            </div>`
          : nothing
      }
      ${
        this.waiting
          ? html`<p>${this.t("massing.place", { name: this.waiting.name })}</p>
              <div class="acts">${this.middleButton()}</div>`
          : nothing
      }
      ${this.plan ? this.table(this.plan) : nothing}
    </div>`;
  }

  private table({ name, figures, present, left }: Plan) {
    const now = presentFigures(present);
    const rows: [string, keyof Figures, (value: number) => string][] = [
      ["massing.count", "count", (value) => this.count(value)],
      ["massing.footprint", "footprint", (value) => this.squareMetres(value)],
      ["massing.volume", "volume", (value) => `${this.count(Math.round(value))} m³`],
      ["massing.floor_area", "floorArea", (value) => this.squareMetres(value)],
      ["massing.highest", "highest", (value) => this.metres(value)],
    ];
    return html`<h3 class="eyebrow">${name}</h3>
      <table>
        <thead>
          <tr>
            <th></th>
            <th scope="col">${this.t("massing.now")}</th>
            <th scope="col"><span class="key" style="--tone: ${PLANNED}"></span>${this.t("massing.planned")}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([key, field, said]) => html`<tr data-row=${field}>
              <th scope="row">${this.t(key)}</th>
              <td data-value=${now[field]}>${said(now[field])}</td>
              <td data-value=${figures[field]}>${said(figures[field])}</td>
            </tr>`,
          )}
        </tbody>
      </table>
      ${
        present.length > 0
          ? html`<label class="keep">
              <input type="checkbox" .checked=${this.cleared} @change=${() => this.clearSite()} />
              ${this.t("massing.clear_site", { n: present.length })}
            </label>`
          : nothing
      }
      ${left > 0 ? html`<p class="said">${this.t("massing.left", { n: left })}</p>` : nothing}
      <p class="hint">${this.t("massing.how", { storey: STOREY })}</p>`;
  }
}
