/** On paper only the open file is left, in full length and without the map. */
import { css } from "lit";

export const printPage = css`
  @media print {
    :host {
      height: auto;
      overflow: visible;
      container-type: normal;
    }
    .map,
    .left,
    .tabs,
    .notice,
    .middle,
    .whole,
    cim-topbar,
    cim-labels,
    cim-pins,
    cim-tip,
    cim-maptitle,
    cim-banner,
    cim-controls {
      display: none;
    }
    .right {
      position: static;
      display: block;
      width: auto;
      max-height: none;
      height: auto;
    }
    .right cim-file {
      display: block;
      max-height: none;
    }
  }
`;

export const printFile = css`
  @media print {
    :host,
    .card {
      display: block;
      overflow: visible;
      box-shadow: none;
      background: none;
    }
    .body {
      overflow: visible;
      height: auto;
    }
    .tabs,
    cim-export,
    .crumbs .icon {
      display: none;
    }
    section.part {
      break-inside: auto;
    }
  }
`;
