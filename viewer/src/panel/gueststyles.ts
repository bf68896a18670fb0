/** What <cim-twin> wears on a page that does not have our style sheet. */
import { type CSSResult, css } from "lit";
import { tokens } from "./tokens.ts";

export const guestStyles: CSSResult[] = [
  tokens,
  css`
    :host {
      min-height: 20rem;
      background: var(--backdrop);
      isolation: isolate;
    }
    :host([panels="none"]) :is(cim-topbar, cim-maptitle, cim-banner, cim-pinned, .left, .right, .bottom, .tabs) {
      display: none;
    }
  `,
];
