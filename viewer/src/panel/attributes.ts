/** What the attributes of <cim-twin> mean on a page of others. */
import { readPatch, type State } from "../state.ts";
import type { TwinPage } from "./app.ts";

const STATE: Record<string, keyof State> = {
  system: "system",
  desk: "desk",
  indicator: "indicator",
  level: "level",
  year: "year",
  unit: "selection",
  language: "language",
  theme: "theme",
  scene: "scene",
};

export const ATTRIBUTES = ["server", "token", ...Object.keys(STATE)];

/** An attribute was set, changed or taken off; the pass leaves the markup as soon as it is read. */
export function takeAttribute(page: TwinPage, name: string, value: string | null): void {
  const { session, store } = page;
  if (name === "server") session.client.base = originOf(value);
  else if (name === "token") {
    if (value === null) return;
    page.removeAttribute("token");
    session.standing.take(value || null);
    if (page.hasUpdated) session.retry();
  } else {
    const key = STATE[name];
    if (key) store.set(readPatch({ [key]: value }, store.state));
  }
}

/** "" for the page's own server; a path behind a host is kept, a last slash is not. */
export function originOf(server: string | null | undefined): string {
  return server ? new URL(server, document.baseURI).href.replace(/\/+$/, "") : "";
}

/** Language and theme of the page around us, unless an attribute says otherwise. */
export function startAsGuest(page: TwinPage): () => void {
  if (!page.hasAttribute("language")) {
    const around = page.parentElement?.closest<HTMLElement>("[lang]")?.lang || navigator.language;
    page.store.set({ language: around.startsWith("zh") ? "zh" : "en" });
  }
  const told = () => {
    const { selection } = page.store.state;
    page.dispatchEvent(new CustomEvent("cim-select", { detail: selection, bubbles: true }));
  };
  return page.store.subscribe((state, before) => {
    if (state.selection !== before.selection) told();
  });
}
