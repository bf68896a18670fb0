/** Plays the stops of a scene: play, pause, step, a loop that yields to a hand and goes on again. */
import type { Stop } from "./scenes.ts";

/** Seconds without a hand on the page after which a loop goes on. */
export const IDLE = 30;

/** What a tour asks of the page around it. */
export interface Guide {
  /** shows a stop; resolves when its view is reached, false when the flight was broken off */
  show(stop: Stop): Promise<boolean>;
  changed(): void;
  later(act: () => void, seconds: number): number;
  cancel(timer: number): void;
}

export type Going = "playing" | "paused" | "yielded" | "ended";

export class Tour {
  at = 0;
  going: Going = "paused";
  loop: boolean;
  private timer: number | null = null;
  private turn = 0;

  constructor(
    readonly stops: readonly Stop[],
    private readonly guide: Guide,
    loop = false,
  ) {
    this.loop = loop;
  }

  get stop(): Stop | null {
    return this.stops[this.at] ?? null;
  }

  play(): void {
    if (this.going === "ended") this.at = 0;
    this.going = "playing";
    void this.show();
  }

  pause(): void {
    this.hush();
    this.going = "paused";
    this.guide.changed();
  }

  /** Goes to a stop and stays there; while playing the tour goes on from it. */
  go(at: number): void {
    if (at < 0 || at >= this.stops.length) return;
    this.at = at;
    if (this.going !== "playing") this.going = "paused";
    void this.show();
  }

  /** A hand touched the page: the tour waits, and a loop goes on when the hand has been gone a while. */
  touched(): void {
    if (this.going !== "playing" && this.going !== "yielded") return;
    this.hush();
    this.going = this.loop ? "yielded" : "paused";
    if (this.loop) this.timer = this.guide.later(() => this.play(), IDLE);
    this.guide.changed();
  }

  end(): void {
    this.hush();
    this.going = "ended";
  }

  private hush(): void {
    this.turn += 1;
    if (this.timer !== null) this.guide.cancel(this.timer);
    this.timer = null;
  }

  private async show(): Promise<void> {
    const { stop } = this;
    if (!stop) return;
    this.hush();
    const { turn } = this;
    this.guide.changed();
    const reached = await this.guide.show(stop);
    if (turn !== this.turn || this.going !== "playing") return;
    if (reached) this.timer = this.guide.later(() => this.next(), stop.duration);
    else this.touched();
  }

  private next(): void {
    this.timer = null;
    if (this.at + 1 < this.stops.length) this.at += 1;
    else if (this.loop) this.at = 0;
    else {
      this.end();
      this.guide.changed();
      return;
    }
    void this.show();
  }
}
