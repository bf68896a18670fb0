/** Maps of others under the city: which the server has, which are chosen, and what went wrong. */
import type { BasemapShape } from "./api.ts";
import { chosenOf, readUnder, type Under, writeUnder } from "./basemap.ts";
import { Underlay } from "./earth/underlay.ts";
import { Resource } from "./resource.ts";
import type { Session } from "./session.ts";
import type { Stage } from "./stage.ts";

/** What of our own ground would lie over a map. */
const COVERS = ["ground", "green", "water"] as const;

export class Basemaps {
  readonly list: Resource<BasemapShape[]>;
  /** status by name for maps whose tiles do not come; 0: no answer */
  readonly failed = new Map<string, number>();
  private under: Underlay | null = null;
  private took: string[] = [];
  private shown: unknown[] = [];
  private readonly stops: (() => void)[];

  constructor(
    private readonly session: Session,
    private readonly stage: Stage,
  ) {
    this.list = new Resource(() => this.changed());
    const changed = () => this.follow();
    this.stops = [session.store.subscribe(changed)];
    void stage.ready.then(changed);
  }

  get wish(): Under {
    return readUnder(this.session.state.base);
  }

  /** What lies under the city now, from the bottom up. */
  get chosen(): readonly BasemapShape[] {
    return chosenOf(this.wish, this.list.value ?? []);
  }

  /** Asked for by who lists them, or when a link names one; else the server is never asked. */
  need(): void {
    this.list.load("all", async (signal) => {
      type List = { items: BasemapShape[] };
      return (await this.session.client.json<List>("/api/v1/basemaps", {}, signal)).items;
    });
  }

  put(under: Under): void {
    this.session.store.set({ base: writeUnder(under) });
  }

  get settled(): boolean {
    return !this.list.loading && (this.under?.settled ?? true);
  }

  private changed(): void {
    this.follow();
    this.session.tell();
  }

  private follow(): void {
    const { base, theme } = this.session.state;
    if (base) this.need();
    const { chosen, stage } = this;
    const city = this.session.city.value?.extent;
    if (chosen.length === 0 || !stage.layers.frame || !city) {
      this.clear();
      return;
    }
    const key = [base, theme, this.list.value];
    if (key.every((item, at) => item === this.shown[at]) && this.under) return;
    this.shown = key;
    this.under ??= this.raise(city);
    this.under.show(chosen, { theme, calm: this.wish.calm });
  }

  private raise(extent: NonNullable<NonNullable<Session["city"]["value"]>["extent"]>): Underlay {
    const { layers, globe } = this.stage;
    const { centre, half } = layers.frame as NonNullable<typeof layers.frame>;
    const place = { ...extent, low: extent.min_height };
    this.took = COVERS.filter((name) => !layers.off.has(name));
    for (const name of this.took) layers.setShown(name, false);
    const reach = Math.hypot(half.x, half.y);
    return new Underlay(globe.scene, this.session.client, place, centre, reach, (name, status) =>
      this.fail(name, status),
    );
  }

  private fail(name: string, status: number): void {
    this.failed.set(name, status);
    const label = this.list.value?.find((map) => map.name === name)?.label;
    const { language } = this.session.state;
    this.session.notice = { key: "base.failed", detail: `${label?.[language] ?? name} ${status}` };
    this.session.tell();
  }

  /** Takes the maps off; our own ground comes back. */
  private clear(): void {
    if (!this.under) return;
    this.under.destroy();
    this.under = null;
    this.shown = [];
    this.failed.clear();
    for (const name of this.took) this.stage.layers.setShown(name, true);
    this.took = [];
  }

  close(): void {
    for (const stop of this.stops) stop();
    this.list.clear();
    this.under?.destroy();
    this.under = null;
  }
}
