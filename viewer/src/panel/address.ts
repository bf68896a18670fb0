/** Where a number comes from: the record behind its address, in words. */
import { css, html, nothing } from "lit";
import { base } from "../style/base.ts";
import { icon } from "./icons.ts";
import { Panel } from "./panel.ts";

export class AddressDialog extends Panel {
  static override styles = [
    base,
    css`
      dialog {
        width: min(34rem, calc(100vw - 2rem));
        max-height: min(44rem, calc(100vh - 4rem));
        padding: 1.125rem 1.375rem 1.25rem;
        border: 0;
        border-radius: var(--radius);
        background: var(--panel-solid);
        color: var(--ink);
        box-shadow: var(--shadow);
      }
      dialog::backdrop {
        background: rgb(12 20 28 / 0.32);
      }
      .top {
        display: flex;
        justify-content: space-between;
        align-items: start;
        gap: 1rem;
      }
      h2 {
        font-size: 1.0625rem;
        font-weight: 650;
      }
      .value {
        font-size: 1.75rem;
        font-weight: 640;
        letter-spacing: -0.02em;
        margin: 0.25rem 0 0.5rem;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0.25rem 1rem;
      }
      dt {
        color: var(--ink-3);
      }
      dd {
        overflow-wrap: anywhere;
      }
      h3 {
        margin: 0.875rem 0 0.25rem;
      }
      table {
        width: 100%;
        border-collapse: collapse;
        font-size: 0.8125rem;
      }
      td {
        padding: 0.25rem 0.5rem 0.25rem 0;
        border-top: 1px solid var(--line);
        vertical-align: top;
      }
      code {
        font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace;
        font-size: 0.75rem;
      }
    `,
  ];

  protected override updated(): void {
    const dialog = this.renderRoot.querySelector("dialog");
    if (dialog && !dialog.open) dialog.showModal?.();
  }

  override render() {
    const { session } = this;
    const address = session.address;
    if (!address) return nothing;
    const record = session.record.value;
    const here = record && session.record.key === address ? record : null;
    return html`<dialog
      aria-label=${this.t("address.title")}
      @close=${() => session.showAddress(null)}
      @click=${(event: Event) => {
        if (event.target === event.currentTarget) session.showAddress(null);
      }}
    >
      <div class="top">
        <h2>${here?.indicator ? this.name(here.indicator.name) : this.t("address.title")}</h2>
        <button class="icon" aria-label=${this.t("app.close")} @click=${() => session.showAddress(null)}>
          ${icon("close")}
        </button>
      </div>
      ${here ? this.record() : this.waiting()}
    </dialog>`;
  }

  private waiting() {
    return this.session.record.error
      ? html`<p>${this.t("error.address")}</p>`
      : html`<p class="quiet">${this.t("app.loading")}</p>`;
  }

  private record() {
    const record = this.session.record.value;
    if (!record) return nothing;
    const period = record.period;
    const span =
      period?.start && period.end ? `${this.date(period.start)} – ${this.date(period.end)}` : "";
    const rows: [string, string | null | undefined][] = [
      ["unit", this.tx(record.unit_ref?.label)],
      ["period", [period?.code, span].filter(Boolean).join(" · ")],
      ["source", this.source(record.source)],
      [
        "method",
        [record.method && this.coded("method", record.method), record.method_version]
          .filter(Boolean)
          .join(" "),
      ],
      [
        "ratio",
        record.denominator ? `${this.num(record.numerator)} / ${this.num(record.denominator)}` : "",
      ],
      ["cutoff", this.date(record.cutoff_date)],
      ["state", this.coded("state", record.state)],
      ["batch", record.batch],
      ["address", record.address],
    ];
    return html`<p class="value num">${this.amount(record.value, record.unit, record.state)}</p>
      <dl>
        ${rows
          .filter(([, text]) => text)
          .map(
            ([key, text]) => html`<dt>${this.t(`address.${key}`)}</dt>
              <dd class="num">${key === "batch" || key === "address" ? html`<code>${text}</code>` : text}</dd>`,
          )}
      </dl>
      ${this.candidates()} ${this.inputs()}`;
  }

  private candidates() {
    const list = this.session.record.value?.candidates ?? [];
    if (list.length < 2) return nothing;
    const unit = this.session.record.value?.unit ?? null;
    return html`<h3 class="eyebrow">${this.t("address.candidates")}</h3>
      <table>
        ${list.map(
          (item) => html`<tr>
            <td>${this.source(item.source)}</td>
            <td class="num">${this.amount(item.value, unit, item.state)}</td>
            <td class="num quiet">${item.place ?? ""}</td>
          </tr>`,
        )}
      </table>`;
  }

  private inputs() {
    const list = this.session.record.value?.inputs ?? [];
    if (list.length === 0) return nothing;
    return html`<h3 class="eyebrow">${this.t("address.inputs")}</h3>
      <table>
        ${list.map(
          (item) => html`<tr>
            <td>${item.name}</td>
            <td><code>${item.sha256.slice(0, 16)}</code></td>
          </tr>`,
        )}
      </table>`;
  }
}
