/** The page's tokens for a host page's shadow roots: the same rules, on :host instead of :root. */
import { unsafeCSS } from "lit";
import page from "../style/page.css?raw";

/** Blocks of `:root` in a style sheet, at any depth of conditions, as blocks of `:host`. */
export function hostRules(sheet: string): string {
  const bare = sheet.replace(/\/\*[\s\S]*?\*\//g, "");
  const blocks = bare.match(/:root(?:\[[^\]]*\])?\s*\{[^{}]*\}/g) ?? [];
  return blocks
    .map((block) =>
      block.replace(
        /^:root(\[[^\]]*\])?/,
        (_all, when?: string) => `:host${when ? `(${when})` : ""}`,
      ),
    )
    .join("\n");
}

export const tokens = unsafeCSS(hostRules(page));
