/** Shows prisms in place of the buildings while the reader wants height to be the value. */
import type { CityLayers } from "../city.ts";

import type { Prism } from "../prism.ts";
import type { Session } from "../session.ts";
import { Prisms } from "./prisms.ts";
import type { View } from "./view.ts";

export class Solids {
  private readonly prisms: Prisms;
  private drawn: readonly Prism[] | null = null;

  constructor(
    view: View,
    private readonly layers: CityLayers,
    private readonly session: Session,
  ) {
    this.prisms = new Prisms(view.scene);
  }

  /** Called with each change of the session; does nothing when nothing of it changed. */
  follow(): void {
    const { planner, choice } = this.session;
    const wanted = planner.prisms;
    if (wanted !== this.drawn) {
      this.drawn = wanted;
      if (wanted) this.prisms.show(wanted, choice.level ?? "");
      else {
        this.prisms.clear();
        for (const { info, name, tileset } of this.layers.layers) {
          if (info.kind === "units") tileset.show = !this.layers.off.has(name);
        }
      }
    }
    if (!wanted) return;
    for (const { info, tileset } of this.layers.layers) {
      if (info.kind === "units") tileset.show = false;
    }
  }

  clear(): void {
    this.prisms.clear();
  }
}
