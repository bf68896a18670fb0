/** Where the focus goes when a person asks for a part of the page. */

const REACHED =
  "button:not(:disabled), a[href], input:not(:disabled), select:not(:disabled), textarea, [tabindex='0']";

/** The first thing inside that can take the focus, also behind shadow roots. */
function firstIn(root: Element | ShadowRoot): HTMLElement | null {
  for (const item of root.querySelectorAll<HTMLElement>("*")) {
    const seen = item.checkVisibility?.({ visibilityProperty: true }) ?? true;
    if (seen && item.matches(REACHED) && item.tabIndex >= 0) return item;
    const deep = item.shadowRoot && firstIn(item.shadowRoot);
    if (deep) return deep;
  }
  return null;
}

/** Moves the focus into a part; false: nothing there takes it. */
export function focusInto(part: Element | null): boolean {
  const found = part && (part.shadowRoot ? firstIn(part.shadowRoot) : firstIn(part));
  found?.focus();
  return Boolean(found);
}
