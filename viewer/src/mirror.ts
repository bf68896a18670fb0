/** What a page does whose window is its own: URL, title, <html>, and the memory of language and theme. */
import type { Session } from "./session.ts";
import { DEFAULTS, mirrorToUrl, parseState, type State } from "./state.ts";

const REMEMBERED = "cim-twin";

/** Reads the state from the URL and keeps both equal. Returns the way to let go of the window. */
export function ownWindow(session: Session, title: () => string): () => void {
  const { store, standing } = session;
  standing.framed = isFramed(location.search);
  store.set(parseState(location.search, startingPoint()));
  const dress = (state: Readonly<State>) => {
    const page = document.documentElement;
    page.dataset["theme"] = state.theme;
    page.lang = state.language === "zh" ? "zh-CN" : "en";
    document.title = title();
    if (!standing.framed) remember(state);
  };
  const again = () => dress(store.state);
  const stops = [
    mirrorToUrl(store, window, DEFAULTS, !standing.framed),
    store.subscribe(dress),
    () => session.removeEventListener("change", again),
  ];
  session.addEventListener("change", again);
  standing.ownsWindow = true;
  again();
  return () => {
    standing.ownsWindow = false;
    for (const stop of stops) stop();
  };
}

/** Whether a page around us asked to be told and to lead; see courier.ts. */
export function isFramed(search: string): boolean {
  return window.parent !== window && new URLSearchParams(search).get("embed") === "1";
}

/** Language and theme of the last visit, else what the browser asks for. */
function startingPoint(): State {
  let kept: { language?: unknown; theme?: unknown } = {};
  try {
    kept = JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}") as typeof kept;
  } catch {
    kept = {};
  }
  const language = kept.language ?? (navigator.language.startsWith("zh") ? "zh" : "en");
  return {
    ...DEFAULTS,
    language: language === "en" ? "en" : "zh",
    theme: kept.theme === "dark" ? "dark" : "light",
  };
}

let last = "";

function remember({ language, theme }: Readonly<State>): void {
  const text = JSON.stringify({ language, theme });
  if (text === last) return;
  last = text;
  try {
    localStorage.setItem(REMEMBERED, text);
  } catch {
    return; // private browsing: nothing is remembered, nothing is lost
  }
}
