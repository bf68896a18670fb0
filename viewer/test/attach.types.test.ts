/** The types that hosts are given fit the code that they get. */
import { describe, expect, it } from "vitest";
import type * as code from "../src/attach.ts";
import type * as types from "../types/cim-twin.d.ts";

type Fits<Given, Wanted> = Given extends Wanted ? true : never;

const handle: Fits<code.Handle, types.Handle> = true;
const attach: Fits<typeof code.attach, typeof types.attach> = true;
const options: Fits<Required<types.AttachOptions>, Required<code.AttachOptions>> = true;
const back: Fits<Required<code.AttachOptions>, Required<types.AttachOptions>> = true;

describe("types for hosts", () => {
  it("are those of the code, both ways", () => {
    expect([handle, attach, options, back]).toEqual([true, true, true, true]);
  });
});
