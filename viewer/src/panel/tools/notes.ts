/** Notes pinned to places: kept in this browser, taken along as GeoJSON. */
import { html, nothing } from "lit";
import { notesAsGeoJson } from "../../tools/geojson.ts";
import { LONGEST, type Note } from "../../tools/notes.ts";
import type { Spot } from "../../tools/spot.ts";
import { download, ToolPanel } from "./toolpanel.ts";

export class NotesPanel extends ToolPanel {
  private place: Spot | null = null;
  private lost = false;

  protected override begin(): void {
    this.bench.take((spot) => {
      this.place = spot;
      this.bench.draw([{ kind: "dot", at: spot, tone: "accent", pin: true }]);
      void this.updateComplete.then(() =>
        this.renderRoot.querySelector<HTMLInputElement>("input[name=note]")?.focus(),
      );
    });
  }

  private add(event: Event): void {
    event.preventDefault();
    const field = this.renderRoot.querySelector<HTMLInputElement>("input[name=note]");
    const text = field?.value.trim().slice(0, LONGEST);
    if (!text || !this.place) return;
    this.keepAll([...this.bench.notes, { id: crypto.randomUUID(), text, at: this.place }]);
    this.place = null;
    this.bench.draw([]);
  }

  private keepAll(notes: readonly Note[]): void {
    this.lost = !this.bench.setNotes(notes);
  }

  override render() {
    const { notes } = this.bench;
    return html`<div class="stack">
      <p class="hint">${this.t("notes.hint")}</p>
      ${this.place ? this.form() : html`<div class="acts">${this.middleButton()}</div>`}
      ${
        notes.length > 0
          ? html`<ul class="rows scroll">${notes.map((note) => this.line(note))}</ul>
              <div class="acts">
                <button class="act" @click=${() => this.save()}>${this.t("notes.save")}</button>
              </div>`
          : nothing
      }
      ${this.lost ? html`<p class="said">${this.t("notes.lost")}</p>` : nothing}
    </div>`;
  }

  private form() {
    return html`<form class="stack" @submit=${(event: Event) => this.add(event)}>
      <label class="field">
        ${this.t("notes.text")}
        <input type="text" name="note" maxlength=${LONGEST} autocomplete="off" />
      </label>
      <div class="acts">
        <button class="act first" type="submit">${this.t("notes.pin")}</button>
        <button class="act" type="button" @click=${() => this.drop()}>${this.t("tools.cancel")}</button>
      </div>
    </form>`;
  }

  private drop(): void {
    this.place = null;
    this.bench.draw([]);
  }

  private line(note: Note) {
    return html`<li class="line">
      <span class="grow" title=${note.text}>${note.text}</span>
      ${this.iconButton("tools.fly", "fly", () => this.bench.lookAt(note.at))}
      ${this.iconButton("tools.remove", "trash", () =>
        this.keepAll(this.bench.notes.filter((one) => one.id !== note.id)),
      )}
    </li>`;
  }

  private save(): void {
    download("notes.geojson", notesAsGeoJson(this.bench.notes), "application/geo+json");
  }
}
