/** Colours of the city itself: calm and neutral, so that colour belongs to the active indicator. */
import type { Theme } from "./state.ts";

export interface Look {
  roof: string;
  wallLit: string;
  wallShade: string;
  ground: string;
  land: string;
  water: string;
  green: string;
  roads: string;
  haze: string;
  zenith: string;
  statePaper: string;
  stateInk: string;
  accent: string;
  line: string;
}

export const LOOKS: Record<Theme, Look> = {
  light: {
    roof: "#f7f5f0",
    wallLit: "#e9e5dc",
    wallShade: "#bdbcbb",
    ground: "#e0dfd8",
    land: "#e8e6df",
    water: "#bdd1d9",
    green: "#ccd8c4",
    roads: "#f4f3ef",
    haze: "#e4e9ea",
    zenith: "#c9d8e1",
    statePaper: "#e2e2df",
    stateInk: "#a3a5a6",
    accent: "#2b50d8",
    line: "#3b4750",
  },
  dark: {
    roof: "#565d66",
    wallLit: "#474e57",
    wallShade: "#2c3239",
    ground: "#252b31",
    land: "#2c3238",
    water: "#1a2c39",
    green: "#263029",
    roads: "#333a42",
    haze: "#171e25",
    zenith: "#0c1117",
    statePaper: "#3b4148",
    stateInk: "#6d747b",
    accent: "#7c9bff",
    line: "#05080b",
  },
};
