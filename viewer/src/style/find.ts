/** The look of the question and of what it finds. */
import { css } from "lit";

export const findLook = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
    flex: 1 1 auto;
  }
  .card {
    display: flex;
    flex-direction: column;
    min-height: 0;
    flex: 1;
    padding: 0.875rem 1rem 0.75rem;
  }
  h2 {
    font-size: 1.0625rem;
    font-weight: 650;
  }
  h3 {
    margin: 0.875rem 0 0.375rem;
    font-size: 0.8125rem;
    font-weight: 650;
  }
  .body {
    flex: 1;
    min-height: 0;
    margin: 0 -0.375rem;
    padding: 0 0.375rem;
  }
  .head {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 0.75rem;
  }
  .levels {
    flex-wrap: wrap;
    margin: 0.25rem 0 0.5rem;
  }
  .levels button {
    padding: 0.25rem 0.4375rem;
    font-size: 0.75rem;
  }
  .condition {
    position: relative;
    display: grid;
    grid-template-columns: minmax(0, 1fr) 4.25rem minmax(0, 5.5rem);
    gap: 0.375rem;
    margin-bottom: 0.375rem;
    padding: 0.4375rem 1.875rem 0.5rem 0.625rem;
    border-radius: 0.75rem;
    background: var(--raise);
  }
  .condition .what {
    grid-column: 1 / -1;
    font-size: 0.75rem;
    color: var(--ink-3);
  }
  .condition .wide {
    grid-column: 1 / -1;
  }
  .condition .unit {
    align-self: center;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .condition .two {
    grid-column: span 2;
  }
  .condition :is(select, input) {
    width: 100%;
    min-width: 0;
    height: 1.875rem;
    margin: 0;
    background-color: var(--panel-solid);
    font-size: 0.8125rem;
    font-weight: 500;
  }
  .out {
    position: absolute;
    top: 0.25rem;
    right: 0.1875rem;
    width: 1.5rem;
    height: 1.5rem;
  }
  .out svg {
    width: 0.875rem;
    height: 0.875rem;
  }
  .group {
    position: relative;
    margin: 0 0 0.375rem;
    padding: 0.5rem 0.5rem 0.375rem;
    border-radius: 0.875rem;
    box-shadow: inset 0 0 0 1px var(--line-2);
  }
  .group .segments {
    width: 11rem;
    margin-bottom: 0.375rem;
  }
  .more {
    display: flex;
    flex-wrap: wrap;
    gap: 0.375rem;
    margin-top: 0.375rem;
  }
  .more button {
    padding: 0.1875rem 0.625rem;
    border-radius: 1rem;
    background: var(--raise-2);
    font-size: 0.75rem;
    font-weight: 550;
  }
  .more button:hover {
    background: var(--line-2);
  }
  .more button[aria-pressed="true"] {
    background: var(--accent);
    color: var(--on-accent);
  }
  .hint {
    margin-top: 0.5rem;
    font-size: 0.75rem;
    color: var(--ink-3);
    line-height: 1.5;
  }
  .number {
    display: flex;
    align-items: baseline;
    gap: 0.5rem;
    margin: 0.25rem 0;
  }
  .number b {
    font-size: 2.125rem;
    font-weight: 640;
    line-height: 1.15;
    letter-spacing: -0.03em;
  }
  .ways {
    display: flex;
    flex-wrap: wrap;
    gap: 0.375rem;
    margin: 0.5rem 0 0.25rem;
  }
  .ways a,
  .ways button {
    padding: 0.25rem 0.6875rem;
    border-radius: 0.5625rem;
    background: var(--raise-2);
    font-size: 0.8125rem;
    font-weight: 600;
    text-decoration: none;
  }
  .ways :is(a, button):hover {
    background: var(--line-2);
  }
  .results {
    flex: 1;
    min-height: 6rem;
    margin: 0.375rem -0.5rem 0;
    overflow: auto;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-size: 0.8125rem;
  }
  th {
    position: sticky;
    top: 0;
    z-index: 1;
    padding: 0.25rem 0.5rem;
    background: var(--panel-solid);
    color: var(--ink-3);
    font-size: 0.6875rem;
    font-weight: 550;
    text-align: right;
    vertical-align: bottom;
    line-height: 1.3;
  }
  th:first-child,
  td:first-child {
    text-align: left;
  }
  td {
    padding: 0.3125rem 0.5rem;
    border-top: 1px solid var(--line);
    text-align: right;
  }
  td button {
    width: 100%;
    font-weight: 550;
  }
  tr.hot td,
  tbody tr:hover td {
    background: var(--accent-soft);
  }
`;
