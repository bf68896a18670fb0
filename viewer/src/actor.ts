/** Who acts on this page until there is sign-in: a name, kept for this tab's session. */

const KEPT = "cim-twin-actor";

export function actorName(): string {
  try {
    return sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}

export function rememberActor(name: string): void {
  try {
    sessionStorage.setItem(KEPT, name);
  } catch {
    return; // private browsing: the name is asked for again
  }
}

/** Names the server takes: letters of any script, digits and a few signs. */
export function actorFits(name: string): boolean {
  return /^[\p{L}\p{M}\p{N}_.@:+ -]{1,100}$/u.test(name);
}

/** Headers are ASCII: other scripts go percent-encoded. */
export function actorHeader(name: string): Record<string, string> {
  return name ? { "x-cim-actor": encodeURIComponent(name) } : {};
}
