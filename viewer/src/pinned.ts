/** Links that carry the publication they were made on, and what was published since. */

import type { components } from "./api.gen.ts";
import type { Client } from "./client.ts";
import type { Session } from "./session.ts";
import { formatState } from "./state.ts";

type Changes = components["schemas"]["ReleaseChanges"];
type Publication = components["schemas"]["Publication"];

export interface Since {
  /** when the link's publication was made */
  created: string;
  changes: Changes;
}

/** Address of the whole view on the server's own page, pinned to what is published now. */
export function linkOf(session: Session, page: string): string {
  const pin = session.city.value?.publication?.id ?? null;
  const { choice, state } = session;
  const held = {
    ...state,
    system: choice.system,
    indicator: state.indicator ?? choice.indicator?.code ?? null,
    level: state.level ?? choice.level,
    year: choice.year,
    pin,
  };
  const base = session.client.base ? `${session.client.base}/` : page;
  return new URL(formatState(held), base.replace(/[?#].*$/, "")).href;
}

/** What was published between a link's publication and the present one; ApiError when it is unknown. */
export async function sinceOf(
  client: Client,
  pin: string,
  now: string,
  signal: AbortSignal,
): Promise<Since> {
  const path = `/api/v1/releases/${encodeURIComponent(now)}/changes`;
  const changes = await client.json<Changes>(path, { since: pin }, signal);
  const all = await client.all<Publication>("/api/v1/releases", {}, signal);
  return { created: all.find((item) => item.id === pin)?.created ?? "", changes };
}
