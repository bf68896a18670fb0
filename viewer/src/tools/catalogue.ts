/** The tools in the order of the toolbox. */
import type { IconName } from "../panel/icons.ts";

export interface ToolEntry {
  /** stands in the URL as tool=<name>; words: tool.<name> */
  name: string;
  icon: IconName;
}

export const GROUPS: readonly { name: string; tools: readonly ToolEntry[] }[] = [
  {
    name: "look",
    tools: [
      { name: "layers", icon: "layers" },
      { name: "hide", icon: "eyeoff" },
      { name: "guests", icon: "import" },
    ],
  },
  {
    name: "gauge",
    tools: [
      { name: "measure", icon: "ruler" },
      { name: "notes", icon: "note" },
    ],
  },
  {
    name: "study",
    tools: [
      { name: "section", icon: "section" },
      { name: "sun", icon: "sun" },
      { name: "sight", icon: "eye" },
      { name: "viewshed", icon: "fan" },
      { name: "skyline", icon: "skyline" },
    ],
  },
  {
    name: "compare",
    tools: [
      { name: "swipe", icon: "swipe" },
      { name: "split", icon: "split" },
      { name: "massing", icon: "massing" },
      { name: "route", icon: "route" },
    ],
  },
];

/** The list itself, before a tool is chosen. */
export const MENU = "menu";

export function toolOf(name: string | null): ToolEntry | null {
  for (const group of GROUPS) {
    const found = group.tools.find((tool) => tool.name === name);
    if (found) return found;
  }
  return null;
}
