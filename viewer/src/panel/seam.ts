/**
 * The Panel seam: parts of the page that stand beside the map while their desk is open. Ours and
 * a host's own are registered alike; the bar on top lists them, the URL names the open one.
 */
import type { TemplateResult } from "lit";
import type { Text } from "../api.ts";
import type { Session } from "../session.ts";
import type { Stage } from "../stage.ts";
import type { IconName } from "./icons.ts";

/** What a part of the page is handed: the session, and the map once it is there. */
export interface Around {
  session: Session;
  stage: Stage | null;
}

export interface DeskEntry {
  /** stands in the URL as desk=<name>: a small letter, then small letters, digits, hyphens */
  name: string;
  icon: IconName;
  /** on the bar itself, or behind "more" */
  main?: boolean;
  /** what stands at the right needs more room than a file */
  wide?: boolean;
  /** words of its button and its hint; without them desk.<name> and desk.<name>_what are looked up */
  label?: Text;
  hint?: Text;
  /** what stands in place of the indicators, the overview, or both; the file of a unit stays above */
  left?: (around: Around) => TemplateResult;
  right?: (around: Around) => TemplateResult;
  /** what lies along the bottom between the sides, such as a timeline */
  bottom?: (around: Around) => TemplateResult;
  /** what covers the whole page and hides every other part, such as a presentation */
  whole?: (around: Around) => TemplateResult;
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const entries = new Map<string, DeskEntry>();

/** Adds a desk or replaces the one of its name; a name that cannot stand in a URL is refused. */
export function registerDesk(entry: DeskEntry): void {
  if (!NAME.test(entry.name)) throw new RangeError(`not a name of a desk: ${entry.name}`);
  entries.set(entry.name, entry);
}

/** Every desk in the order of its registration. */
export function desks(): DeskEntry[] {
  return [...entries.values()];
}

export function deskOf(name: string | null): DeskEntry | null {
  return name === null ? null : (entries.get(name) ?? null);
}
