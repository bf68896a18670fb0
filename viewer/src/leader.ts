/** What the leader's screen asks the server: warning levels, and every project. */
import type { Project, Text, Warnings } from "./api.ts";
import { isOpen, type ListOf, linesOf, type WarningLine } from "./cockpit.ts";
import { worstOfEach } from "./order.ts";
import { shadeOf } from "./projects.ts";
import { Resource } from "./resource.ts";
import type { Session } from "./session.ts";

/** A sign at the place of a unit: the worst problems by number, or projects by their state. */
export interface Pin {
  /** public id of the unit it leads to */
  unit: string;
  at: readonly number[];
  text: string;
  paint: string;
  said: Text;
}

/** Worst kinds of problems that are pinned on the first screen. */
const PINNED = 7;

/** The server's largest page. */
const PAGE = 1000;

export class Leader {
  readonly warnings: Resource<Warnings>;
  readonly projects: Resource<Project[]>;

  constructor(
    private readonly session: Session,
    changed: () => void,
  ) {
    this.warnings = new Resource(changed);
    this.projects = new Resource(changed);
  }

  /** Whether the open desk colours its own pins, so that no indicator may colour the city. */
  get plain(): boolean {
    return this.session.state.desk === "projects";
  }

  get busy(): boolean {
    return this.warnings.loading || this.projects.loading;
  }

  refresh(): void {
    const { session } = this;
    const { system, year } = session.choice;
    const { desk } = session.state;
    const { client } = session;
    if (!session.city.value?.publication || year === null || !system) return;
    if (desk === null || desk === "present") {
      this.warnings.load(`${system}/${year}`, (signal) =>
        client.json("/api/v1/warnings", { system, year }, signal),
      );
    }
    if (desk === "projects") {
      this.projects.load("all", (signal) =>
        client.all<Project>("/api/v1/projects", { limit: PAGE }, signal),
      );
    }
  }

  /** The lines of the open list; none while the summary stands. */
  get lines(): WarningLine[] {
    const { state } = this.session;
    const found = this.warnings.value;
    return isOpen(state) && found ? linesOf(found, state) : [];
  }

  /** The projects that pass the sieve of the open list: a state, "overdue", or none. */
  get shownProjects(): Project[] {
    const { projectState } = this.session.state;
    const all = this.projects.value ?? [];
    if (projectState === null) return all;
    const late = projectState === "overdue";
    return all.filter((item) => (late ? item.overdue : item.state === projectState));
  }

  /** What stands on the map while this desk is open. */
  get pins(): Pin[] {
    const { desk } = this.session.state;
    if (desk === null || desk === "present") return this.problemPins();
    return desk === "projects" ? this.projectPins() : [];
  }

  private problemPins(): Pin[] {
    const page = this.session.problems.value;
    const kinds = worstOfEach(page?.items ?? [], page?.counts ?? null).slice(0, PINNED);
    return kinds.flatMap(({ problem }, at) => {
      if (!problem.centroid) return [];
      const { unit, severity, title, centroid } = problem;
      const said = {
        zh: `${unit.label.zh}：${title.zh}`,
        en: `${unit.label.en}: ${title.en}`,
      };
      const text = String(at + 1);
      return [{ unit: unit.id, at: centroid, text, paint: `var(--${severity})`, said }];
    });
  }

  private projectPins(): Pin[] {
    return this.shownProjects.flatMap((project) => {
      const unit = project.units[0];
      if (!project.centroid || !unit || unit.row === null) return [];
      const paint = project.overdue ? "var(--high)" : shadeOf(project.state);
      const text = project.overdue ? "!" : "";
      return [{ unit: unit.id, at: project.centroid, text, paint, said: project.name }];
    });
  }

  /** Opens a list and paints its worst indicator; an empty wish closes it. */
  show({ category = null, warning = null }: Partial<ListOf>): void {
    const found = this.warnings.value;
    const list = { category, warning };
    const first =
      isOpen(list) && found ? linesOf(found, list).find((line) => line.value !== null) : null;
    this.session.store.set({
      ...list,
      selection: null,
      ...(first ? { indicator: first.code, system: first.system, level: null } : {}),
    });
  }

  /** Paints an indicator and flies to the part of the city where it is worst. */
  open(line: WarningLine): void {
    this.session.store.set({
      indicator: line.code,
      system: line.system,
      level: null,
      selection: line.worst?.unit.id ?? null,
    });
  }
}
