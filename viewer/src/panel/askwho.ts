/** The field that asks who acts, where nobody signs in. */
import { html, nothing } from "lit";
import { actorName } from "../actor.ts";
import type { Session } from "../session.ts";

/** `label`: its words. Nothing where the server knows who is signed in. */
export function askWho({ account }: Session, label: string) {
  if (account.named) return nothing;
  return html`<label class="field">${label}
    <input type="text" name="actor" maxlength="100" required autocomplete="name" .value=${actorName()} /></label>`;
}
