/** How a session stands: towards the window (its owner, or a guest on a page) and towards the server. */
import type { Client } from "./client.ts";

export class Standing {
  /** whether URL, title and <html> are ours */
  ownsWindow = false;
  /** whether a page of another window shows us and hands over the pass */
  framed = false;
  /** whether the server wants to know who asks; until a pass that holds is handed over */
  signedOut = false;

  constructor(
    private readonly client: Client,
    private readonly changed: () => void,
  ) {
    client.onSignedOut.add(() => {
      this.signedOut = true;
      changed();
    });
  }

  /** Whether the page itself leads to the sign-in: nobody around it hands over a pass. */
  get asksHere(): boolean {
    return this.signedOut && this.ownsWindow && !this.framed && this.client.token === null;
  }

  /** Whether a pass was handed over, which then holds no longer. */
  get expired(): boolean {
    return this.signedOut && this.client.token !== null;
  }

  /** Takes a pass; what failed is asked for again by `Session.retry`. */
  take(token: string | null): void {
    this.client.token = token;
    this.signedOut = false;
    this.changed();
  }
}
