/** One thing asked of the server: what is shown, whether more is on its way, what went wrong. */
import { isAbort } from "./client.ts";

export class Resource<T> {
  key = "";
  value: T | null = null;
  error: unknown = null;
  loading = false;
  private abort: AbortController | null = null;

  constructor(private readonly changed: () => void) {}

  /** Asks again only when `key` is new; the old value stays until the new one is there. */
  load(key: string, run: (signal: AbortSignal) => Promise<T>): void {
    if (key === this.key) return;
    this.abort?.abort();
    const abort = new AbortController();
    this.abort = abort;
    this.key = key;
    this.loading = true;
    this.error = null;
    run(abort.signal)
      .then((value) => this.finish(abort, value, null))
      .catch((error: unknown) => this.finish(abort, null, error));
  }

  private finish(abort: AbortController, value: T | null, error: unknown): void {
    if (abort !== this.abort || (error !== null && isAbort(error))) return;
    this.value = value;
    this.error = error;
    this.loading = false;
    this.changed();
  }

  /** Forgets everything, also an answer still on its way. */
  clear(): void {
    if (!this.key && this.value === null) return;
    this.abort?.abort();
    this.abort = null;
    this.key = "";
    this.value = null;
    this.error = null;
    this.loading = false;
  }

  retry(): void {
    this.key = "";
  }
}

/** Every resource that these things hold as a field of their own. */
export function resourcesOf(...holders: object[]): Resource<unknown>[] {
  const fields = holders.flatMap((holder) => Object.values(holder) as unknown[]);
  return fields.filter((item): item is Resource<unknown> => item instanceof Resource);
}
