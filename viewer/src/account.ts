/** Who is signed in on this page, and what the server lets them do. */
import { actorHeader } from "./actor.ts";
import type { Me } from "./api.ts";
import type { Client } from "./client.ts";

/** What a part of the page asks for before it offers a change (policy.py of the server). */
export type Right = "work" | "decide" | "compose";

export class Account {
  /** null until the server has told */
  me: Me | null = null;
  private turn = 0;

  constructor(
    private readonly client: Client,
    private readonly changed: () => void,
  ) {}

  /** Asks the server who one is; true when it knows. */
  async read(): Promise<boolean> {
    this.turn += 1;
    const { turn } = this;
    try {
      const me = await this.client.json<Me>("/api/v1/me");
      if (turn !== this.turn) return false;
      this.me = me;
      this.changed();
      return me.signed_in;
    } catch {
      return false; // what else fails then is told where it is shown
    }
  }

  /** Whether the server knows who acts by itself: then nobody types a name. */
  get named(): boolean {
    return this.me !== null && this.me.mode !== "off";
  }

  /** Whether a change is to be offered; until the server has told, it is, and the server decides. */
  may(right: Right): boolean {
    return !this.named || this.me?.signed_in !== true || this.me.scopes.includes(right);
  }

  /** Whether a step such as `problem.confirm` is to be offered. */
  mayStep(step: string): boolean {
    return this.may("work") && (!this.named || !this.me?.signed_in || this.me.steps.includes(step));
  }

  /** The header that says for whom one acts where nobody signs in; none elsewhere. */
  header(name: string): Record<string, string> {
    return this.named ? {} : actorHeader(name);
  }
}

/** Where to sign in, and where that leads back to; null where the server has no page for it. */
export function signInAddress(me: Me | null, base: string, back: string): string | null {
  if (me !== null && me.sign_in === null) return null;
  return `${base}${me?.sign_in ?? "/auth/sign-in"}?next=${encodeURIComponent(back)}`;
}
