/** Asks the server; every failure becomes an ApiError that a person can read and act on. */
import type {
  BoundTileset,
  City,
  ColumnInfo,
  Indicator,
  OverlayInfo,
  Page,
  ProblemPage,
  RankItem,
  SystemInfo,
  UnitFile,
  UnitItem,
  ValueRecord,
} from "./api.ts";
import { type BoundIndex, BoundMap } from "./bound.ts";
import { decodeParents, inlineBytes } from "./lut.ts";
import type { Wish } from "./variant.ts";

export type ApiErrorKind =
  | "offline"
  | "not_found"
  | "signed_out"
  | "refused"
  | "server"
  | "unreadable";

/** A failed request: `kind` chooses the words, `code` and `detail` are the server's own. */
export class ApiError extends Error {
  constructor(
    readonly kind: ApiErrorKind,
    readonly status: number,
    readonly code: string,
    readonly detail: string,
  ) {
    super(`${kind} ${status} ${code} ${detail}`.trim());
    this.name = "ApiError";
  }
}

type Fetch = (url: string, init?: RequestInit) => Promise<Response>;
type Query = Record<string, string | number | null | undefined>;

function kindOf(status: number): ApiErrorKind {
  if (status === 404) return "not_found";
  if (status === 401) return "signed_out";
  return status >= 500 ? "server" : "refused";
}

async function failure(response: Response): Promise<ApiError> {
  let body: { code?: unknown; detail?: unknown; title?: unknown } = {};
  try {
    body = (await response.json()) as typeof body;
  } catch {
    body = { detail: response.statusText };
  }
  const detail = body.detail ?? body.title ?? response.statusText;
  return new ApiError(
    kindOf(response.status),
    response.status,
    typeof body.code === "string" ? body.code : "",
    typeof detail === "string" ? detail : JSON.stringify(detail),
  );
}

function queryText(query: Query): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") parts.set(key, String(value));
  }
  const text = parts.toString();
  return text ? `?${text}` : "";
}

/** Most pages followed for one list, so that a faulty `next` cannot loop for ever. */
const MAX_PAGES = 50;

export class Client {
  /** a key or pass of the page around us; in memory alone */
  token: string | null = null;
  /** told when the server wants to know who asks, or a pass holds no longer */
  readonly onSignedOut = new Set<() => void>();
  private readonly flying = new Map<string, Promise<unknown>>();

  constructor(
    /** origin of the server, "" for the page's own */
    public base = "",
    private readonly ask: Fetch = (url, init) => fetch(url, init),
  ) {}

  /** The header that carries the pass; none without one. */
  pass(): Record<string, string> {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  tellSignedOut(): void {
    for (const listener of this.onSignedOut) listener();
  }

  /** One question for all who ask the same while it is on its way; none of them can break it off. */
  private shared<T>(path: string, query: Query): Promise<T> {
    const parts = Object.entries(query).map(([name, value]) => `${name}=${value}`);
    const key = `${path}?${parts.sort().join("&")}`;
    const known = this.flying.get(key) as Promise<T> | undefined;
    if (known) return known;
    const asked = this.json<T>(path, query).finally(() => this.flying.delete(key));
    this.flying.set(key, asked);
    return asked;
  }

  async json<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    return this.read<T>(await this.open(`${this.base}${path}${queryText(query)}`, { signal }));
  }

  /** Sends something to be done or asked; `headers` beside the content's type. */
  async send<T>(
    method: "POST" | "PUT" | "DELETE",
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<T> {
    const told = body === undefined ? {} : { body: JSON.stringify(body) };
    const kind = body === undefined ? {} : { "content-type": "application/json" };
    const init = { method, ...told, headers: { ...kind, ...headers }, signal };
    return this.read<T>(await this.open(`${this.base}${path}`, init));
  }

  private async read<T>(response: Response): Promise<T> {
    try {
      return (await response.json()) as T;
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new ApiError("unreadable", response.status, "", String(error));
    }
  }

  /** Bytes of an immutable column; its length is checked where it is decoded. */
  async bytes(column: ColumnInfo, signal?: AbortSignal): Promise<ArrayBuffer> {
    if (column.url.startsWith("data:")) return inlineBytes(column);
    return (await this.open(`${this.base}${column.url}`, { signal })).arrayBuffer();
  }

  private async open(
    url: string,
    { signal, ...rest }: Omit<RequestInit, "signal"> & { signal?: AbortSignal | undefined },
  ): Promise<Response> {
    let response: Response;
    try {
      const told = this.token ? { ...rest, headers: { ...rest.headers, ...this.pass() } } : rest;
      response = await this.ask(url, signal ? { ...told, signal } : told);
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new ApiError("offline", 0, "", String(error));
    }
    if (response.status === 401) this.tellSignedOut();
    if (!response.ok) throw await failure(response);
    return response;
  }

  /** All items of a list, following `next`. */
  async all<T>(path: string, query: Query, signal?: AbortSignal): Promise<T[]> {
    let page = await this.json<Page<T>>(path, query, signal);
    const items = [...page.items];
    for (let turn = 0; page.next && turn < MAX_PAGES; turn += 1) {
      page = await this.json<Page<T>>(page.next, {}, signal);
      items.push(...page.items);
    }
    return items;
  }

  city(signal?: AbortSignal): Promise<City> {
    return this.json<City>("/api/v1/city", {}, signal);
  }

  async bound(info: BoundTileset, signal?: AbortSignal): Promise<BoundMap> {
    const index = await this.json<BoundIndex>(info.map_url, {}, signal);
    const bytes = await this.bytes(info.column, signal);
    return new BoundMap(info, index, decodeParents(bytes, info.column, info.column.length));
  }

  /** The unit at a row of a level; null when there is none. */
  async unitAt(level: string, row: number, signal?: AbortSignal): Promise<UnitItem | null> {
    return (await this.units({ level, row }, signal)).items[0] ?? null;
  }

  systems(signal?: AbortSignal): Promise<SystemInfo[]> {
    return this.all<SystemInfo>("/api/v1/systems", {}, signal);
  }

  indicators(system: string, signal?: AbortSignal): Promise<Indicator[]> {
    return this.all<Indicator>("/api/v1/indicators", { system }, signal);
  }

  /** An overlay as published, or made for a wish of the reader. */
  wished(wish: Wish): Promise<OverlayInfo> {
    return this.shared<OverlayInfo>(`/api/v1/${wish.path}`, wish.query);
  }

  overlay(
    code: string,
    query: { system: string; year: number; level: string },
  ): Promise<OverlayInfo> {
    return this.shared<OverlayInfo>(`/api/v1/overlays/${encodeURIComponent(code)}`, query);
  }

  ranking(
    code: string,
    query: { system: string; year: number; level: string; order: string; limit: number },
    signal?: AbortSignal,
  ): Promise<Page<RankItem>> {
    return this.json(`/api/v1/ranking/${encodeURIComponent(code)}`, query, signal);
  }

  unit(
    id: string,
    query: { year: number | null; system: string | null },
    signal?: AbortSignal,
  ): Promise<UnitFile> {
    return this.json<UnitFile>(`/api/v1/units/${encodeURIComponent(id)}`, query, signal);
  }

  units(query: Query, signal?: AbortSignal): Promise<Page<UnitItem>> {
    return this.json<Page<UnitItem>>("/api/v1/units", query, signal);
  }

  unitsOf(level: string, signal?: AbortSignal): Promise<UnitItem[]> {
    return this.all<UnitItem>("/api/v1/units", { level, limit: 1000 }, signal);
  }

  /** `address`: system/indicator/unit id/period, each part escaped here. */
  value(address: string, signal?: AbortSignal): Promise<ValueRecord> {
    const path = address.split("/").map(encodeURIComponent).join("/");
    return this.json<ValueRecord>(`/api/v1/values/${path}`, {}, signal);
  }

  problems(query: Query, signal?: AbortSignal): Promise<ProblemPage> {
    return this.json<ProblemPage>("/api/v1/problems", query, signal);
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
