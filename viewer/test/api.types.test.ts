import { describe, expectTypeOf, it } from "vitest";
import type { components, paths } from "../src/api.gen.ts";
import type * as api from "../src/api.ts";

type Shapes = components["schemas"];
type Found<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer T } } } };
}
  ? T
  : never;

describe("types", () => {
  it("answer the paths the client asks", () => {
    expectTypeOf<Found<"/api/v1/city">>().toEqualTypeOf<Shapes["City"]>();
    expectTypeOf<Found<"/api/v1/problems">>().toEqualTypeOf<Shapes["ProblemPage"]>();
    expectTypeOf<Found<"/api/v1/overlays/{code}">>().toEqualTypeOf<Shapes["Overlay"]>();
    expectTypeOf<Found<"/api/v1/ranking/{code}">>().toEqualTypeOf<Shapes["RankingPage"]>();
  });

  it("only narrow what the server says: each is still one of its shapes", () => {
    expectTypeOf<api.City>().toExtend<Shapes["City"]>();
    expectTypeOf<api.OverlayInfo["legend"]>().toEqualTypeOf<Shapes["Legend"]>();
    expectTypeOf<api.RankItem>().toExtend<Shapes["Ranked"]>();
    expectTypeOf<api.UnitItem>().toExtend<Shapes["UnitItem"]>();
    expectTypeOf<api.UnitIndicator>().toExtend<Shapes["UnitIndicator"]>();
    expectTypeOf<api.ProblemPage["counts"]>().toEqualTypeOf<Shapes["ProblemCounts"]>();
    expectTypeOf<api.ValueRecord>().toExtend<Shapes["Value"]>();
  });
});
