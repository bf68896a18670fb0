/** The indicator a page without a wish opens with: what troubles the city and tells its parts apart. */
import type { Indicator } from "./api.ts";
import { hasColumn, tellsApart } from "./choice.ts";
import type { Client } from "./client.ts";

const TRIES = 5;

/** Code of the first of `list` whose map shows more than one colour; "" when there is none at all. */
export async function findOpening(
  client: Client,
  list: readonly Indicator[],
  system: string,
  year: number,
): Promise<string> {
  const tried = list.filter((item) => hasColumn(item, "block", year)).slice(0, TRIES);
  const answers = await Promise.allSettled(
    tried.map((item) => client.overlay(item.code, { system, year, level: "block" })),
  );
  const telling = answers.find((item) => item.status === "fulfilled" && tellsApart(item.value));
  const found = telling?.status === "fulfilled" ? telling.value.code : undefined;
  return found ?? list[0]?.code ?? "";
}
