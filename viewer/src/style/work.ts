/** The look of the desk of one problem. */
import { css } from "lit";

export const workLook = css`
  :host {
    margin-top: 0.625rem;
    padding-top: 0.625rem;
    border-top: 1px solid var(--line);
    font-size: 0.8125rem;
  }
  .standing {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.125rem 0.625rem;
    color: var(--ink-2);
  }
  .standing b {
    font-weight: 650;
    color: var(--ink);
  }
  .standing.closed {
    padding: 0.4375rem 0.625rem;
    border-radius: 0.5625rem;
    background: var(--good-soft);
  }
  .standing.closed b,
  .standing.closed svg {
    color: var(--good);
  }
  .standing svg {
    width: 1.125rem;
    height: 1.125rem;
  }
  form {
    display: grid;
    gap: 0.5rem;
    margin-top: 0.625rem;
  }
  form .acts {
    margin-top: 0.125rem;
  }
  .act[aria-pressed="true"] {
    background: var(--accent-soft);
    color: var(--accent);
  }
  h4 {
    margin: 0.75rem 0 0.25rem;
  }
  .history li {
    position: relative;
    padding: 0.125rem 0 0.375rem 1rem;
    color: var(--ink-2);
  }
  .history li::before {
    content: "";
    position: absolute;
    left: 0.125rem;
    top: 0.5625rem;
    width: 0.4375rem;
    height: 0.4375rem;
    border-radius: 50%;
    background: var(--ink-3);
  }
  .history li:not(:last-child)::after {
    content: "";
    position: absolute;
    left: 0.3125rem;
    top: 1.125rem;
    bottom: -0.375rem;
    width: 1px;
    background: var(--line-2);
  }
  .history b {
    font-weight: 600;
    color: var(--ink);
    margin-right: 0.25rem;
  }
`;
