import { describe, expect, it } from "vitest";
import { ApiError, Client } from "../src/client.ts";

const answer = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json" },
  });

function clientOf(answers: (Response | Error)[], asked: string[] = []): Client {
  return new Client("", async (url) => {
    asked.push(url);
    const next = answers.shift();
    if (!next) throw new Error("asked too often");
    if (next instanceof Error) throw next;
    return next;
  });
}

async function failure(client: Client): Promise<ApiError> {
  try {
    await client.city();
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  throw new Error("no ApiError");
}

describe("client", () => {
  it("says offline when no answer comes", async () => {
    expect((await failure(clientOf([new TypeError("fetch failed")]))).kind).toBe("offline");
  });

  it("carries the code and detail of a problem document", async () => {
    const body = { status: 404, code: "NO_OVERLAY", detail: "nothing at block" };
    const error = await failure(clientOf([answer(body, 404)]));
    expect(error).toMatchObject({
      kind: "not_found",
      code: "NO_OVERLAY",
      detail: "nothing at block",
    });
  });

  it("tells the server's faults from the reader's", async () => {
    expect((await failure(clientOf([answer({}, 500)]))).kind).toBe("server");
    expect((await failure(clientOf([answer({}, 422)]))).kind).toBe("refused");
  });

  it("says unreadable when the answer is not JSON", async () => {
    expect((await failure(clientOf([new Response("<html>")]))).kind).toBe("unreadable");
  });

  it("survives a failure page that is not JSON", async () => {
    const page = new Response("bad gateway", { status: 502, statusText: "Bad Gateway" });
    expect(await failure(clientOf([page]))).toMatchObject({
      kind: "server",
      detail: "Bad Gateway",
    });
  });

  it("follows the next page of a list", async () => {
    const asked: string[] = [];
    const client = clientOf(
      [
        answer({ items: [1], total: 2, next: "/api/v1/units?offset=1" }),
        answer({ items: [2], total: 2, next: null }),
      ],
      asked,
    );
    expect(await client.all<number>("/api/v1/units", { level: "block" })).toEqual([1, 2]);
    expect(asked).toEqual(["/api/v1/units?level=block", "/api/v1/units?offset=1"]);
  });

  it("escapes ids and leaves empty parameters out", async () => {
    const asked: string[] = [];
    await clientOf([answer({})], asked).unit("block:甲/1", { year: 2025, system: null });
    expect(asked[0]).toBe(`/api/v1/units/${encodeURIComponent("block:甲/1")}?year=2025`);
  });
});
