/** The toolbox's card and what its panels share. */
import { css } from "lit";

export const toolStyle = css`
  :host {
    display: block;
  }
  p {
    font-size: 0.8125rem;
    color: var(--ink-2);
  }
  p.hint {
    color: var(--ink-3);
    font-size: 0.75rem;
  }
  .stack {
    display: flex;
    flex-direction: column;
    gap: 0.625rem;
  }
  .line {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    min-width: 0;
  }
  .line > .grow {
    flex: 1 1 auto;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .line .icon {
    flex: none;
    width: 1.75rem;
    height: 1.75rem;
  }
  .line .icon svg {
    width: 1rem;
    height: 1rem;
  }
  dl.figures {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 0.25rem 0.75rem;
    font-size: 0.8125rem;
    align-items: baseline;
  }
  dl.figures dt {
    color: var(--ink-3);
  }
  dl.figures dd {
    text-align: right;
    font-variant-numeric: tabular-nums;
    font-weight: 600;
  }
  dl.figures .main {
    font-size: 1.25rem;
    font-weight: 650;
    line-height: 1.3;
  }
  .keep {
    display: flex;
    align-items: center;
    gap: 0.5rem;
    font-size: 0.8125rem;
  }
  .keep input[type="checkbox"] {
    margin: 0;
    flex: none;
  }
  .rows {
    display: flex;
    flex-direction: column;
    max-height: 14rem;
  }
  .rows.all {
    max-height: none;
  }
  .rows > li {
    padding: 0.25rem 0;
    border-top: 1px solid var(--line);
    font-size: 0.8125rem;
  }
  .rows > li:first-child {
    border-top: 0;
  }
  .pair {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 0.5rem;
  }
  .key {
    display: inline-block;
    width: 1.5rem;
    height: 0.25rem;
    border-radius: 0.125rem;
    background: var(--tone);
    vertical-align: middle;
    margin-right: 0.375rem;
  }
  .slide {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 0 0.5rem;
    font-size: 0.75rem;
    color: var(--ink-3);
  }
  .slide input {
    grid-column: 1 / -1;
  }
  .slide output {
    color: var(--ink);
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .segments {
    flex-wrap: wrap; /* words of one language are longer than those of the other */
  }
  .acts {
    margin-top: 0;
  }
  .said {
    margin-top: 0;
  }
  select {
    width: 100%;
  }
`;
