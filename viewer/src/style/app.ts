/** Where the panels stand: beside the map on a wall, in one sheet on a phone; by the page's own box, not the window's. */
import { css } from "lit";

export const layout = css`
  :host {
    position: relative;
    height: 100%;
    overflow: hidden;
    container-type: size; /* every part of the page asks this box for its size */
    --edge: 0.875rem;
    --side: 21.5rem;
    --file: 26.5rem;
    --bar: 3.5rem;
  }
  .map {
    position: absolute;
    inset: 0;
    background: var(--backdrop);
  }
  :host([data-split]) .map {
    right: 50%;
  }
  :host([data-split]) .map.second {
    left: 50%;
    right: 0;
  }
  :host([data-split]) :is(.left, .right, cim-maptitle, .tabs) {
    display: none;
  }
  .map .cesium-widget,
  .map canvas {
    width: 100%;
    height: 100%;
    display: block;
    touch-action: none;
    outline: none;
  }
  .map canvas:focus-visible {
    box-shadow: inset 0 0 0 3px var(--accent);
  }
  .map .cesium-widget-errorPanel {
    display: none;
  }
  cim-topbar {
    position: absolute;
    inset: var(--edge) var(--edge) auto;
    z-index: 3;
  }
  .left,
  .right {
    position: absolute;
    top: calc(var(--edge) * 2 + var(--bar));
    bottom: var(--edge);
    display: flex;
    flex-direction: column;
    gap: 0.75rem;
    z-index: 2;
    pointer-events: none;
  }
  .left > *,
  .right > * {
    pointer-events: auto;
  }
  .left {
    left: var(--edge);
    width: var(--side);
  }
  .right {
    right: var(--edge);
    width: var(--file);
  }
  .left cim-indicators,
  .left cim-ask,
  .left .grow,
  .left cim-verdict[data-list],
  .right cim-ranking,
  .right cim-file {
    flex: 1 1 0;
    min-height: 10rem;
  }
  .right cim-file,
  .left .desk,
  .right .desk {
    flex: 0 1 auto;
    max-height: 100%;
    min-height: 0;
  }
  cim-legend,
  cim-overview,
  cim-verdict,
  cim-parts,
  cim-progress {
    flex: none;
  }
  .left cim-legend {
    flex: 0 1 auto;
    margin-top: auto;
  }
  /* the list is what one came for: the legend gives way and scrolls */
  .left > :is(cim-indicators, cim-ask, .grow) ~ cim-legend {
    max-height: 52%;
  }
  .right cim-cards {
    flex: 0 1 auto;
    min-height: 0;
  }
  .middle {
    position: absolute;
    left: calc(var(--edge) * 2.5 + var(--side));
    right: calc(var(--edge) * 2.5 + var(--file));
    pointer-events: none;
    z-index: 1;
  }
  cim-maptitle,
  cim-banner {
    top: calc(var(--edge) * 2 + var(--bar) + 0.75rem);
  }
  cim-banner {
    z-index: 2;
  }
  :host([data-suppose]) cim-maptitle {
    top: calc(var(--edge) * 2 + var(--bar) + 4rem);
  }
  cim-controls {
    bottom: var(--edge);
  }
  .middle.bottom {
    bottom: calc(var(--edge) * 2 + 2.5rem);
    display: flex;
    flex-direction: column;
  }
  /* a tool's card stands there; hidden, not gone, so that the view stays where it is */
  :host([data-tool]) .middle.bottom {
    visibility: hidden;
  }
  .middle.bottom > * {
    pointer-events: auto;
  }
  .whole {
    position: absolute;
    inset: 0;
    z-index: 4;
    pointer-events: none;
  }
  .whole > * {
    pointer-events: auto;
  }
  :host([data-whole]) :is(cim-topbar, .left, .right, cim-maptitle, cim-controls, .tabs) {
    display: none;
  }
  .notice {
    position: absolute;
    left: 50%;
    bottom: 4.5rem;
    transform: translateX(-50%);
    z-index: 4;
    display: flex;
    gap: 0.75rem;
    align-items: center;
    padding: 0.625rem 0.625rem 0.625rem 1rem;
    max-width: min(36rem, calc(100cqw - 2rem));
  }
  .stop {
    position: absolute;
    inset: 0;
    z-index: 5;
    display: grid;
    place-items: center;
    padding: 1.5rem;
  }
  .stop > div {
    max-width: 30rem;
    padding: 1.5rem 1.75rem;
  }
  .stop h2 {
    font-size: 1.25rem;
    margin-bottom: 0.375rem;
  }
  .stop p + p {
    margin-top: 0.75rem;
  }
  .solid {
    display: inline-block;
    padding: 0.4375rem 1rem;
    border-radius: 0.625rem;
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
  }
  .tabs {
    display: none;
  }
  /* a box cannot ask itself: what follows its size is set on all that lies in it */
  @container (max-width: 1320px) {
    * {
      --side: 18.5rem;
      --file: 22.5rem;
    }
  }
  :host([data-wide]) * {
    --file: min(44rem, 42cqw);
  }
  /* both views are free of panels: what stands in the middle may reach to the sides */
  :host([data-split]) * {
    --side: 0px;
    --file: 0px;
  }
  @container (max-height: 800px) {
    .right {
      overflow-y: auto;
      scrollbar-width: none;
    }
  }
  @container (max-width: 1180px) {
    * {
      --bar: 6.25rem;
    }
  }
  @container (max-width: 1020px) {
    .middle {
      right: calc(var(--edge) * 2);
    }
    .left {
      overflow-y: auto;
      scrollbar-width: none;
    }
    .right {
      top: auto;
      max-height: 52%;
      height: 52%;
      overflow-y: auto;
      scrollbar-width: none;
    }
  }
  @container (max-width: 760px) {
    * {
      --edge: 0.5rem;
    }
    .left,
    .right {
      left: var(--edge);
      right: var(--edge);
      width: auto;
      top: auto;
      bottom: calc(var(--edge) * 2 + 3.25rem + env(safe-area-inset-bottom));
      height: auto;
      max-height: 58cqh;
      overflow-y: auto;
    }
    .left[data-sheet="indicators"] {
      height: 54cqh;
    }
    .left > *,
    .right > *,
    .bottom {
      display: none;
    }
    .left[data-sheet="indicators"] > :not(cim-legend),
    .left[data-sheet="legend"] cim-legend,
    .right[data-sheet="overview"] > * {
      display: flex;
      flex-direction: column;
      flex: none;
      max-height: none;
    }
    .left[data-sheet="indicators"] > :is(cim-indicators, cim-ask, .grow) {
      flex: 1 1 auto;
    }
    .right[data-sheet="overview"] > cim-file {
      flex: 0 1 auto;
      max-height: 100%;
    }
    .right[data-sheet="overview"] cim-ranking {
      flex: none;
      max-height: 50cqh;
    }
    .middle {
      left: 1rem;
      right: 1rem;
    }
    cim-maptitle,
    cim-banner {
      top: 11rem;
    }
    :host([data-suppose]) cim-maptitle {
      top: 14.25rem;
    }
    cim-controls {
      bottom: calc(var(--edge) * 2 + 3.25rem + env(safe-area-inset-bottom));
    }
    .tabs {
      display: flex;
      position: absolute;
      inset: auto var(--edge) calc(var(--edge) + env(safe-area-inset-bottom));
      z-index: 3;
      height: 3.25rem;
      padding: 0.25rem;
    }
    .tabs button {
      flex: 1;
      display: grid;
      justify-items: center;
      align-content: center;
      border-radius: 0.75rem;
      font-size: 0.6875rem;
      font-weight: 600;
      color: var(--ink-2);
    }
    .tabs svg {
      width: 1.25rem;
      height: 1.25rem;
    }
    .tabs button[aria-pressed="true"] {
      background: var(--raise-2);
      color: var(--ink);
    }
    :host([data-sheet]) cim-controls {
      display: none;
    }
  }
`;
