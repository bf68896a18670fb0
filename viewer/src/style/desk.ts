/** The look of desks that are lists beside the map. */
import { css } from "lit";

export const deskLook = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  .card {
    display: flex;
    flex-direction: column;
    min-height: 0;
    padding: 1rem 1.125rem 0.75rem;
    overflow-y: auto;
    scrollbar-width: thin;
  }
  .rate {
    display: flex;
    align-items: baseline;
    gap: 0.625rem;
    margin-top: 0.25rem;
  }
  .rate b {
    font-size: 2.125rem;
    font-weight: 640;
    line-height: 1.15;
    letter-spacing: -0.03em;
  }
  h3 {
    margin: 0.875rem 0 0.25rem;
  }
  .share {
    display: grid;
    grid-template-columns: 1fr 5rem 3.25rem;
    gap: 0.75rem;
    align-items: center;
    font-size: 0.8125rem;
    line-height: 1.6rem;
  }
  .share span:first-child {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .share .num {
    text-align: right;
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
    background: var(--good);
  }
  .list {
    flex: 1 1 auto;
    min-height: 6rem;
    margin: 0 -0.5rem;
  }
  .row {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 0 0.75rem;
    width: 100%;
    padding: 0.375rem 0.5rem;
    border-radius: 0.625rem;
    line-height: 1.4;
  }
  button.row:hover {
    background: var(--raise);
  }
  .row .chip {
    align-self: start;
  }
  .row .what {
    font-weight: 600;
  }
  .row .where {
    grid-column: 1 / -1;
    font-size: 0.75rem;
    color: var(--ink-3);
  }
  svg.scatter {
    display: block;
    width: 100%;
    height: auto;
    margin: 0.5rem 0 0.25rem;
    flex: none;
  }
  .foot {
    margin-top: 0.5rem;
  }
  .counts {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 0.375rem;
  }
  .counts button {
    display: flex;
    justify-content: space-between;
    align-items: center;
    gap: 0.5rem;
    padding: 0.375rem 0.625rem;
    border-radius: 0.625rem;
    background: var(--raise);
    font-size: 0.8125rem;
  }
  .counts button[aria-pressed="true"] {
    box-shadow: inset 0 0 0 2px var(--accent);
  }
  .keep {
    color: var(--good);
  }
  .perception {
    color: var(--accent);
  }
  .hidden_ {
    color: var(--medium);
  }
  .priority {
    color: var(--high);
  }
  .unknown {
    color: var(--ink-3);
  }
`;
