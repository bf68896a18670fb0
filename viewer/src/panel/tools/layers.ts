/** The tree of layers: what is drawn, and how strongly. */
import { html, nothing } from "lit";
import { icon } from "../icons.ts";
import { ToolPanel } from "./toolpanel.ts";

interface Row {
  name: string;
  label: string;
  shown: boolean;
  opacity: number | null;
  show: (shown: boolean) => void;
  fade?: (share: number) => void;
}

export class LayersPanel extends ToolPanel {
  private labels = true;

  private row(name: string, label: string): Row {
    const { bench } = this;
    return {
      name,
      label,
      shown: !bench.stage.layers.off.has(name),
      opacity: bench.stage.backend === "texture" ? (bench.opacity.get(name) ?? 1) : null,
      show: (shown) => bench.setShown(name, shown),
      fade: (share) => bench.setOpacity(name, share),
    };
  }

  private cityRows(): Row[] {
    const { layers } = this.bench.stage.layers;
    const units = layers.filter(({ info }) => info.kind === "units");
    const context = layers.filter(({ info }) => info.kind === "context");
    const surfaces = this.bench.stage.layers.hasSurfaces;
    const named = (name: string) => this.coded("layers.name", name);
    return [
      ...units.map(({ name, bound }) => this.row(name, bound ? name : named(name))),
      ...(surfaces ? [this.row("surface", this.surfaceName())] : []),
      ...["roads", "green", "water", "ground"]
        .filter((name) => context.some((layer) => layer.name === name))
        .map((name) => this.row(name, named(name))),
      this.labelRow(),
    ];
  }

  private surfaceName(): string {
    const label = this.session.levelLabel(this.session.choice.level);
    const what = this.session.choice.level === "building" ? null : label;
    return what
      ? this.t("layers.surface_of", { level: this.tx(what) })
      : this.t("layers.name.surface");
  }

  private labelRow(): Row {
    const root = this.bench.stage.globe.scene.canvas.getRootNode() as ParentNode;
    return {
      name: "labels",
      label: this.t("layers.name.labels"),
      shown: this.labels,
      opacity: null,
      show: (shown) => {
        this.labels = shown;
        for (const part of root.querySelectorAll<HTMLElement>("cim-labels, cim-pins")) {
          part.style.display = shown ? "" : "none";
        }
        this.requestUpdate();
      },
    };
  }

  private guestRows(): Row[] {
    const { foreign } = this.bench;
    return foreign.guests.map(({ id, name, shown, opacity, kind }) => ({
      name: `guest-${id}`,
      label: name,
      shown,
      opacity: kind === "tiles3d" ? null : opacity,
      show: (on) => foreign.change(id, { shown: on }),
      fade: (share) => foreign.change(id, { opacity: share }),
    }));
  }

  override render() {
    const guests = this.guestRows();
    const maps = this.bench.stage.basemaps;
    return html`<div class="stack">
      ${maps ? html`<cim-basemap .session=${this.session} .maps=${maps}></cim-basemap>` : nothing}
      <ul class="rows all">
        ${this.cityRows().map((row) => this.line(row))}
      </ul>
      ${
        guests.length > 0
          ? html`<h3 class="eyebrow">${this.t("layers.guests")}</h3>
              <ul class="rows">${guests.map((row) => this.line(row))}</ul>`
          : nothing
      }
      <button class="link line" @click=${() => this.bench.open("guests")}>
        ${this.t("layers.add")}
      </button>
    </div>`;
  }

  private line({ name, label, shown, opacity, show, fade }: Row) {
    const percent = Math.round((opacity ?? 1) * 100);
    return html`<li data-layer=${name}>
      <div class="line">
        <button
          class="icon"
          aria-pressed=${shown}
          aria-label=${this.t(shown ? "layers.hide" : "layers.show", { name: label })}
          @click=${() => show(!shown)}
        >
          ${icon(shown ? "eye" : "eyeoff")}
        </button>
        <span class="grow ${shown ? "" : "quiet"}" title=${label}>${label}</span>
        ${
          opacity === null
            ? nothing
            : html`<input
                type="range"
                style="width: 6rem"
                min="0"
                max="100"
                step="5"
                .value=${String(percent)}
                ?disabled=${!shown}
                aria-label=${this.t("layers.opacity", { name: label })}
                title=${`${percent} %`}
                @input=${(event: Event) =>
                  fade?.(Number((event.target as HTMLInputElement).value) / 100)}
              />`
        }
      </div>
    </li>`;
  }
}
