/** What dialogs of the page share; the browser itself keeps the focus inside and gives it back. */
import { css } from "lit";

export const dialogs = css`
  dialog {
    width: min(34rem, calc(100vw - 2rem));
    max-height: min(46rem, calc(100vh - 3rem));
    padding: 1.25rem 1.5rem 1.25rem;
    border: 0;
    border-radius: var(--radius);
    background: var(--panel-solid);
    color: var(--ink);
    box-shadow: var(--shadow);
    overflow-y: auto;
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
    font-size: 1.125rem;
    font-weight: 650;
  }
  h3 {
    margin: 1rem 0 0.25rem;
    font-size: 0.8125rem;
    font-weight: 650;
  }
  .foot {
    display: flex;
    align-items: center;
    gap: 0.625rem;
    margin-top: 1.25rem;
  }
  .solid,
  .plain {
    padding: 0.4375rem 1rem;
    border-radius: 0.625rem;
    font-weight: 600;
  }
  .solid {
    background: var(--accent);
    color: var(--on-accent);
  }
  .plain:hover {
    background: var(--raise-2);
  }
`;
