/** Shows prisms in place of the buildings while the reader wants height to be the value. */
import type { CityLayers } from "../city.ts";
import type { Globe } from "../globe.ts";
import type { Prism } from "../prism.ts";
import type { Session } from "../session.ts";
import { Prisms } from "./prisms.ts";

export class Solids {
  private readonly prisms: Prisms;
  private drawn: readonly Prism[] | null = null;

  constructor(
    globe: Globe,
    private readonly layers: CityLayers,
    private readonly session: Session,
  ) {
    this.prisms = new Prisms(globe.scene);
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
}
