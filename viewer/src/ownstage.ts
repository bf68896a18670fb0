/** A stage with a view of its own. */
import { Basemaps } from "./basemaps.ts";
import type { Quality } from "./engine.ts";
import { Globe } from "./globe.ts";
import type { Session } from "./session.ts";
import { Stage } from "./stage.ts";

/** `free`: the rectangle of the page that no panel covers. */
export function stageIn(
  container: HTMLElement,
  session: Session,
  quality: Quality,
  free: () => DOMRect,
): Stage {
  const { theme } = session.state;
  const stage = new Stage(session, {
    view: (onFault) => new Globe(container, { quality, theme, onFault }),
    quality,
    free,
  });
  stage.basemaps = new Basemaps(session, stage);
  return stage;
}
