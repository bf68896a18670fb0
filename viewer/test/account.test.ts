import { describe, expect, it } from "vitest";
import { Account, signInAddress } from "../src/account.ts";
import type { Me } from "../src/api.ts";
import { ApiError, Client } from "../src/client.ts";
import { hasWords } from "../src/i18n.ts";
import { refusal } from "../src/worksteps.ts";

const nobody: Me = {
  signed_in: false,
  mode: "keys",
  name: null,
  via: null,
  roles: [],
  districts: [],
  scopes: [],
  steps: [],
  sign_in: "/auth/sign-in",
};
const reporter: Me = {
  ...nobody,
  signed_in: true,
  name: "chen",
  via: "session",
  roles: ["reporter"],
  scopes: ["reader", "work"],
  steps: ["problem.start"],
};

async function told(me: Me | null): Promise<Account> {
  const client = new Client("", async () =>
    me ? new Response(JSON.stringify(me)) : new Response("{}", { status: 502 }),
  );
  const account = new Account(client, () => undefined);
  await account.read();
  return account;
}

describe("who is signed in", () => {
  it("types a name where nobody signs in, and may do everything", async () => {
    const account = await told({ ...nobody, mode: "off", name: "local", via: "off" });
    expect(account.named).toBe(false);
    expect(account.header("王工")).toEqual({ "x-cim-actor": "%E7%8E%8B%E5%B7%A5" });
    expect(account.may("decide") && account.mayStep("problem.confirm")).toBe(true);
  });

  it("is known to the server elsewhere, and is offered what the roles open", async () => {
    const account = await told(reporter);
    expect(account.header("someone else")).toEqual({});
    expect([account.may("work"), account.may("decide")]).toEqual([true, false]);
    expect(account.mayStep("problem.start")).toBe(true);
    expect(account.mayStep("problem.confirm")).toBe(false);
  });

  it("is offered the steps before the sign-in, which then asks", async () => {
    expect((await told(nobody)).mayStep("problem.confirm")).toBe(true);
  });

  it("stays unknown when the server does not say", async () => {
    const account = await told(null);
    expect([account.named, account.may("decide")]).toEqual([false, true]);
  });
});

describe("the way to the sign-in", () => {
  it("leads back to the view, and is none behind a platform", () => {
    const back = "/?indicator=a&level=block";
    const way = "/auth/sign-in?next=%2F%3Findicator%3Da%26level%3Dblock";
    expect(signInAddress(nobody, "", back)).toBe(way);
    expect(signInAddress(null, "", back)).toBe(way);
    expect(signInAddress({ ...nobody, mode: "proxy", sign_in: null }, "", "/")).toBeNull();
  });
});

describe("a refusal for want of rights", () => {
  it("has words of its own", () => {
    const codes = ["FORBIDDEN", "STEP_FORBIDDEN", "OUTSIDE_DISTRICT", "FOREIGN_ORIGIN"];
    const errors = codes.map((code) => new ApiError("refused", 403, code, ""));
    const keys = [...errors, new ApiError("signed_out", 401, "SIGN_IN_NEEDED", "")].map(refusal);
    expect(new Set(keys).size).toBe(5);
    for (const key of keys) expect(hasWords(key), key).toBe(true);
  });
});
