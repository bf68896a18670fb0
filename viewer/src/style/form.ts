/** Fields, ticks and buttons of the desks. */
import { css } from "lit";

export const form = css`
  label.field {
    display: block;
    font-size: 0.75rem;
    color: var(--ink-3);
  }
  input[type="text"],
  input[type="number"],
  input[type="date"],
  textarea {
    display: block;
    width: 100%;
    margin-top: 0.1875rem;
    padding: 0.375rem 0.625rem;
    border: 0;
    border-radius: 0.5625rem;
    background: var(--raise);
    box-shadow: inset 0 0 0 1px var(--line);
    color: var(--ink);
    font: inherit;
    font-size: 0.8125rem;
  }
  textarea {
    resize: vertical;
    min-height: 3.25rem;
  }
  input[type="number"] {
    appearance: textfield;
  }
  input[type="checkbox"],
  input[type="radio"] {
    width: 1rem;
    height: 1rem;
    margin: 0.125rem 0 0;
    accent-color: var(--accent);
  }
  input[type="range"] {
    width: 100%;
    height: 1.25rem;
    margin: 0;
    accent-color: var(--accent);
  }
  .act {
    padding: 0.3125rem 0.75rem;
    border-radius: 0.5625rem;
    background: var(--raise-2);
    font-size: 0.8125rem;
    font-weight: 600;
  }
  .act:hover {
    background: var(--line-2);
  }
  .act.first {
    background: var(--accent);
    color: var(--on-accent);
  }
  .act:disabled {
    opacity: 0.5;
    cursor: default;
  }
  .acts {
    display: flex;
    flex-wrap: wrap;
    gap: 0.375rem;
    margin-top: 0.5rem;
  }
  .said {
    margin-top: 0.5rem;
    padding: 0.375rem 0.625rem;
    border-radius: 0.5625rem;
    background: var(--medium-soft);
    color: var(--ink);
    font-size: 0.8125rem;
  }
  .said.done {
    background: var(--good-soft);
  }
`;
