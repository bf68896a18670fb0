/** Plays a scene: the city alone, one card with the words of the stop, and the way through it. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import { type Stop, stopsOf } from "../../scenes.ts";
import type { Stage } from "../../stage.ts";
import type { State } from "../../state.ts";
import { base } from "../../style/base.ts";
import { Tour } from "../../tour.ts";
import { icon } from "../icons.ts";
import { Panel } from "../panel.ts";

const FLIGHT = 2.6;
/** Longest wait for tiles and colours of a stop before its time begins, seconds. */
const PATIENCE = 8;
/** What the tour takes from the page and gives back when it is left. */
const BORROWED = [
  "system",
  "indicator",
  "level",
  "year",
  "selection",
  "camera",
  "look",
  "lens",
  "show",
  "classes",
  "palette",
  "solid",
  "find",
  "picked",
] as const satisfies readonly (keyof State)[];

export class TourPlayer extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    stage: { attribute: false },
  };
  declare stage: Stage | null;
  private tour: Tour | null = null;
  private made: unknown = null;
  private borrowed: Partial<State> | null = null;

  static override styles = [
    base,
    css`
      :host {
        position: absolute;
        inset: 0;
        pointer-events: none !important;
      }
      .view {
        position: absolute;
        inset: 4rem 2rem 13rem;
      }
      .story {
        position: absolute;
        left: 50%;
        bottom: 1rem;
        transform: translateX(-50%);
        width: min(54rem, calc(100cqw - 2rem));
        padding: 1rem 1.25rem 0.75rem;
        pointer-events: auto;
      }
      .map {
        font-size: 0.8125rem;
        color: var(--ink-3);
      }
      h2 {
        font-size: 1.5rem;
        font-weight: 680;
        line-height: 1.25;
        letter-spacing: -0.01em;
        text-wrap: balance;
      }
      .words {
        margin-top: 0.375rem;
        font-size: 1rem;
        line-height: 1.55;
        color: var(--ink-2);
        max-height: 6.25rem;
      }
      .way {
        display: flex;
        align-items: center;
        gap: 0.25rem;
        margin-top: 0.625rem;
      }
      .dots {
        display: flex;
        gap: 0.125rem;
        margin: 0 0.5rem;
        flex-wrap: wrap;
      }
      .dots button {
        width: max(1.5rem, 24px);
        height: max(1.5rem, 24px);
        display: grid;
        place-items: center;
      }
      .dots i {
        width: 0.5rem;
        height: 0.5rem;
        border-radius: 50%;
        background: var(--line-2);
      }
      .dots [aria-current="true"] i {
        width: 1.125rem;
        border-radius: 0.25rem;
        background: var(--accent);
      }
      .play {
        background: var(--accent);
        color: var(--on-accent);
      }
      .play:hover {
        background: var(--accent);
        color: var(--on-accent);
        opacity: 0.9;
      }
      select {
        max-width: 16rem;
        min-width: 0;
        margin-left: auto;
      }
      @container (max-width: 760px) {
        .way {
          flex-wrap: wrap;
        }
        select {
          order: 1;
          flex: 1 1 100%;
          max-width: none;
        }
      }
      .said {
        font-size: 0.8125rem;
        color: var(--ink-3);
      }
      .stale {
        color: var(--medium);
        font-weight: 600;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    const { state } = this.session;
    this.borrowed = Object.fromEntries(BORROWED.map((key) => [key, state[key]]));
    for (const kind of ["pointerdown", "wheel"] as const) addEventListener(kind, this.onHand, true);
    addEventListener("keydown", this.onKey, true);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const kind of ["pointerdown", "wheel"] as const)
      removeEventListener(kind, this.onHand, true);
    removeEventListener("keydown", this.onKey, true);
    this.tour?.end();
    const { camera, ...rest } = this.borrowed ?? {};
    this.session.store.set({ ...rest, scene: null, stop: null });
    void this.stage?.flights.toView(camera ?? null, rest.selection ?? null, FLIGHT / 2);
  }

  private readonly onHand = (event: Event) => {
    if (!event.composedPath().includes(this)) this.tour?.touched();
  };

  private readonly onKey = (event: KeyboardEvent) => {
    const acts: Record<string, () => void> = {
      " ": () => this.toggle(),
      ArrowRight: () => this.step(1),
      ArrowLeft: () => this.step(-1),
      Escape: () => this.session.desks.open(null),
    };
    const act = acts[event.key];
    const inside = event
      .composedPath()
      .some((at) => at instanceof HTMLElement && at.tagName === "SELECT");
    if (!act || inside || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.composedPath()[0] instanceof HTMLButtonElement) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  protected override updated(): void {
    const found = this.session.shelf.open.value;
    if (!found || !this.stage || found === this.made) return;
    this.made = found;
    this.tour?.end();
    const guide = {
      show: (stop: Stop) => this.show(stop),
      changed: () => {
        this.session.store.set({ stop: this.tour?.at ?? null });
        this.requestUpdate();
      },
      later: (act: () => void, seconds: number) => window.setTimeout(act, seconds * 1000),
      cancel: (timer: number) => clearTimeout(timer),
    };
    this.tour = new Tour(stopsOf(found.scene), guide, found.scene.loop ?? false);
    const wished = this.session.state.stop;
    if (wished !== null && wished > 0) this.tour.go(wished);
    else this.tour.play();
  }

  /** Colours first, then the flight; the stop's time begins when all of it is on the screen. */
  private async show(stop: Stop): Promise<boolean> {
    const { stage } = this;
    if (!stage) return false;
    this.session.store.set(stop.patch);
    const reached = await stage.flights.toView(stop.view, stop.patch.selection ?? null, FLIGHT);
    const until = performance.now() + PATIENCE * 1000;
    while (reached && performance.now() < until && (this.session.busy || !stage.settled)) {
      await new Promise((done) => setTimeout(done, 60));
    }
    return reached;
  }

  private toggle(): void {
    if (this.tour?.going === "playing") this.tour.pause();
    else this.tour?.play();
  }

  private step(by: number): void {
    if (this.tour) this.tour.go(this.tour.at + by);
  }

  override render() {
    const { shelf } = this.session;
    const { tour } = this;
    const stop = tour?.stop ?? null;
    const empty = shelf.list.value?.length === 0;
    const trouble = shelf.list.error || shelf.open.error;
    return html`<div class="view"></div>
      <section class="story card" aria-label=${this.t("tour.title")} aria-live="polite">
        ${
          empty || trouble
            ? html`<p>${this.t(empty ? "tour.empty" : "error.desk")}</p>`
            : stop
              ? html`<p class="map num">${this.mapped()} ${this.stale()}</p>
                  <h2>${this.tx(stop.title)}</h2>
                  <p class="words scroll">${this.tx(stop.caption ?? null)}</p>`
              : html`<p class="quiet">${this.t("app.loading")}</p>`
        }
        <div class="way">${this.way(tour)}</div>
      </section>`;
  }

  private mapped() {
    const { session } = this;
    const { indicator, level, year } = session.choice;
    const city = this.tx(session.city.value?.name);
    if (!indicator) return city;
    return html`${city} · ${this.name(indicator.name)} · ${this.tx(session.levelLabel(level))} · ${year}`;
  }

  private stale() {
    if (!this.session.shelf.open.value?.stale) return nothing;
    return html`<span class="stale">${this.t("tour.stale")}</span>`;
  }

  private way(tour: Tour | null) {
    const { shelf } = this.session;
    const playing = tour?.going === "playing";
    const many = tour?.stops.length ?? 0;
    const at = tour?.at ?? 0;
    return html`${this.button("back", "tour.back", at === 0, () => this.step(-1))}
      ${this.button(playing ? "pause" : "play", playing ? "tour.pause" : "tour.play", many === 0, () => this.toggle(), "play")}
      ${this.button("ahead", "tour.ahead", at + 1 >= many, () => this.step(1))}
      <div class="dots" role="group" aria-label=${this.t("tour.stops")}>
        ${(tour?.stops ?? []).map(
          (stop, i) => html`<button
            aria-current=${i === at}
            aria-label=${`${i + 1}. ${this.tx(stop.title)}`}
            title=${this.tx(stop.title)}
            @click=${() => tour?.go(i)}
          >
            <i></i>
          </button>`,
        )}
      </div>
      ${tour?.going === "yielded" ? html`<span class="said">${this.t("tour.yielded")}</span>` : nothing}
      <select
        aria-label=${this.t("tour.choose")}
        @change=${(event: Event) => {
          this.session.store.set({ scene: (event.target as HTMLSelectElement).value, stop: null });
        }}
      >
        ${(shelf.list.value ?? []).map(
          (item) => html`<option value=${item.name} ?selected=${item.name === shelf.name}>
            ${this.tx(item.title)}
          </option>`,
        )}
      </select>
      <button
        class="icon"
        aria-pressed=${tour?.loop ?? false}
        aria-label=${this.t("tour.loop")}
        title=${this.t("tour.loop")}
        @click=${() => {
          if (tour) tour.loop = !tour.loop;
          this.requestUpdate();
        }}
      >
        ${icon("turn")}
      </button>
      ${this.button("paint", "tour.edit", false, () => this.session.desks.open("scenes"))}
      ${this.button("close", "tour.leave", false, () => this.session.desks.open(null))}`;
  }

  private button(
    name: Parameters<typeof icon>[0],
    key: string,
    off: boolean,
    act: () => void,
    look = "",
  ) {
    return html`<button
      class="icon ${look}"
      aria-label=${this.t(key)}
      title=${this.t(key)}
      ?disabled=${off}
      @click=${act}
    >
      ${icon(name)}
    </button>`;
  }
}
