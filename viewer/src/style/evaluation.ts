/** The look of the five-year evaluation. */
import { css } from "lit";

export const evaluationLook = css`
  .part {
    padding: 0.875rem 0;
  }
  .part + .part {
    border-top: 1px solid var(--line);
  }
  h3 {
    display: flex;
    justify-content: space-between;
    align-items: baseline;
    gap: 0.75rem;
    font-size: 0.9375rem;
    font-weight: 650;
  }
  .keys {
    display: flex;
    flex-wrap: wrap;
    gap: 0 0.875rem;
    margin: 0.125rem 0 0.5rem;
  }
  .keys i {
    display: inline-block;
    margin-right: 0.3125rem;
    vertical-align: middle;
  }
  .key-break {
    width: 0.5rem;
    height: 0.5rem;
    background: var(--medium);
    transform: rotate(45deg) scale(0.8);
  }
  .key-gap {
    width: 2px;
    height: 0.5rem;
    background: var(--ink-3);
  }
  .key-standard {
    width: 1rem;
    border-top: 1.5px dashed var(--ink-3);
  }
  .multiples {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: 0.5rem;
  }
  .one {
    display: flex;
    flex-direction: column;
    padding: 0.5rem 0.625rem;
    border-radius: 0.625rem;
    background: var(--raise);
    min-width: 0;
  }
  .one:hover {
    background: var(--raise-2);
  }
  .name {
    font-size: 0.75rem;
    font-weight: 600;
    line-height: 1.3;
    min-height: 2.6em;
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    overflow: hidden;
  }
  svg {
    width: 100%;
    height: auto;
    margin: 0.25rem 0;
    overflow: visible;
    color: var(--ink-2);
  }
  .worse svg {
    color: var(--high);
  }
  .better svg {
    color: var(--good);
  }
  .line {
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    stroke-linejoin: round;
    stroke-linecap: round;
  }
  circle {
    fill: currentColor;
  }
  .standard {
    stroke: var(--ink-3);
    stroke-width: 1;
    stroke-dasharray: 4 3;
  }
  .gap {
    stroke: var(--ink-3);
    stroke-width: 1.5;
  }
  .break line {
    stroke: var(--medium);
    stroke-width: 1;
    stroke-dasharray: 2 2;
  }
  .break path {
    fill: var(--medium);
  }
  .now {
    display: flex;
    justify-content: space-between;
    font-size: 0.75rem;
  }
  .words {
    font-size: 0.6875rem;
    line-height: 1.35;
    color: var(--ink-2);
  }
  .mood {
    display: flex;
    align-items: baseline;
    gap: 0.625rem;
    margin: 0.125rem 0 0.375rem;
  }
  .mood b {
    font-size: 1.5rem;
    font-weight: 640;
    letter-spacing: -0.02em;
  }
  .score li {
    display: grid;
    grid-template-columns: 7.5rem 1fr 2.5rem;
    gap: 0.625rem;
    align-items: center;
    font-size: 0.75rem;
    line-height: 1.5rem;
  }
  .score li .num {
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
    background: var(--ink-2);
  }
  .score > p:last-child {
    margin-top: 0.375rem;
  }
`;
