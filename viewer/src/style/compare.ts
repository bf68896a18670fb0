/** The look of things side by side. */
import { css } from "lit";

export const compareLook = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
    flex: 0 1 auto;
  }
  .card {
    display: flex;
    flex-direction: column;
    min-height: 0;
    padding: 0.875rem 1.125rem 0.75rem;
  }
  .top {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 0.75rem;
    margin-bottom: 0.5rem;
  }
  h2 {
    font-size: 1.0625rem;
    font-weight: 650;
  }
  .sieves {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem;
    margin-bottom: 0.375rem;
  }
  .sieves select {
    flex: 1 1 9rem;
    min-width: 0;
  }
  .act {
    padding: 0.25rem 0.75rem;
    border-radius: 0.5625rem;
    background: var(--raise-2);
    font-size: 0.8125rem;
    font-weight: 600;
  }
  .results {
    flex: 1 1 auto;
    min-height: 6rem;
    margin: 0 -0.5rem;
    overflow: auto;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-size: 0.8125rem;
  }
  thead th {
    position: sticky;
    top: 0;
    z-index: 2;
    padding: 0.3125rem 0.5rem;
    background: var(--panel-solid);
    font-size: 0.75rem;
    font-weight: 600;
    text-align: right;
    vertical-align: bottom;
    line-height: 1.3;
  }
  thead th:first-child,
  tbody th {
    position: sticky;
    left: 0;
    z-index: 1;
    min-width: 10rem;
    background: var(--panel-solid);
    text-align: left;
  }
  thead th:first-child {
    z-index: 3;
    color: var(--ink-3);
  }
  tbody th {
    padding: 0.3125rem 0.5rem;
    border-top: 1px solid var(--line);
    font-weight: 500;
    line-height: 1.35;
  }
  tbody th button:hover {
    color: var(--accent);
  }
  td {
    padding: 0.3125rem 0.5rem;
    border-top: 1px solid var(--line);
    text-align: right;
    font-weight: 600;
  }
  td.none {
    font-size: 0.75rem;
    font-weight: 400;
    color: var(--ink-3);
    white-space: nowrap;
  }
  td.best {
    color: var(--good);
  }
  td.worst {
    color: var(--high);
  }
  tr.hot :is(td, th) {
    background: var(--accent-soft);
  }
  .tone {
    display: inline-block;
    width: 0.625rem;
    height: 0.625rem;
    margin-right: 0.25rem;
    border-radius: 0.1875rem;
  }
  .unmet {
    display: inline-block;
    width: 0.4375rem;
    height: 0.4375rem;
    margin-right: 0.3125rem;
    border-radius: 50%;
    background: var(--high);
  }
  .name {
    font-weight: 600;
  }
  .name:hover {
    color: var(--accent);
  }
  .out {
    width: 1.25rem;
    height: 1.25rem;
    vertical-align: middle;
  }
  .out svg {
    width: 0.75rem;
    height: 0.75rem;
  }
  .key {
    display: inline-block;
    margin-left: 0.75rem;
  }
  svg.years {
    display: block;
    width: 100%;
    max-width: 32rem;
    height: 7.5rem;
  }
  .hint {
    margin-top: 0.5rem;
    font-size: 0.75rem;
    line-height: 1.5;
    color: var(--ink-3);
  }
`;
