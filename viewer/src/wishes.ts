/** How strongly layers are drawn and where they are cut: what tools wish of every coat. */
import type { CityLayers } from "./city.ts";
import type { Cut, Overlay } from "./engine.ts";

export class Wishes {
  /** 0 … 1 for a layer by its name, for all surfaces as "surface" */
  readonly opacity = new Map<string, number>();
  cut: Cut | null = null;

  /** `overlays`: one for each layer that is not context, in the layers' order. */
  apply(overlays: readonly Overlay[], city: CityLayers): void {
    const share = (name: string) => this.opacity.get(name) ?? 1;
    const coated = city.layers.filter((layer) => layer.info.kind !== "context");
    overlays.forEach((overlay, at) => {
      const layer = coated[at];
      const surface = layer?.info.kind === "surface";
      overlay.setOpacity(share(surface ? "surface" : (layer?.name ?? "")));
      overlay.setCut(this.cut);
    });
    for (const [name, shader] of city.shaders) shader.setUniform("u_opacity", share(name));
  }
}
