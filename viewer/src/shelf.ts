/** The scenes of the city: read, played, and where one may, edited. */
import { actorName } from "./actor.ts";
import type { SceneAnswer, SceneDocument, SceneItem, SceneStop } from "./api.ts";
import { Resource } from "./resource.ts";
import { freeName, stopOf } from "./scenes.ts";
import type { Session } from "./session.ts";

const PATH = "/api/v1/scenes";
/** Desks that speak of scenes. */
const DESKS: readonly string[] = ["tour", "scenes"];

export class Shelf {
  readonly list: Resource<SceneItem[]>;
  readonly open: Resource<SceneAnswer>;
  /** what is being edited, and the version it was read with; it outlives the panel it stands in */
  draft: SceneDocument | null = null;
  version: string | null = null;
  /** counts the changes made here, so that what was read before them is read again */
  private changes = 0;

  constructor(
    private readonly session: Session,
    changed: () => void,
  ) {
    this.list = new Resource(changed);
    this.open = new Resource(changed);
  }

  get busy(): boolean {
    return this.list.loading || this.open.loading;
  }

  /** Name of the scene that is open: the wished one, else the first tour, else the first. */
  get name(): string | null {
    const items = this.list.value ?? [];
    const { scene } = this.session.state;
    if (scene && items.some((item) => item.name === scene)) return scene;
    return (items.find((item) => item.stops > 0) ?? items[0])?.name ?? null;
  }

  refresh(): void {
    const { client, state, city } = this.session;
    if (!city.value?.publication || state.desk === null || !DESKS.includes(state.desk)) return;
    this.list.load(`${this.changes}`, (signal) =>
      client.all<SceneItem>(PATH, { limit: 1000 }, signal),
    );
    const { name } = this;
    if (name) {
      this.open.load(`${name}/${this.changes}`, (signal) =>
        client.json<SceneAnswer>(`${PATH}/${encodeURIComponent(name)}`, {}, signal),
      );
    }
  }

  choose(name: string): void {
    this.session.store.set({ scene: name });
  }

  /** What the map shows now, as a stop of these words. */
  capture(words: Pick<SceneStop, "title" | "caption" | "duration">): SceneStop {
    const { state, choice } = this.session;
    const { system, indicator, level, year } = choice;
    return stopOf(state, { system, indicator: indicator?.code ?? null, level, year }, words);
  }

  /** Writes a scene; `version` is the one that was read, null for a new scene. */
  async save(scene: SceneDocument, version: string | null): Promise<void> {
    const { client, city } = this.session;
    const { publication, model, results } = city.value ?? {};
    const made = publication
      ? { id: publication.id, model: model ?? null, results: results ?? null }
      : null;
    const body = { ...scene, ...(made ? { publication: made } : {}) };
    await client.send<SceneAnswer>("PUT", `${PATH}/${encodeURIComponent(scene.name)}`, body, {
      ...(version ? { "if-match": `"${version}"` } : {}),
      ...this.session.account.header(actorName()),
    });
    this.renew(scene.name);
  }

  async remove(name: string, version: string): Promise<void> {
    const headers = { "if-match": `"${version}"`, ...this.session.account.header(actorName()) };
    const path = `${PATH}/${encodeURIComponent(name)}`;
    await this.session.client.send("DELETE", path, undefined, headers);
    this.renew(null);
  }

  /** A name that no scene has yet. */
  nameFor(title: string): string {
    return freeName(title, new Set((this.list.value ?? []).map((item) => item.name)));
  }

  /** The same, however little of the scenes has been read. */
  async freshName(title: string): Promise<string> {
    const all = await this.session.client.all<SceneItem>(PATH, { limit: 1000 });
    return freeName(title, new Set(all.map((item) => item.name)));
  }

  private renew(scene: string | null): void {
    this.changes += 1;
    this.session.store.set({ scene });
    this.refresh();
  }
}
