/** Which hosts a foreign layer may come from: our own, and those the page's policy names. */

export type Verdict = "ok" | "address" | "scheme" | "host";

/** The sources of `connect-src` (or of `default-src`) in a content security policy. */
export function policySources(policy: string | null): string[] {
  const lines = (policy ?? "").split(";").map((line) => line.trim().split(/\s+/));
  const named = (name: string) => lines.find(([first]) => first === name)?.slice(1);
  return named("connect-src") ?? named("default-src") ?? [];
}

/**
 * Whether an address may be asked. Without a policy only the page's own origin is: what may be
 * loaded is configured on the server, never guessed here.
 */
export function verdict(address: string, page: string, sources: readonly string[]): Verdict {
  let url: URL;
  try {
    url = new URL(address, page);
  } catch {
    return "address";
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return "scheme";
  if (url.origin === new URL(page).origin) return "ok";
  return sources.some((source) => matches(source, url)) ? "ok" : "host";
}

function matches(source: string, url: URL): boolean {
  if (source === "*") return true;
  if (/^https?:$/.test(source)) return url.protocol === source;
  const [, scheme, host = "", port] =
    /^(?:(https?):\/\/)?([\w.*-]+)(?::(\d+|\*))?(?:\/.*)?$/.exec(source) ?? [];
  if (!host || (scheme !== undefined && `${scheme}:` !== url.protocol)) return false;
  if (port !== undefined && port !== "*" && port !== url.port) return false;
  if (port === undefined && url.port !== "") return false;
  if (host.startsWith("*.")) return url.hostname.endsWith(host.slice(1));
  return host === url.hostname;
}

let known: Promise<string[]> | null = null;

/** The policy this page was served with; asked once. */
export function pageSources(): Promise<string[]> {
  known ??= fetch(location.pathname, { method: "HEAD" })
    .then((answer) => policySources(answer.headers.get("content-security-policy")))
    .catch(() => []);
  return known;
}
