/** The planner's desks and what they are made of. */
import { html } from "lit";
import { UnitAbout } from "./about.ts";
import { ClassEditor } from "./classes.ts";
import { AreaTable } from "./compare/areas.ts";
import { CompareDesk } from "./compare/compare.ts";
import { ExportBar } from "./export.ts";
import { FindBox } from "./find/box.ts";
import { FindBuilder } from "./find/builder.ts";
import { DrawSheet } from "./find/draw.ts";
import { FindResult } from "./find/result.ts";
import { PairLegend } from "./pair.ts";
import { PeerCard } from "./peers.ts";
import { ScatterDesk } from "./scatter.ts";
import { registerDesk } from "./seam.ts";

export const PLANNER_ELEMENTS: Record<string, CustomElementConstructor> = {
  "cim-about": UnitAbout,
  "cim-areas": AreaTable,
  "cim-classes": ClassEditor,
  "cim-compare": CompareDesk,
  "cim-draw": DrawSheet,
  "cim-export": ExportBar,
  "cim-find": FindBuilder,
  "cim-findbox": FindBox,
  "cim-found": FindResult,
  "cim-pair": PairLegend,
  "cim-peers": PeerCard,
  "cim-scatter": ScatterDesk,
};

export function registerPlannerDesks(): void {
  registerDesk({
    name: "find",
    icon: "search",
    main: true,
    left: ({ session, stage }) =>
      html`<cim-find class="grow" .session=${session} .stage=${stage}></cim-find>`,
    right: ({ session, stage }) =>
      html`<cim-found class="desk" .session=${session} .stage=${stage}></cim-found>`,
  });
  registerDesk({
    name: "compare",
    icon: "layers",
    wide: true,
    right: ({ session }) => html`<cim-compare class="desk" .session=${session}></cim-compare>`,
  });
  registerDesk({
    name: "scatter",
    icon: "quadrants",
    right: ({ session }) => html`<cim-scatter class="desk" .session=${session}></cim-scatter>`,
  });
}
