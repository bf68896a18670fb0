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
  screen: "M4 5h16v10.500H4zM12 15.500V20M8 20h8",
  timeline: "M4 6h8M8 12h9M13 18h7M4 3v18",
  down: "M6 9l6 6 6-6",
  up: "M6 15l6-6 6 6",
  play: "M8 5.500v13l10-6.500z",
  pause: "M9 6v12M15 6v12",
  ahead: "M9 5l7 7-7 7",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.500h4M4 14.500h4M16 9.500h4M16 14.500h4",
  warn: "M12 4l9 16H3zM12 10v4.500M12 17.500h.01",
  tools:
    "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM9 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  ruler: "M4 15L15 4l5 5L9 20zM7.500 11.500l2 2M10.500 8.500l2 2M13.500 5.500l2 2",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5M8.500 8.500h7M8.500 12h4",
  section: "M12 3l8 4.500v9L12 21l-8-4.500v-9zM4 12l8 4.500 8-4.500",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  eyeoff:
    "M4 4l16 16M9.500 6c.800-.300 1.600-.500 2.500-.500 6 0 9.500 6.500 9.500 6.500s-1 1.900-2.900 3.600M6 7.700C3.700 9.500 2.500 12 2.500 12S6 18.500 12 18.500c1.500 0 2.800-.400 4-1",
  fan: "M12 20L4 8.500C6 6 9 4.500 12 4.500S18 6 20 8.500zM12 20l-3-14M12 20l3-14",
  skyline: "M3 19v-6h4V8h4v4h3V5h4v9h3v5",
  swipe: "M12 3v18M9 8.500L5.500 12 9 15.500M15 8.500l3.500 3.500-3.500 3.500",
  split: "M4 5h16v14H4zM12 5v14",
  massing: "M4 20V10h6v10M10 20V5h6v15M16 20v-7h4v7M3 20h18",
  route:
    "M6 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM18 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM8 17h7a3.500 3.500 0 0 0 0-7H9a3 3 0 0 1 0-5h7",
  import: "M12 4v10M8 10.500l4 4 4-4M4 16v4h16v-4",
  target: "M12 19a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM12 2.500v5M12 16.500v5M2.500 12h5M16.500 12h5",
  trash: "M5 7h14M9.500 7V4.500h5V7M7 7l1 13h8l1-13",
  stop: "M6 6h12v12H6z",
  help: "M9 9a3 3 0 1 1 4.600 2.500c-1 .700-1.600 1.300-1.600 2.500M12 17.500h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
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
