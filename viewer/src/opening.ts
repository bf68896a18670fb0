/** The indicator a page without a wish opens with: what troubles the city and tells its parts apart. */
import type { Indicator, OverlayInfo } from "./api.ts";
import { hasColumn, tellsApart } from "./choice.ts";

const TRIES = 5;

/**
 * Code of the first of `list` whose map shows more than one colour; "" when there is none at all.
 * `told`: what the overlay of a code is at the level of blocks.
 */
export async function findOpening(
  list: readonly Indicator[],
  year: number,
  told: (code: string) => Promise<OverlayInfo>,
): Promise<string> {
  const tried = list.filter((item) => hasColumn(item, "block", year)).slice(0, TRIES);
  const answers = await Promise.allSettled(tried.map((item) => told(item.code)));
  const telling = answers.find((item) => item.status === "fulfilled" && tellsApart(item.value));
  const found = telling?.status === "fulfilled" ? telling.value.code : undefined;
  return found ?? list[0]?.code ?? "";
}
