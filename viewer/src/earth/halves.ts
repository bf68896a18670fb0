/** A second coat over the right part of one view: for the divider. Cesium is known here. */
import { Cesium3DTileset, type Scene, SplitDirection } from "cesium";
import type { CityLayers, Layer } from "../city.ts";
import type { Backend, Overlay, Painting } from "../engine.ts";
import { makeOverlay } from "../overlay.ts";
import type { Theme } from "../state.ts";

/** Tiles that both halves draw are asked for once: the engine shares what has one address. */
export class Halves {
  private overlays: Overlay[] = [];
  private level: string | null = null;
  private worn: { theme: Theme; backend: Backend; detail: number } | null = null;
  private painting: Painting | null = null;
  private readonly also = (layer: Layer) => void this.copy(layer).then(() => this.repaint());

  constructor(
    private readonly scene: Scene,
    private readonly city: CityLayers,
  ) {}

  /** Draws the right half by itself from now on; neutral until painted. */
  async open(theme: Theme, backend: Backend, detail: number): Promise<void> {
    this.worn = { theme, backend, detail };
    const coated = this.city.layers.filter((layer) => layer.info.kind !== "context");
    for (const layer of coated) await this.copy(layer);
    this.city.onLayer.add(this.also);
    this.showSurface();
  }

  private async copy(layer: Layer): Promise<void> {
    const { frame } = this.city;
    const { worn } = this;
    if (!frame || !worn) return;
    const { resource } = layer.tileset as unknown as { resource: { url: string } };
    layer.tileset.splitDirection = SplitDirection.LEFT;
    const tileset = await Cesium3DTileset.fromUrl(resource.url, {
      maximumScreenSpaceError: worn.detail,
      show: layer.info.kind !== "surface",
      enableCollision: false,
    });
    if (this.worn !== worn) return tileset.destroy();
    tileset.splitDirection = SplitDirection.RIGHT;
    tileset.modelMatrix = layer.tileset.modelMatrix;
    this.scene.primitives.add(tileset);
    const copy: Layer = { ...layer, tileset };
    this.city.copies.push(copy);
    this.overlays.push(makeOverlay(copy, frame, worn.theme, worn.backend));
  }

  paint(painting: Painting | null, level: string | null): void {
    this.painting = painting;
    this.level = level;
    if (level) this.city.need(level);
    this.repaint();
  }

  private repaint(): void {
    for (const overlay of this.overlays) overlay.paint(this.painting);
    this.showSurface();
  }

  private showSurface(): void {
    for (const { info, tileset } of this.city.copies) {
      if (info.kind === "surface") tileset.show = info.level === this.level;
    }
    this.scene.requestRender();
  }

  /** 0 … 1 of the canvas from the left. */
  divide(share: number): void {
    this.scene.splitPosition = share;
    this.scene.requestRender();
  }

  get settled(): boolean {
    return this.city.copies.every(({ tileset }) => !tileset.show || tileset.tilesLoaded);
  }

  close(): void {
    this.worn = null;
    this.city.onLayer.delete(this.also);
    for (const overlay of this.overlays) overlay.destroy();
    for (const { tileset } of this.city.copies) this.scene.primitives.remove(tileset);
    this.overlays = [];
    this.city.copies.length = 0;
    for (const { tileset } of this.city.layers) tileset.splitDirection = SplitDirection.NONE;
    this.scene.splitPosition = 0;
    this.scene.requestRender();
  }
}
