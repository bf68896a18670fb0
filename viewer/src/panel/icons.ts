/** Line icons, drawn on a 24 grid. */
import { html, svg, type TemplateResult } from "lit";

const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  search: "M11 18a7 7 0 1 1 0-14 7 7 0 0 1 0 14zM20 20l-4-4",
  home: "M4 11l8-7 8 7M6.5 9.5V20h11V9.5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  turn: "M20 12a8 8 0 1 1-2.6-5.9M20 3v4.5h-4.5",
  north: "M12 3l5 16-5-3.5L7 19z",
  sun: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  back: "M15 5l-7 7 7 7",
  fly: "M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.500C5 14.800 12 21 12 21zM12 12a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  layers: "M12 4l8.500 4.500L12 13 3.500 8.500zM4 13l8 4.200L20 13",
  paint: "M5 4h12v5H5zM17 6.500h3v5h-8v3M10.500 14.500h3V21h-3z",
  list: "M8 6.500h12M8 12h12M8 17.500h12M4 6.500h.01M4 12h.01M4 17.500h.01",
  chart: "M5 19V9M12 19V5M19 19v-7",
  link: "M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1",
  branch: "M6 4v16M6 14c0-5 12-2 12-8M18 6a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  check: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12.200l2.800 2.800L16 9.500",
  quadrants: "M12 3.500v17M3.500 12h17M16 7.500h.01M18 10h.01M8 16.500h.01M15.500 16h.01",
  warn: "M12 4l9 16H3zM12 10v4.500M12 17.500h.01",
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): TemplateResult {
  return html`<svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.7"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${svg`<path d=${PATHS[name]}></path>`}
  </svg>`;
}
