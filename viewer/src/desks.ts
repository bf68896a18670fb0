/** What the desks beside the overview ask the server: what-if, rectification, tasks, quadrants. */
import type {
  Hotspots,
  Indicator,
  PilePage,
  Problem,
  Project,
  Quadrants,
  Rectification,
  TaskPage,
  UnitRef,
  WhatIf,
} from "./api.ts";
import { Resource } from "./resource.ts";
import {
  codesOf,
  isEmpty,
  patchOf,
  type Question,
  questionOf,
  recoloured,
  recounted,
} from "./scenario.ts";
import type { LoadedOverlay, Session } from "./session.ts";
import type { Desk, Patch } from "./state.ts";

const TASKS = 1000;
const PILES = 60;
/** Milliseconds after which every view of the server knows of a step (it looks each second). */
const SERVER_LEARNS = 1500;
/** Most project rows a list of choices holds; the server's largest page. */
const PROJECTS = 1000;

/** States of findings that nobody confirmed. */
const UNDECIDED = ["candidate", "rejected"];

/** A sign at a unit's place on the map. */
export interface Sign {
  unit: UnitRef;
  kind: string;
  text: string;
}

export class Desks {
  readonly projects: Resource<Project[]>;
  /** indicators of every system by code: projects speak of any of them */
  readonly known: Resource<Map<string, Indicator>>;
  readonly answer: Resource<WhatIf>;
  readonly rectification: Resource<Rectification>;
  readonly tasks: Resource<TaskPage>;
  readonly quadrants: Resource<Quadrants>;
  /** problems of the year before that someone confirmed */
  readonly lastYear: Resource<Problem[]>;
  readonly spots: Resource<Hotspots>;
  readonly piles: Resource<PilePage>;
  /** quadrant whose units the map shows */
  quadrant: string | null = null;
  /** where the page was before the what-if; null when it was opened by a link */
  private before: Patch | null = null;
  private asked = false;
  private seen: WhatIf | null = null;
  private laidOn: { from: LoadedOverlay; by: WhatIf; made: LoadedOverlay } | null = null;

  constructor(
    private readonly session: Session,
    changed: () => void,
  ) {
    this.projects = new Resource(changed);
    this.known = new Resource(changed);
    this.answer = new Resource(changed);
    this.rectification = new Resource(changed);
    this.tasks = new Resource(changed);
    this.quadrants = new Resource(changed);
    this.lastYear = new Resource(changed);
    this.spots = new Resource(changed);
    this.piles = new Resource(changed);
  }

  get busy(): boolean {
    const asked = [this.projects, this.known, this.answer, this.rectification, this.tasks];
    const others = [this.quadrants, this.lastYear, this.spots, this.piles];
    return [...asked, ...others].some((item) => item.loading);
  }

  get question(): Question {
    return questionOf(this.session.state);
  }

  /** Whether the page speaks of what would be, and not of what is. */
  get supposing(): boolean {
    return this.session.state.desk === "whatif";
  }

  /** Opens a desk, or null the overview; `told`: what its lists begin with. */
  open(desk: Desk | null, told: Patch = {}): void {
    const { state, store } = this.session;
    if (state.desk === desk) store.set(told);
    else if (state.desk === "whatif") this.leave(desk);
    else {
      if (desk === "whatif") {
        const { system, indicator, level, year, camera } = state;
        this.before = { system, indicator, level, year, camera, desk: state.desk };
      }
      const closed = { selection: null, category: null, warning: null, projectState: null };
      store.set({ desk, ...closed, ...told });
    }
  }

  /** Ends the what-if; everything is as it was before it began. */
  leave(desk?: Desk | null): void {
    const empty: Patch = { projects: null, standards: null, budget: null };
    const before = this.before ?? {};
    this.before = null;
    this.asked = false;
    const next = desk === undefined ? (before.desk ?? null) : desk;
    this.session.store.set({ ...before, ...empty, desk: next, selection: null });
  }

  ask(question: Question): void {
    this.asked = true;
    this.session.store.set(patchOf(question));
  }

  refresh(): void {
    const { session } = this;
    const { year, system } = session.choice;
    const { desk } = session.state;
    if (!session.city.value?.publication || year === null) return;
    const { client } = session;
    if (desk === "whatif") this.suppose(year);
    else this.answer.clear();
    if (desk === null || ["present", "indicators", "projects", "rectification"].includes(desk)) {
      this.rectification.load(`${year}`, (signal) =>
        client.json("/api/v1/rectification", { year }, signal),
      );
    }
    const last = this.rectification.value;
    if ((desk === "rectification" || desk === "projects") && last?.of) {
      const { of, states } = last;
      const worked = Object.keys(states).filter((state) => !UNDECIDED.includes(state));
      this.lastYear.load(`${of}/${worked}`, async (signal) => {
        const ask = (state: string) =>
          client.all<Problem>("/api/v1/problems", { year: of, state, limit: 1000 }, signal);
        return (await Promise.all(worked.map(ask))).flat();
      });
    }
    this.loadLens(system, year);
    if (desk === "tasks") {
      this.tasks.load(`${year}`, (signal) =>
        client.json("/api/v1/tasks", { year, limit: TASKS }, signal),
      );
    }
    if (desk === "quadrants") {
      this.quadrants.load(`${system}/${year}`, (signal) =>
        client.json("/api/v1/quadrants", { system, year, level: "community" }, signal),
      );
    }
  }

  private suppose(year: number): void {
    const { client } = this.session;
    this.projects.load("all", (signal) =>
      client.all<Project>("/api/v1/projects", { limit: PROJECTS }, signal),
    );
    const systems = (this.session.city.value?.systems ?? []).map((item) => item.id);
    this.known.load("all", async (signal) => {
      const lists = await Promise.all(systems.map((id) => client.indicators(id, signal)));
      return new Map(lists.flat().map((item) => [item.code, item]));
    });
    const { projects, standards, budget } = this.question;
    if (isEmpty(this.question)) {
      this.answer.clear();
      return;
    }
    const body = { year, projects, standards, budget_10k: budget };
    this.answer.load(JSON.stringify(body), (signal) =>
      client.send<WhatIf>("POST", "/api/v1/whatif", body, {}, signal),
    );
    this.turnToAnswer();
  }

  /** A new answer that leaves the map as it is leads to the map that it changes most. */
  private turnToAnswer(): void {
    const answer = this.answer.value;
    if (!answer || answer === this.seen || this.answer.loading) return;
    this.seen = answer;
    const { indicator, level, system } = this.session.choice;
    const maps = recoloured(answer, system, this.session.drawn());
    const same = maps.filter((item) => item.indicator === indicator?.code);
    const free = this.asked || this.session.state.indicator === null;
    if (!free || same.some((item) => item.level === level)) return;
    const found = same[0] ?? maps[0];
    if (found) this.session.store.set({ indicator: found.indicator, level: found.level });
  }

  /** What the map shows: the published overlay, or the answer's codes in the same legend. */
  laid(from: LoadedOverlay | null): LoadedOverlay | null {
    const by = this.supposing ? this.answer.value : null;
    if (!from || !by) return from;
    if (this.laidOn?.from === from && this.laidOn.by === by) return this.laidOn.made;
    const codes = codesOf(by, from.info, from.codes.length);
    const made = codes ? { info: recounted(from.info, codes), codes } : from;
    this.laidOn = { from, by, made };
    return made;
  }

  /** Whether the map's colours come from the answer. */
  get coloured(): boolean {
    const from = this.session.overlay.value;
    return from !== null && this.laid(from) !== from;
  }

  /** Something was done to a problem: what counts its state is asked anew, when the server knows. */
  workDone(): void {
    setTimeout(() => {
      this.rectification.retry();
      this.session.problems.retry();
      this.session.leader.projects.retry();
      this.session.unit.retry();
      this.session.refresh();
    }, SERVER_LEARNS);
  }

  private loadLens(system: string | null, year: number): void {
    const { client, choice, state } = this.session;
    const { indicator, level } = choice;
    if (state.lens === "spots" && indicator && level && !choice.gap) {
      const query = { system, year, level };
      this.spots.load(`${system}/${indicator.code}/${level}/${year}`, (signal) =>
        client.json(`/api/v1/spatial/${encodeURIComponent(indicator.code)}`, query, signal),
      );
    } else this.spots.clear();
    if (state.lens === "piles") {
      this.piles.load(`${year}`, (signal) =>
        client.json("/api/v1/piles", { year, level: "block", limit: PILES }, signal),
      );
    } else this.piles.clear();
  }

  /** Signs over the map: hot and cold spots, piles of problems, or units of the chosen quadrant. */
  get signs(): Sign[] {
    const { lens, desk } = this.session.state;
    if (desk === "quadrants" && this.quadrant) {
      const items = this.quadrants.value?.items ?? [];
      return items
        .filter((item) => item.quadrant === this.quadrant)
        .map(({ unit, quadrant }) => ({ unit, kind: quadrant, text: "" }));
    }
    if (lens === "spots") {
      return (this.spots.value?.items ?? []).map(({ unit, kind }) => ({ unit, kind, text: "" }));
    }
    if (lens !== "piles") return [];
    return (this.piles.value?.items ?? []).map(({ unit, kinds }) => ({
      unit,
      kind: "pile",
      text: String(kinds),
    }));
  }

  chooseQuadrant(quadrant: string | null): void {
    this.quadrant = quadrant;
    this.session.tell();
  }
}
