import * as OperationsError from "@effect-lro/core/OperationsError"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"

const error = (reason: OperationsError.TransportError["reason"]) =>
  new OperationsError.TransportError({ operation: "operations/A", method: "get", reason, description: "same" })

const differ = (actual: unknown, expected: unknown) => {
  assert.throws(() => assert.deepStrictEqual(actual, expected))
  assert.throws(() => assert.deepStrictEqual([{ nested: expected }], [{ nested: actual }]))
}

describe("the deep equality that all tests compare with", () => {
  it("tells something from nothing", () => {
    differ(Option.none(), Option.some(1))
    differ(Option.some(1), Option.some(2))
    assert.deepStrictEqual(Option.none<number>(), Option.none())
    assert.deepStrictEqual([Option.some({ a: 1 })], [Option.some({ a: 1 })])
  })

  it("tells errors of one message apart by what they have", () => {
    const [one, other] = [error("Connection"), error("Timeout")]
    Object.defineProperty(other, "message", { value: one.message })
    differ(one, other)
    assert.deepStrictEqual(error("Timeout"), error("Timeout"))
  })
})
