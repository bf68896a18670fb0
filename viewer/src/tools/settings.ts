/** What a tool is set to, as one short word in the URL: `h:80,y:2010`. */

export type Settings = Readonly<Record<string, string>>;

const PAIR = /^([a-z]{1,12}):([\w.~:-]{1,80})$/;

/** Pairs that cannot be read are left out. */
export function readSettings(text: string | null): Settings {
  const out: Record<string, string> = {};
  for (const part of (text ?? "").split(",")) {
    const [, key, value] = PAIR.exec(part) ?? [];
    if (key !== undefined && value !== undefined) out[key] = value;
  }
  return out;
}

/** null when nothing is set. */
export function writeSettings(settings: Settings): string | null {
  const parts = Object.entries(settings)
    .map(([key, value]) => `${key}:${value}`)
    .filter((part) => PAIR.test(part));
  return parts.length > 0 ? parts.sort().join(",") : null;
}

/** A number inside its bounds, else the default. */
export function numberOf(
  settings: Settings,
  key: string,
  standard: number,
  [low, high]: readonly [number, number],
): number {
  const value = Number(settings[key] ?? Number.NaN);
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : standard;
}
