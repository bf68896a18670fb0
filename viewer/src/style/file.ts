/** The look of a unit's file. */
import { css } from "lit";

export const fileLook = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  .card {
    display: flex;
    flex-direction: column;
    min-height: 0;
    flex: 1;
    overflow: hidden;
  }
  .head {
    padding: 0.75rem 0.75rem 0.875rem 1.25rem;
    border-bottom: 1px solid var(--line);
  }
  .crumbs {
    display: flex;
    align-items: center;
    gap: 0.25rem;
    min-height: 2rem;
    font-size: 0.75rem;
    color: var(--ink-3);
  }
  .crumbs nav {
    flex: 1;
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.3125rem;
  }
  .crumbs nav button:hover {
    color: var(--accent);
  }
  h2 {
    overflow-wrap: anywhere;
    font-size: 1.375rem;
    font-weight: 660;
    line-height: 1.25;
    letter-spacing: -0.01em;
  }
  .sub {
    display: flex;
    flex-wrap: wrap;
    gap: 0.125rem 0.5rem;
    margin-top: 0.1875rem;
    color: var(--ink-3);
    font-size: 0.8125rem;
  }
  .through {
    display: flex;
    justify-content: space-between;
    gap: 0.75rem;
    margin-top: 0.625rem;
    padding: 0.375rem 0.625rem;
    border-radius: 0.5625rem;
    background: var(--accent-soft);
    font-size: 0.8125rem;
  }
  .tabs {
    margin: 0.75rem 0.5rem -0.125rem 0;
  }
  .first {
    display: grid;
    gap: 0.625rem;
    padding: 0.875rem 0;
  }
  .body {
    flex: 1;
    padding: 0 1.25rem 1rem;
  }
  .facts {
    display: grid;
    grid-template-columns: repeat(3, 1fr);
    gap: 0.625rem 0.75rem;
    padding: 0.875rem 0;
  }
  .facts dt {
    font-size: 0.75rem;
    color: var(--ink-3);
  }
  .facts dd {
    font-weight: 600;
  }
  section.part {
    border-top: 1px solid var(--line);
    padding: 0.875rem 0;
  }
  .part > h3 {
    display: flex;
    justify-content: space-between;
    align-items: baseline;
    font-size: 0.9375rem;
    font-weight: 650;
    margin-bottom: 0.5rem;
  }
  .fine {
    display: flex;
    gap: 0.5rem;
    align-items: center;
    color: var(--good);
    font-weight: 500;
  }
  .mood {
    display: flex;
    align-items: baseline;
    gap: 0.625rem;
  }
  .mood b {
    font-size: 1.5rem;
    font-weight: 640;
    letter-spacing: -0.02em;
  }
  .wait {
    padding: 2rem 1.25rem;
  }
  @container (max-width: 760px) {
    .body {
      padding: 0 1rem 1rem;
    }
  }
`;
