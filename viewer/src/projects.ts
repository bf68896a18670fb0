/** States of renewal projects, in the order of their life. */
export const PROJECT_STATES = [
  "verified",
  "completed",
  "under_construction",
  "approved",
  "planned",
  "paused",
] as const;

export type ProjectState = (typeof PROJECT_STATES)[number];

/** Projects go from light to dark ink as they go on; a pause is the warning colour. */
export const PROJECT_SHADES: Record<ProjectState, string> = {
  verified: "var(--good)",
  completed: "color-mix(in srgb, var(--good) 62%, var(--panel-solid))",
  under_construction: "var(--accent)",
  approved: "color-mix(in srgb, var(--accent) 55%, var(--panel-solid))",
  planned: "color-mix(in srgb, var(--accent) 26%, var(--panel-solid))",
  paused: "var(--medium)",
};
