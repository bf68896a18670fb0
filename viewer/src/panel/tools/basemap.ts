/** The choice of a map of others below the city: none, one, with labels, pale or in its own colours. */
import { css, html, nothing } from "lit";
import type { BasemapShape } from "../../api.ts";
import { type Under, withBottom, withLabels } from "../../basemap.ts";
import type { Basemaps } from "../../basemaps.ts";
import { mergeCredits } from "../../credits.ts";
import { base } from "../../style/base.ts";
import { form } from "../../style/form.ts";
import { toolStyle } from "../../style/tool.ts";
import { Panel } from "../panel.ts";

export class BasemapChoice extends Panel {
  static override properties = { ...Panel.properties, maps: { attribute: false } };
  declare maps: Basemaps;

  static override styles = [
    base,
    form,
    toolStyle,
    css`
      .stack {
        gap: 0.5rem;
        padding-bottom: 0.75rem;
        border-bottom: 1px solid var(--line);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.maps.need();
  }

  override render() {
    const { list, wish } = this.maps;
    const known = list.value ?? [];
    return html`<section class="stack" aria-label=${this.t("base.title")}>
      <h3 class="eyebrow">${this.t("base.title")}</h3>
      ${
        list.error
          ? html`<p class="said" role="status">${this.t("base.list_failed")}
              <button class="link" @click=${() => this.again()}>${this.t("app.retry")}</button></p>`
          : !list.value
            ? html`<p class="hint">${this.t("app.loading")}</p>`
            : known.length === 0 && wish.names.length === 0
              ? html`<p class="hint">${this.t("base.empty")}</p>`
              : this.choice(wish, known)
      }
    </section>`;
  }

  private again(): void {
    this.maps.list.retry();
    this.maps.need();
    this.requestUpdate();
  }

  private choice(wish: Under, known: readonly BasemapShape[]) {
    const { maps } = this;
    const grounds = known.filter((map) => !map.overlay);
    const labels = known.filter((map) => map.overlay);
    const now = grounds.find((map) => wish.names.includes(map.name))?.name ?? "";
    const lost = wish.names.filter((name) => !known.some((map) => map.name === name));
    return html`<select
        name="base"
        aria-label=${this.t("base.title")}
        @change=${(event: Event) =>
          maps.put(withBottom(wish, (event.target as HTMLSelectElement).value, known))}
      >
        <option value="" ?selected=${now === ""}>${this.t("base.none")}</option>
        ${grounds.map(
          (map) => html`<option value=${map.name} ?selected=${map.name === now}>
            ${this.tx(map.label)}
          </option>`,
        )}
      </select>
      ${now ? labels.map((map) => this.label(map, wish)) : nothing}
      ${wish.names.length > 0 ? this.look(wish) : nothing}
      ${lost.map((name) => html`<p class="said" role="status">${this.t("base.unknown", { name })}</p>`)}
      ${maps.chosen.map((map) => this.told(map))}
      ${mergeCredits(maps.chosen.map((map) => map.attribution)).map((line) => html`<p class="hint">${line}</p>`)}`;
  }

  private label(map: BasemapShape, wish: Under) {
    return html`<label class="keep">
      <input
        type="checkbox"
        name=${map.name}
        .checked=${wish.names.includes(map.name)}
        @change=${(event: Event) =>
          this.maps.put(withLabels(wish, map.name, (event.target as HTMLInputElement).checked))}
      />
      ${this.tx(map.label)}
    </label>`;
  }

  private look(wish: Under) {
    const choice = (name: "calm" | "full") => html`<button
      data-look=${name}
      aria-pressed=${wish.calm === (name === "calm")}
      @click=${() => this.maps.put({ ...wish, calm: name === "calm" })}
    >
      ${this.t(`base.look.${name}`)}
    </button>`;
    return html`<div class="segments" role="group" aria-label=${this.t("base.look")}>
        ${choice("calm")} ${choice("full")}
      </div>
      ${wish.calm ? nothing : html`<p class="hint">${this.t("base.full_note")}</p>`}
      <p class="hint">${this.t("base.through")} ${this.t("base.covers")}</p>`;
  }

  /** Whose map it is, how it lies on the city, and whether it comes at all. */
  private told(map: BasemapShape) {
    const status = this.maps.failed.get(map.name);
    const name = this.tx(map.label);
    const why = status ? "base.failed_status" : "base.failed_silent";
    return html`${map.note ? html`<p class="said" data-note=${map.name}>${this.tx(map.note)}</p>` : nothing}
      ${map.kind === "tianditu" && !map.note && !map.overlay ? html`<p class="hint">${this.t("base.tianditu")}</p>` : nothing}
      ${
        status === undefined
          ? nothing
          : html`<p class="said" role="alert" data-failed=${map.name}>${this.t(why, { name, status })}</p>`
      }`;
  }
}
