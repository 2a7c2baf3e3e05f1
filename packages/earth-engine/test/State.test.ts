import * as State from "@effect-lro/earth-engine/State"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"

describe("State", () => {
  it.each<[State.State, State.Legacy, number]>([
    ["STATE_UNSPECIFIED", "UNKNOWN", 0],
    ["PENDING", "READY", 1],
    ["RUNNING", "RUNNING", 2],
    ["CANCELLING", "CANCEL_REQUESTED", 3],
    ["SUCCEEDED", "COMPLETED", 4],
    ["CANCELLED", "CANCELLED", 5],
    ["FAILED", "FAILED", 6]
  ])("calls %s %s in the old API, and %i by number", (state, legacy, number) => {
    assert.strictEqual(State.toLegacy(state), legacy)
    assert.deepStrictEqual(State.fromLegacy(legacy), Option.some(state))
    assert.deepStrictEqual(State.fromNumber(number), Option.some(state))
  })

  it("translates a state it does not know to UNKNOWN, and back to none", () => {
    assert.strictEqual(State.toLegacy("HIBERNATING"), "UNKNOWN")
    assert.deepStrictEqual(State.fromLegacy("UNSUBMITTED"), Option.none())
    assert.deepStrictEqual(State.fromLegacy("constructor"), Option.none())
    assert.deepStrictEqual(State.fromLegacy("SUBMITTED"), Option.some("PENDING"))
    assert.deepStrictEqual(State.fromNumber(7), Option.none())
    assert.deepStrictEqual(State.fromNumber(-1), Option.none())
  })

  it("knows the three states that nothing follows", () => {
    assert.deepStrictEqual(State.states.filter(State.isTerminal), ["SUCCEEDED", "CANCELLED", "FAILED"])
  })
})
