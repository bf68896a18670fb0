/** Takes the focus into a file that was opened by a key, and back to where it came from. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Session } from "../../session.ts";
import type { State } from "../../state.ts";
import { focusInto } from "./focus.ts";

const LOOK_MS = 40;

/** What has the focus, behind every shadow root. */
function focused(): HTMLElement | null {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at instanceof HTMLElement && at !== document.body ? at : null;
}

export class FocusKeeper implements ReactiveController {
  private from: HTMLElement | null = null;
  private stop: (() => void) | null = null;

  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly session: Session,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.stop = this.session.store.subscribe((state, before) => this.follow(state, before));
  }

  hostDisconnected(): void {
    this.stop?.();
    this.stop = null;
    this.from = null;
  }

  private follow(state: Readonly<State>, before: Readonly<State>): void {
    if (state.selection === before.selection) return;
    const at = focused();
    if (state.selection !== null && before.selection === null) {
      // a hand on the mouse leaves the focus where it is
      this.from = at?.matches(":focus-visible") && at.tagName !== "CANVAS" ? at : null;
      if (this.from) void this.enter();
    } else if (state.selection === null) {
      const { from } = this;
      this.from = null;
      if (from) void this.host.updateComplete.then(() => this.giveBack(from));
    }
  }

  /** When the file is there; who went on meanwhile is left alone. */
  private async enter(): Promise<void> {
    await this.host.updateComplete;
    const { unit } = this.session;
    while (unit.loading) await new Promise((done) => setTimeout(done, LOOK_MS));
    await this.host.updateComplete;
    const now = focused();
    if (!this.from || (now && now !== this.from)) return;
    const file = this.host.shadowRoot?.querySelector("cim-file");
    await (file as (Element & { updateComplete?: Promise<boolean> }) | null)?.updateComplete;
    focusInto(file ?? null);
  }

  private giveBack(from: HTMLElement): void {
    if (focused()) return;
    if (from.isConnected) from.focus();
    // what led here is gone with the view it stood for
    if (!focused()) focusInto(this.host.shadowRoot?.querySelector("cim-people") ?? null);
  }
}
