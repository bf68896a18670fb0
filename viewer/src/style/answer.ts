/** The look of a what-if's answer. */
import { css } from "lit";

export const answerLook = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  .card {
    display: flex;
    flex-direction: column;
    min-height: 0;
    padding: 1rem 1.125rem 0.875rem;
  }
  .lead {
    margin-top: 0.375rem;
    color: var(--ink-2);
  }
  .heads {
    display: grid;
    grid-template-columns: repeat(3, 1fr);
    gap: 0.5rem;
    margin: 0.5rem 0 0.375rem;
  }
  .head {
    padding: 0.5rem 0.75rem 0.5625rem;
    border-radius: 0.75rem;
    font-size: 0.75rem;
    font-weight: 600;
  }
  .head b {
    display: block;
    font-size: 1.625rem;
    font-weight: 640;
    line-height: 1.2;
    letter-spacing: -0.02em;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .head b i {
    margin: 0 0.3125rem;
    font-style: normal;
    font-weight: 400;
    font-size: 1.125rem;
    opacity: 0.7;
  }
  .head.high {
    background: var(--high-soft);
    color: var(--high);
  }
  .head.medium {
    background: var(--medium-soft);
    color: var(--medium);
  }
  .head.low {
    background: var(--low-soft);
    color: var(--low);
  }
  .part {
    margin-top: 0.75rem;
    padding-top: 0.75rem;
    border-top: 1px solid var(--line);
  }
  .part h3 {
    display: flex;
    justify-content: space-between;
    gap: 0.75rem;
    font-size: 0.8125rem;
    font-weight: 650;
    margin-bottom: 0.25rem;
  }
  .part h3 .num {
    font-weight: 400;
  }
  .names {
    max-height: 8.5rem;
    overflow-y: auto;
    font-size: 0.8125rem;
  }
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: 0.375rem;
  }
  .chips .act {
    font-weight: 500;
    font-size: 0.75rem;
  }
  .chips .act[aria-pressed="true"] {
    background: var(--accent-soft);
    color: var(--accent);
    font-weight: 600;
  }
  .grow {
    flex: 1 1 auto;
    display: flex;
    flex-direction: column;
    min-height: 8rem;
  }
  .list {
    flex: 1 1 auto;
    min-height: 0;
    margin: 0.375rem -0.5rem 0;
  }
  .none {
    padding: 0.5rem;
  }
  .problem {
    display: grid;
    grid-template-columns: auto 1fr auto;
    gap: 0 0.625rem;
    width: 100%;
    padding: 0.375rem 0.5rem;
    border-radius: 0.625rem;
    align-items: baseline;
  }
  .problem:hover {
    background: var(--raise);
  }
  .dot {
    width: 0.5rem;
    height: 0.5rem;
    border-radius: 50%;
    align-self: center;
    background: var(--low);
  }
  .dot.high {
    background: var(--high);
  }
  .dot.medium {
    background: var(--medium);
  }
  .problem .title {
    font-weight: 600;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .problem .where {
    grid-column: 2 / -1;
    color: var(--ink-3);
    font-size: 0.75rem;
  }
  .unsaid ul {
    display: grid;
    gap: 0.25rem;
    font-size: 0.75rem;
    color: var(--ink-2);
    max-height: 7rem;
    overflow-y: auto;
  }
  .wait {
    display: inline-block;
    width: 0.5rem;
    height: 0.5rem;
    border-radius: 50%;
    margin-left: 0.5rem;
    background: var(--accent);
  }
`;
