/** Steps of work on a problem: what a form must hold, and a refusal in words. Pure. */
import type { WorkAction } from "./api.ts";
import { ApiError } from "./client.ts";

export interface StepForm {
  note: string;
  department: string;
  deadline: string;
}

/** Names of fields an action needs and the form lacks. */
export function lacking(action: WorkAction, form: StepForm): string[] {
  const needs = [...action.needs, ...(action.note ? ["note"] : [])];
  return needs.filter((name) => !form[name as keyof StepForm]?.trim());
}

/** Whether an action can be done without asking anything. */
export function asksNothing(action: WorkAction): boolean {
  return action.needs.length === 0 && !action.note;
}

/** The body to send: what is empty stays out. */
export function stepBody(action: WorkAction, form: StepForm): Record<string, string> {
  const told = Object.entries(form).filter(([, value]) => value.trim() !== "");
  return { action: action.code, ...Object.fromEntries(told) };
}

/** Key of the words for a step that was not done. */
export function refusal(error: unknown): string {
  if (!(error instanceof ApiError)) return "work.failed";
  if (error.kind === "offline") return "work.offline";
  if (error.kind === "signed_out") return "account.not_done";
  const rights = ["FORBIDDEN", "STEP_FORBIDDEN", "OUTSIDE_DISTRICT", "FOREIGN_ORIGIN"];
  if (rights.includes(error.code)) return `account.${error.code.toLowerCase()}`;
  const known = ["VERSION_CHANGED", "SAME_PERSON", "ACTION_NOT_POSSIBLE"];
  return known.includes(error.code) ? `work.${error.code.toLowerCase()}` : "work.failed";
}
