import * as Code from "@effect-lro/core/Code"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"

describe("Code", () => {
  it("numbers the codes as google.rpc.Code does, and back", () => {
    assert.strictEqual(Code.toNumber("OK"), 0)
    assert.strictEqual(Code.toNumber("CANCELLED"), 1)
    assert.strictEqual(Code.toNumber("UNIMPLEMENTED"), 12)
    assert.strictEqual(Code.toNumber("UNAUTHENTICATED"), 16)
    for (const code of Code.codes) assert.deepStrictEqual(Code.fromNumber(Code.toNumber(code)), Option.some(code))
  })

  it("has no name for a number that google.rpc.Code does not define", () => {
    for (const number of [17, -1, 1.5, Number.NaN, 404]) assert.isTrue(Option.isNone(Code.fromNumber(number)))
  })

  it("maps to the HTTP statuses of code.proto", () => {
    const expected = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]
    assert.deepStrictEqual(Code.codes.map(Code.toHttpStatus), expected)
  })

  it("assumes a code where only the HTTP status is known", () => {
    const table: ReadonlyArray<readonly [number, Code.Code]> = [
      [200, "OK"],
      [204, "OK"],
      [400, "INVALID_ARGUMENT"],
      [401, "UNAUTHENTICATED"],
      [403, "PERMISSION_DENIED"],
      [404, "NOT_FOUND"],
      [405, "FAILED_PRECONDITION"],
      [409, "ABORTED"],
      [416, "OUT_OF_RANGE"],
      [429, "RESOURCE_EXHAUSTED"],
      [499, "CANCELLED"],
      [500, "INTERNAL"],
      [501, "UNIMPLEMENTED"],
      [502, "UNAVAILABLE"],
      [503, "UNAVAILABLE"],
      [504, "DEADLINE_EXCEEDED"],
      [599, "INTERNAL"],
      [302, "UNKNOWN"],
      [0, "UNKNOWN"]
    ]
    for (const [status, code] of table) assert.strictEqual(Code.fromHttpStatus(status), code, String(status))
  })
})
