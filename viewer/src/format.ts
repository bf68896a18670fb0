/** Numbers and dates as a reader of the language expects them, without false precision. */

const cache = new Map<string, Intl.NumberFormat>();

function formatter(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale}${JSON.stringify(options)}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.NumberFormat(locale, options);
    cache.set(key, found);
  }
  return found;
}

/** Digits after the point: three significant figures, never more than the value needs. */
function digits(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || size >= 100 || Number.isInteger(value)) return Number.isInteger(value) ? 0 : 1;
  return size >= 10 ? 1 : size >= 1 ? 2 : 3;
}

/** "" for a value that is not there: the caller says why it is not. */
export function formatNumber(value: number | null | undefined, locale: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "";
  return formatter(locale, { maximumFractionDigits: digits(value) }).format(value);
}

export function formatCount(value: number | null | undefined, locale: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "";
  return formatter(locale, { maximumFractionDigits: 0 }).format(value);
}

export function formatPercent(part: number, whole: number, locale: string): string {
  if (!(whole > 0)) return "";
  return formatter(locale, { style: "percent", maximumFractionDigits: 0 }).format(part / whole);
}

/** ISO dates are read as dates without a time zone, and come back as written when unreadable. */
export function formatDate(text: string | null | undefined, locale: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(text ?? "");
  if (!match) return text ?? "";
  const date = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])));
  return new Intl.DateTimeFormat(locale, {
    year: "numeric",
    month: "short",
    day: "numeric",
    timeZone: "UTC",
  }).format(date);
}

/** Money given in 万元 (10,000 CNY), in the compact form of the language. */
export function formatMoney(amount: number, locale: string): string {
  return formatter(locale, {
    style: "currency",
    currency: "CNY",
    notation: "compact",
    minimumFractionDigits: 0,
    maximumFractionDigits: 1,
  }).format(amount * 10_000);
}
