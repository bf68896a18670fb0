/** Where the plan hangs on the page: it stands in for the 3D map that cannot be, or that was lost. */
import { html, nothing, type ReactiveControllerHost } from "lit";
import type { Session } from "../../session.ts";
import type { Stage } from "../../stage.ts";
import type { FlatMap } from "./flatmap.ts";
import type { Sight } from "./people.ts";

const LOOK_MS = 60;

export class PlanGate {
  /** why there is a plan and no 3D map: a key of flat.*; "": there is none */
  why = "";

  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly session: Session,
    /** the rectangle that no panel covers */
    private readonly free: () => DOMRect,
    /** ends the 3D map, begins it anew */
    private readonly turn: { end: () => void; begin: () => void },
  ) {}

  /** The plan takes over; what was chosen stays chosen. */
  show(why: "no_webgl" | "engine" | "lost"): void {
    this.why = why;
    this.turn.end();
    this.session.notice = null;
    this.host.requestUpdate();
  }

  /** A canvas that loses its context gives way to the plan. */
  watch(canvas: HTMLCanvasElement): void {
    const lost = () => setTimeout(() => this.show("lost")); // the engine hears of it first
    canvas.addEventListener("webglcontextlost", lost, { once: true });
  }

  private readonly again = () => {
    this.why = "";
    this.host.requestUpdate();
    void this.host.updateComplete.then(() => {
      this.turn.begin();
      this.session.tell(); // it opens where the page was, before its own first frame says otherwise
    });
  };

  get map(): FlatMap | null {
    return this.host.shadowRoot?.querySelector<FlatMap>("cim-flat") ?? null;
  }

  get settled(): boolean {
    return this.map?.settled ?? false;
  }

  /** Resolves when the plan is drawn in its colours. */
  get ready(): Promise<void> {
    return new Promise((done) => {
      const look = () => {
        if (this.settled && !this.session.busy) done();
        else setTimeout(look, LOOK_MS);
      };
      look();
    });
  }

  /** Where places are on the screen, on the map that is there. */
  sight(stage: Stage | null): Sight | null {
    const { free, map } = this;
    if (map) return { project: (lon, lat) => map.project(lon, lat), free };
    return stage && { project: (...at) => stage.globe.project(...at), free };
  }

  render() {
    if (!this.why) return nothing;
    return html`<cim-flat
      .session=${this.session}
      .why=${this.why}
      .free=${this.free}
      .again=${this.again}
    ></cim-flat>`;
  }
}
