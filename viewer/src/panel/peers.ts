/** A unit among its siblings by one indicator; and what its sources say of it in words. */
import { css, html, nothing, type PropertyDeclarations } from "lit";
import type { Peers, UnitIndicator } from "../api.ts";
import { themesOf } from "../filesieve.ts";
import { Resource } from "../resource.ts";
import { base } from "../style/base.ts";
import { Panel } from "./panel.ts";

const NAMED = 5;

export class PeerCard extends Panel {
  static override properties: PropertyDeclarations = {
    ...Panel.properties,
    item: { attribute: false },
    whole: { state: true },
  };
  declare item: UnitIndicator;
  /** whether every sibling is named */
  declare whole: boolean;
  private readonly peers = new Resource<Peers>(() => this.requestUpdate());

  constructor() {
    super();
    this.whole = false;
  }

  static override styles = [
    base,
    css`
      p {
        margin-top: 0.25rem;
      }
      .said {
        margin-top: 0.375rem;
        padding: 0.375rem 0.625rem;
        border-left: 3px solid var(--line-2);
        background: var(--raise);
        border-radius: 0 0.5rem 0.5rem 0;
      }
      .tags {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem;
        margin-top: 0.375rem;
      }
      .peer {
        display: grid;
        grid-template-columns: 1.5rem 5.5rem 1fr 4rem;
        align-items: center;
        gap: 0.375rem;
        width: 100%;
        min-height: 24px;
        padding: 0.0625rem 0.25rem;
        border-radius: 0.375rem;
        font-size: 0.75rem;
      }
      .peer:hover {
        background: var(--raise);
      }
      .peer.own {
        color: var(--accent);
        font-weight: 650;
      }
      .peer .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .bar {
        height: 0.375rem;
        border-radius: 0.25rem;
        background: var(--raise-2);
        overflow: hidden;
      }
      .bar i {
        display: block;
        height: 100%;
        background: currentcolor;
        opacity: 0.55;
      }
      .peer > .num:last-child {
        text-align: right;
      }
      h5 {
        margin: 0.5rem 0 0.125rem;
        font-size: 0.75rem;
        font-weight: 650;
      }
      .related {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0 0.75rem;
        font-size: 0.75rem;
      }
    `,
  ];

  private get unitId(): string {
    return this.session.state.selection ?? "";
  }

  protected override willUpdate(): void {
    const { code, system } = this.item;
    const { year } = this.session.choice;
    const { unitId } = this;
    if (this.item.value === null || !unitId) {
      this.peers.clear();
      return;
    }
    this.peers.load(`${unitId}/${system}/${code}/${year}`, (signal) =>
      this.session.client.json(
        `/api/v1/peers/${encodeURIComponent(unitId)}`,
        { code, system, year },
        signal,
      ),
    );
  }

  override render() {
    return html`${this.words()} ${this.siblings()} ${this.related()} ${this.tags()}`;
  }

  private words() {
    return this.item.qualitative.map(
      (said) => html`<div class="said">
        ${said.grade ? html`<b>${this.tx(said.grade)}</b> ` : nothing}${this.tx(said.remark)}
        <div class="small quiet">
          ${[this.source(said.source), said.reviewer, this.date(said.date)].filter(Boolean).join(" · ")}
        </div>
      </div>`,
    );
  }

  private siblings() {
    const found = this.peers.value;
    if (!found || found.of < 2) return nothing;
    const own = found.items.findIndex((item) => item.unit.id === this.unitId);
    const known = found.items.filter((item) => item.value !== null);
    const most = Math.max(...known.map((item) => Math.abs(item.value ?? 0)), 1e-9);
    const start = Math.max(0, Math.min(own - 2, known.length - NAMED));
    const shown = this.whole ? known : known.slice(start, start + NAMED);
    return html`<h5>
        ${this.t("peers.title", { place: found.place ?? "–", of: this.count(found.of), name: this.tx(found.parent?.label) })}
      </h5>
      <div data-place=${found.place ?? nothing} data-of=${found.of}>
        ${shown.map(
          (item) => html`<button
            class="peer ${item.unit.id === this.unitId ? "own" : ""}"
            @click=${() => this.session.select(item.unit.id)}
            @pointerenter=${() => this.session.setHover({ level: item.unit.level, row: item.unit.row ?? -1, id: item.unit.id, at: null })}
            @pointerleave=${() => this.session.setHover(null)}
          >
            <span class="num quiet">${item.place}</span>
            <span class="name">${this.tx(item.unit.label)}</span>
            <span class="bar" aria-hidden="true"><i style="width:${(Math.abs(item.value ?? 0) / most) * 100}%"></i></span>
            <span class="num">${this.num(item.value)}</span>
          </button>`,
        )}
      </div>
      <p class="small quiet num">
        ${this.t("peers.median", { value: this.num(found.median) })}
        ${
          known.length > NAMED
            ? html`<button
              class="link"
              @click=${() => {
                this.whole = !this.whole;
              }}
            >
              ${this.t(this.whole ? "peers.fewer" : "peers.all", { n: known.length })}
            </button>`
            : nothing
        }
      </p>`;
  }

  private related() {
    const { related } = this.item;
    if (related.length === 0) return nothing;
    return html`<h5>${this.t("related.title")}</h5>
      ${related.map(
        (item) => html`<div class="related">
          <button class="link" @click=${() => this.session.store.set({ indicator: item.code })}>
            ${this.name(item.name)}
          </button>
          <span class="num">${this.amount(item.value, item.unit, item.state)}</span>
          <span class="quiet">${this.t(`related.${item.kind}`)}</span>
        </div>`,
      )}`;
  }

  private tags() {
    const themes = themesOf(this.session.planner.themes.value ?? [], this.item);
    if (themes.length === 0) return nothing;
    return html`<div class="tags" aria-label=${this.t("theme.title")}>
      ${themes.map((theme) => html`<span class="chip">${this.tx(theme.label)}</span>`)}
    </div>`;
  }
}
