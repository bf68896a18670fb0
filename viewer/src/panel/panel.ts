/** What every panel has: the session, words in the reader's language, numbers in its form. */
import { LitElement, type PropertyDeclarations } from "lit";
import type { Text } from "../api.ts";
import { formatCount, formatDate, formatNumber } from "../format.ts";
import { LOCALES, pick, words } from "../i18n.ts";
import type { Session } from "../session.ts";

export class Panel extends LitElement {
  static override properties: PropertyDeclarations = { session: { attribute: false } };
  declare session: Session;
  private readonly renew = () => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    this.session.addEventListener("change", this.renew);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.session.removeEventListener("change", this.renew);
  }

  protected t(key: string, params: Record<string, string | number> = {}): string {
    return words(this.session.state.language, key, params);
  }

  protected tx(text: Text | string | null | undefined): string {
    return pick(this.session.state.language, text);
  }

  /** A name that stands by itself: it begins with a capital where the script has them. */
  protected name(text: Text | string | null | undefined): string {
    const said = this.tx(text);
    return said.charAt(0).toLocaleUpperCase(this.locale) + said.slice(1);
  }

  protected get locale(): string {
    return LOCALES[this.session.state.language];
  }

  protected num(value: number | null | undefined): string {
    return formatNumber(value, this.locale);
  }

  protected count(value: number | null | undefined): string {
    return formatCount(value, this.locale);
  }

  protected date(value: string | null | undefined): string {
    return formatDate(value, this.locale);
  }

  /** Words for a code from the data (a state, a use ...); an unknown one is shown as it came. */
  protected coded(group: string, code: string): string {
    const key = `${group}.${code}`;
    const found = this.t(key);
    return found === key ? code : found;
  }

  /** A source's name: the city's own label for it, else words for a kind, else as it came. */
  protected source(name: string | null | undefined): string {
    if (!name) return "";
    const label = this.session.city.value?.source_labels?.[name];
    return label ? this.tx(label) : this.coded("source_kind", name);
  }

  /** A value with its unit, or the reason why there is none. */
  protected amount(value: number | null, unit: string | null, state: string): string {
    if (value === null) return this.coded("state", state);
    const tail = unit ? ` ${this.coded("unit", unit)}` : "";
    return `${this.num(value)}${tail}`;
  }
}

/** Moves the focus among the buttons of a list with the arrow keys. */
export function arrowKeys(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  const edge = { Home: 0, End: -1 }[event.key];
  if (step === undefined && edge === undefined) return;
  const list = event.currentTarget as HTMLElement;
  const items = [...list.querySelectorAll<HTMLElement>("button:not(:disabled), a[href]")];
  const root = list.getRootNode() as Document | ShadowRoot;
  const at = items.indexOf(root.activeElement as HTMLElement);
  if (at < 0) return;
  const next = edge === undefined ? items[at + (step ?? 0)] : items.at(edge);
  if (!next) return;
  event.preventDefault();
  next.focus();
}
