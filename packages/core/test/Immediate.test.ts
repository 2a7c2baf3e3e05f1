import * as Constant from "@effect-lro/core/Constant"
import * as Immediate from "@effect-lro/core/Immediate"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"

const method = (name: string) => Effect.succeed(`run ${name}`)

describe("A method that answers at once", () => {
  it.effect("is the method it was made of, and has a second form beside it", () =>
    Effect.gen(function* () {
      const both = Immediate.make(method, (name) => Exit.succeed(`at once ${name}`))
      assert.strictEqual(yield* both("a"), "run a")
      assert.deepStrictEqual(Immediate.of(both)?.("a"), Exit.succeed("at once a"))
      assert.isUndefined(Immediate.of(method))
    })
  )

  it("is lost to whoever wraps it, and handed on by a service that is made of it", () => {
    const get = Immediate.make(
      (name) => Effect.succeed(Operation.running({ name })),
      (name) => Exit.succeed(Operation.running({ name }))
    )
    const operations = Operations.make({
      get,
      listPage: () => Effect.succeed({ operations: [], nextPageToken: Option.none(), unreachable: [] }),
      cancel: () => Effect.void,
      delete: () => Effect.void,
      wait: get
    })
    assert.isDefined(Immediate.of(operations.get))
    assert.isUndefined(Immediate.of((name: string) => operations.get(name)))
  })
})

describe("An operation that is called constant", () => {
  it("is so by itself alone: what was made of it is not", () => {
    const running = Operation.running({ name: "operations/a" })
    assert.isFalse(Constant.isMarked(running))
    assert.strictEqual(Constant.mark(running), running)
    assert.isTrue(Constant.isMarked(running))
    assert.isFalse(Constant.isMarked({ ...running }))
    assert.isFalse(Constant.isMarked(Operation.running({ name: "operations/a" })))
  })
})
