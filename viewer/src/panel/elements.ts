/** Gives every panel its element name; importing this file makes the page's markup come alive. */
import { AccountButton } from "./account.ts";
import { AddressDialog } from "./address.ts";
import { AnswerPanel } from "./answer.ts";
import { TwinPage } from "./app.ts";
import { AskPanel } from "./ask.ts";
import { Banner } from "./banner.ts";
import { ProblemCards } from "./cockpit/cards.ts";
import { Parts } from "./cockpit/parts.ts";
import { Presentation } from "./cockpit/present.ts";
import { Progress } from "./cockpit/progress.ts";
import { Strip } from "./cockpit/strip.ts";
import { Verdict } from "./cockpit/verdict.ts";
import { ConflictCard } from "./conflicts.ts";
import { MapControls } from "./controls.ts";
import { CopyLink } from "./copylink.ts";
import { EvaluationTab } from "./evaluation.ts";
import { UnitFilePanel } from "./file.ts";
import { GapNote } from "./gap.ts";
import { IndicatorList } from "./indicators.ts";
import { MapLabels } from "./labels.ts";
import { LegendCard } from "./legend.ts";
import { Lenses } from "./lenses.ts";
import { MapTitle } from "./maptitle.ts";
import { registerOurDesks } from "./ourdesks.ts";
import { Overview } from "./overview.ts";
import { FlatMap } from "./people/flatmap.ts";
import { GuideDialog } from "./people/guide.ts";
import { HelpDialog } from "./people/help.ts";
import { People } from "./people/people.ts";
import { TroubleNote } from "./people/trouble.ts";
import { PinnedNote } from "./pinned.ts";
import { Pins } from "./pins.ts";
import { PLANNER_ELEMENTS, registerPlannerDesks } from "./plannerdesks.ts";
import { ProblemCard } from "./problem.ts";
import { ProjectCard } from "./project.ts";
import { ProjectBoard } from "./projects/board.ts";
import { Timeline } from "./projects/timeline.ts";
import { QuadrantDesk } from "./quadrants.ts";
import { Ranking } from "./ranking.ts";
import { RectificationDesk } from "./rectification.ts";
import { SignInCard } from "./signin.ts";
import { TaskDesk } from "./tasks.ts";
import { Tip } from "./tip.ts";
import { TopBar } from "./topbar.ts";
import { SceneEditor } from "./tour/editor.ts";
import { TourPlayer } from "./tour/player.ts";
import { TrendChart } from "./trend.ts";
import { ValueTable } from "./values.ts";
import { WorkDesk } from "./work.ts";

const ELEMENTS: Record<string, CustomElementConstructor> = {
  ...PLANNER_ELEMENTS,
  "cim-account": AccountButton,
  "cim-address": AddressDialog,
  "cim-answer": AnswerPanel,
  "cim-ask": AskPanel,
  "cim-banner": Banner,
  "cim-cards": ProblemCards,
  "cim-conflict": ConflictCard,
  "cim-controls": MapControls,
  "cim-evaluation": EvaluationTab,
  "cim-file": UnitFilePanel,
  "cim-flat": FlatMap,
  "cim-gap": GapNote,
  "cim-guide": GuideDialog,
  "cim-help": HelpDialog,
  "cim-indicators": IndicatorList,
  "cim-labels": MapLabels,
  "cim-legend": LegendCard,
  "cim-lenses": Lenses,
  "cim-link": CopyLink,
  "cim-maptitle": MapTitle,
  "cim-overview": Overview,
  "cim-parts": Parts,
  "cim-people": People,
  "cim-pinned": PinnedNote,
  "cim-pins": Pins,
  "cim-present": Presentation,
  "cim-problem": ProblemCard,
  "cim-progress": Progress,
  "cim-project": ProjectCard,
  "cim-projects": ProjectBoard,
  "cim-quadrants": QuadrantDesk,
  "cim-ranking": Ranking,
  "cim-rectification": RectificationDesk,
  "cim-scenes": SceneEditor,
  "cim-strip": Strip,
  "cim-signin": SignInCard,
  "cim-tasks": TaskDesk,
  "cim-timeline": Timeline,
  "cim-tip": Tip,
  "cim-topbar": TopBar,
  "cim-trouble": TroubleNote,
  "cim-tour": TourPlayer,
  "cim-trend": TrendChart,
  "cim-twin": TwinPage,
  "cim-values": ValueTable,
  "cim-verdict": Verdict,
  "cim-work": WorkDesk,
};

export function defineElements(): void {
  registerOurDesks();
  registerPlannerDesks();
  for (const [name, element] of Object.entries(ELEMENTS)) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
}
