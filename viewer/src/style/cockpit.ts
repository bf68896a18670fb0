/** What the parts of the leader's screen share. */
import { css } from "lit";

export const cockpit = css`
  .card {
    padding: 0.875rem 1rem 0.75rem;
  }
  .head {
    display: flex;
    justify-content: space-between;
    align-items: baseline;
    gap: 0.75rem;
  }
  h2 {
    font-size: 0.875rem;
    font-weight: 650;
    letter-spacing: 0;
  }
  .bar {
    display: flex;
    gap: 1px;
    height: 0.375rem;
    border-radius: 0.1875rem;
    overflow: hidden;
    background: var(--raise-2);
  }
  .bar i {
    min-width: 2px;
  }
  .dot {
    display: inline-block;
    flex: none;
    width: 0.5rem;
    height: 0.5rem;
    border-radius: 50%;
    background: var(--paint, var(--line-2));
  }
  .dot.not_assessed,
  .dot.no_standard {
    background: none;
    box-shadow: inset 0 0 0 1.5px var(--ink-3);
  }
  .row {
    width: calc(100% + 1rem);
    margin: 0 -0.5rem;
    padding: 0.375rem 0.5rem;
    border-radius: 0.5rem;
  }
  .row:hover,
  .row[aria-current="true"] {
    background: var(--raise);
  }
  .cut {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
`;
