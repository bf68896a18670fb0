/**
 * Messages with the page around us, when it shows us in a frame. Version 1: every message is an
 * object {cimtwin: 1, type, id?, ...}; what comes from elsewhere than the parent's listed origin is
 * not even looked at, and nothing is sent to any other.
 */
import { flyTo, tell, watch } from "./outside.ts";
import type { Session } from "./session.ts";
import type { Stage } from "./stage.ts";
import { readPatch } from "./state.ts";

export const MESSAGES = 1;

/** What the server says of who may show and lead us. */
export interface Embed {
  version: number;
  origins: string[];
}

interface Asked {
  type: string;
  id: unknown;
  body: Record<string, unknown>;
}

const LONGEST_TOKEN = 8192;

/** A message of ours, or null; it must be small, plain and of this version. */
export function readMessage(data: unknown): Asked | null {
  if (typeof data !== "object" || data === null) return null;
  const body = data as Record<string, unknown>;
  if (body["cimtwin"] !== MESSAGES || typeof body["type"] !== "string") return null;
  const id = body["id"];
  return {
    type: body["type"],
    id: typeof id === "string" || typeof id === "number" ? id : null,
    body,
  };
}

export class Courier {
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly session: Session,
    private readonly stage: () => Stage | null,
    private readonly origins: readonly string[],
    private readonly own: Window = window,
  ) {}

  start(): void {
    const listen = (event: MessageEvent) => this.take(event);
    this.own.addEventListener("message", listen);
    this.stops.push(
      () => this.own.removeEventListener("message", listen),
      watch(this.session, {
        select: (unit) => this.send("select", { unit }),
        state: (state) => this.send("state", { state }),
        error: (trouble) => this.send("error", { ...trouble }),
      }),
    );
    this.send("hello", {});
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  /** The city and its first colours are on the screen. */
  ready(): void {
    this.send("ready", { state: tell(this.session) });
  }

  /** The browser delivers to the parent only where its origin is the named one. */
  private send(type: string, more: Record<string, unknown>): void {
    for (const origin of this.origins) {
      this.own.parent.postMessage({ cimtwin: MESSAGES, type, ...more }, origin);
    }
  }

  private take(event: MessageEvent): void {
    if (event.source !== this.own.parent || !this.origins.includes(event.origin)) return;
    const asked = readMessage(event.data);
    if (!asked) return;
    const answer = asked.id === null ? {} : { id: asked.id };
    this.act(asked)
      .then((done) => {
        if (done || asked.id !== null) this.send("state", { ...answer, state: tell(this.session) });
      })
      .catch((error: unknown) =>
        this.send("error", { ...answer, code: "refused", detail: String(error) }),
      );
  }

  /** True: the state is to be told even to who did not number the message. */
  private async act({ type, body }: Asked): Promise<boolean> {
    const { session } = this;
    if (type === "get") return true;
    if (type === "set") this.set(body);
    else if (type === "select") session.store.set(readPatch({ selection: body["unit"] ?? null }));
    else if (type === "fly") await this.fly(body["to"]);
    else throw new RangeError(`no message of this kind: ${type.slice(0, 40)}`);
    return false;
  }

  private set(body: Record<string, unknown>): void {
    const { session } = this;
    const { token } = body;
    if (typeof token === "string" && token.length <= LONGEST_TOKEN) {
      session.standing.take(token || null);
      session.retry();
    }
    session.store.set(readPatch(body["state"], session.state));
  }

  private async fly(goal: unknown): Promise<void> {
    const stage = this.stage();
    if (!stage) throw new RangeError("fly: there is no map");
    await flyTo(stage, this.session, goal);
  }
}

/** Exact origins out of the server's list; 'self' is the page's own. */
export function originsOf(told: Embed, own: string): string[] {
  const listed = told.origins.map((origin) => (origin === "'self'" ? own : origin));
  return listed.filter((origin) => /^https?:\/\/[^/*]+$/.test(origin));
}
