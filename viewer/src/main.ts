/** Starts the page and opens a small, documented door for tests and for people who script it. */

import { Courier, type Embed, originsOf } from "./courier.ts";
import type { Backend, Hit } from "./engine.ts";
import { setEngineBase } from "./globe.ts";
import type { TwinPage } from "./panel/app.ts";
import { defineElements } from "./panel/elements.ts";
import type { State } from "./state.ts";

/** `window.__cimtwin` */
export interface Door {
  /** resolves when the city and its first overlay are on the screen */
  ready: Promise<void>;
  /** the page's state, as a copy */
  readonly state: State;
  set(patch: Partial<State>): void;
  /** the unit under a pixel of the page, brought up to the map's level */
  pickAt(
    x: number,
    y: number,
  ): { hit: Hit; unit: { level: string; row: number; id: string | null } | null } | null;
  /** draws one frame at once */
  renderOnce(): void;
  /** true when nothing more is on its way for this view */
  readonly settled: boolean;
  readonly backend: Backend | null;
}

declare global {
  interface Window {
    __cimtwin: Door;
  }
}

setEngineBase(new URL("./cesium/", document.baseURI).href);
defineElements();

const page = document.querySelector<TwinPage>("cim-twin");
if (page) {
  window.__cimtwin = {
    ready: page.updateComplete.then(() => page.stage?.ready ?? page.plan.ready),
    get state() {
      return { ...page.store.state };
    },
    set: (patch) => page.store.set(patch),
    pickAt: (x, y) => {
      const hit = page.stage?.pick(x, y) ?? null;
      return hit && { hit, unit: page.stage?.resolve(hit) ?? null };
    },
    renderOnce: () => page.stage?.globe.renderNow(),
    get settled() {
      return (page.stage ?? page.plan).settled && !page.session.busy;
    },
    get backend() {
      return page.stage?.backend ?? null;
    },
  };
  if (page.session.standing.framed) void lead(page);
}

/** The page around us, if it is one of those the server lists, is told and may lead. */
async function lead(page: TwinPage): Promise<void> {
  try {
    const told = await page.session.client.json<Embed>("/api/v1/embed");
    const courier = new Courier(page.session, () => page.stage, originsOf(told, location.origin));
    courier.start();
    await window.__cimtwin.ready;
    courier.ready();
  } catch (error) {
    page.session.fault("tools", String(error));
  }
}
