/** Styles every panel shares: type, controls, cards. */
import { css } from "lit";

export const base = css`
  :host {
    display: block;
    font-family: var(--font);
    font-size: 0.875rem;
    line-height: 1.5;
    color: var(--ink);
    font-feature-settings: "cv11", "ss03";
  }
  * {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  figure {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  button,
  input {
    font: inherit;
    color: inherit;
  }
  button {
    background: none;
    border: 0;
    padding: 0;
    cursor: pointer;
    text-align: inherit;
  }
  a {
    color: inherit;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  .num {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .quiet {
    color: var(--ink-3);
  }
  .small {
    font-size: 0.75rem;
  }
  .card {
    background: var(--panel);
    border-radius: var(--radius);
    box-shadow: var(--shadow);
    backdrop-filter: blur(20px) saturate(1.3);
  }
  .eyebrow {
    font-size: 0.75rem;
    font-weight: 600;
    color: var(--ink-3);
    letter-spacing: 0.02em;
  }
  .segments {
    display: flex;
    gap: 0.125rem;
    padding: 0.1875rem;
    border-radius: 0.625rem;
    background: var(--raise);
  }
  .segments button {
    flex: 1 1 auto;
    padding: 0.25rem 0.625rem;
    border-radius: 0.4375rem;
    text-align: center;
    white-space: nowrap;
    color: var(--ink-2);
    font-size: 0.8125rem;
    font-weight: 500;
    transition:
      background 0.15s,
      color 0.15s;
  }
  .segments button:hover {
    color: var(--ink);
  }
  .segments button[aria-pressed="true"],
  .segments button[aria-selected="true"] {
    background: var(--panel-solid);
    color: var(--ink);
    font-weight: 600;
    box-shadow: 0 1px 3px rgb(20 34 46 / 0.14);
  }
  .segments button.lacking:not(:disabled) {
    color: var(--ink-3);
    text-decoration: underline dotted var(--line-2);
    text-underline-offset: 0.25em;
  }
  .segments button:disabled {
    color: var(--ink-3);
    opacity: 0.5;
    cursor: default;
  }
  select {
    height: 2.125rem;
    padding: 0 1.75rem 0 0.625rem;
    border: 0;
    border-radius: 0.625rem;
    background: var(--raise)
      url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='%23586470' stroke-width='2' stroke-linecap='round'%3E%3Cpath d='M7 10l5 5 5-5'/%3E%3C/svg%3E")
      no-repeat right 0.5rem center / 1rem;
    appearance: none;
    font: inherit;
    font-size: 0.8125rem;
    font-weight: 600;
    color: var(--ink);
    text-overflow: ellipsis;
    cursor: pointer;
  }
  select option {
    background: var(--panel-solid);
    color: var(--ink);
  }
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 0.375rem;
    padding: 0.0625rem 0.5rem;
    border-radius: 1rem;
    font-size: 0.75rem;
    font-weight: 600;
    background: var(--raise-2);
    color: var(--ink-2);
    white-space: nowrap;
  }
  .chip.high {
    background: var(--high-soft);
    color: var(--high);
  }
  .chip.medium {
    background: var(--medium-soft);
    color: var(--medium);
  }
  .chip.low {
    background: var(--low-soft);
    color: var(--low);
  }
  .chip.good {
    background: var(--good-soft);
    color: var(--good);
  }
  .chip.suppose {
    background: var(--accent);
    color: var(--on-accent);
  }
  .icon {
    flex: none;
    display: inline-grid;
    place-items: center;
    width: 2rem;
    height: 2rem;
    border-radius: 0.5625rem;
    color: var(--ink-2);
  }
  .icon:hover {
    background: var(--raise-2);
    color: var(--ink);
  }
  .icon svg {
    width: 1.125rem;
    height: 1.125rem;
  }
  .link {
    color: var(--accent);
    text-decoration: none;
    font-weight: 500;
  }
  button.link {
    min-height: 24px;
  }
  .link:hover {
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }
  .scroll {
    overflow-y: auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--line-2) transparent;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .swatch {
    flex: none;
    width: 1.125rem;
    height: 0.875rem;
    border-radius: 0.1875rem;
    background-color: var(--swatch, var(--state-paper));
  }
  .swatch.missing {
    background-image: repeating-linear-gradient(
      45deg,
      var(--state-ink) 0 1.5px,
      transparent 1.5px 5.6px
    );
  }
  .swatch.not_computable {
    background-image: repeating-linear-gradient(
      0deg,
      transparent 0 3px,
      var(--state-ink) 3px 4.4px
    );
  }
  .swatch.not_applicable,
  .swatch.no_unit {
    background-color: var(--panel-solid);
    box-shadow: inset 0 0 0 1px var(--line-2);
  }
  .swatch.withheld {
    background-image: radial-gradient(circle, var(--state-ink) 1.4px, transparent 1.7px);
    background-size: 5px 5px;
  }
  .swatch.stale {
    background-image:
      repeating-linear-gradient(45deg, var(--state-ink) 0 1.2px, transparent 1.2px 6px),
      repeating-linear-gradient(-45deg, var(--state-ink) 0 1.2px, transparent 1.2px 6px);
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
      animation: none !important;
    }
  }
`;
