/** `<cim-twin>` for a page of others: one module script, no style sheet, nothing global but the elements. */
import { setEngineBase } from "./globe.ts";
import { TwinPage } from "./panel/app.ts";
import { defineElements } from "./panel/elements.ts";
import { guestStyles } from "./panel/gueststyles.ts";

setEngineBase(new URL(/* @vite-ignore */ "../cesium/", import.meta.url).href);
TwinPage.styles = [...guestStyles, ...TwinPage.styles];
defineElements();

export { TwinPage };
