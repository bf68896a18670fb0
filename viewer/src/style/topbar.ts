/** The bar on top: one row where it fits, two on a tablet, a stack on a phone. */
import { css } from "lit";

export const barLook = css`
  .bar {
    display: flex;
    align-items: center;
    gap: 1.25rem;
    height: 3.5rem;
    padding: 0 0.75rem 0 1.125rem;
  }
  h1 {
    font-size: 1.1875rem;
    font-weight: 650;
    letter-spacing: -0.005em;
    white-space: nowrap;
  }
  .name {
    display: flex;
    align-items: baseline;
    gap: 0.625rem;
    min-width: 0;
  }
  .what {
    color: var(--ink-3);
    font-size: 0.8125rem;
    white-space: nowrap;
  }
  .badge {
    align-self: center;
    padding: 0.125rem 0.5rem;
    border-radius: 0.375rem;
    font-size: 0.75rem;
    font-weight: 600;
    color: var(--medium);
    background: var(--medium-soft);
    white-space: nowrap;
  }
  .gap {
    flex: 1;
  }
  .group {
    display: flex;
    align-items: center;
    gap: 0.5rem;
  }
  .group > .eyebrow {
    white-space: nowrap;
  }
  .desks button {
    display: inline-flex;
    align-items: center;
    gap: 0.375rem;
  }
  .desks svg,
  .menu svg {
    width: 1rem;
    height: 1rem;
  }
  .menu {
    position: absolute;
    top: calc(100% + 0.375rem);
    left: var(--menu, 0);
    display: grid;
    gap: 0.125rem;
    min-width: 11rem;
    padding: 0.375rem;
    z-index: 6;
  }
  .menu button {
    display: flex;
    align-items: center;
    gap: 0.625rem;
    padding: 0.5rem 0.75rem;
    border-radius: 0.5rem;
    text-align: left;
    font-weight: 550;
  }
  .menu button:hover,
  .menu button[aria-pressed="true"] {
    background: var(--raise-2);
  }
  [data-tight] .group > .eyebrow {
    display: none;
  }
  [data-tight] {
    gap: 0.75rem;
  }
  :is([data-tight="2"], [data-tight="3"]) .desks span {
    display: none;
  }
  [data-tight="3"] .segments button {
    padding: 0.25rem 0.375rem;
    font-size: 0.75rem;
  }
  .tools {
    flex: none;
    display: flex;
    align-items: center;
    gap: 0.25rem;
  }
  .lang {
    white-space: nowrap;
    min-width: 2.5rem;
    width: auto;
    padding: 0 0.5rem;
    font-size: 0.8125rem;
    font-weight: 600;
  }
  @container (max-width: 2200px) {
    .what {
      display: none;
    }
  }
  @container (max-width: 1180px) {
    .bar {
      flex-wrap: wrap;
      height: auto;
      min-height: 6.25rem;
      gap: 0.25rem 0.625rem;
      padding: 0.5rem 0.625rem 0.5rem 1rem;
      align-content: center;
    }
    .segments.desks {
      order: 2;
    }
    .group {
      order: 3;
    }
  }
  @container (max-width: 760px) {
    .bar {
      flex-wrap: wrap;
      min-height: 0;
      height: auto;
      gap: 0.375rem 0.5rem;
      padding: 0.5rem 0.5rem 0.5rem 0.875rem;
    }
    h1 {
      font-size: 1.0625rem;
    }
    .group {
      order: 3;
      flex: 1 1 auto;
      min-width: 0;
      max-width: 100%;
    }
    .segments {
      flex: 1;
      overflow-x: auto;
    }
    .segments.desks {
      order: 4;
      flex: 1 1 100%;
    }
    .desks button {
      justify-content: center;
    }
    .segments button {
      padding: 0.25rem 0.375rem;
      font-size: 0.75rem;
    }
  }
`;
