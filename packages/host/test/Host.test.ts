import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as StatusError from "@effect-lro/host/StatusError"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { host } from "./support/host.js"

describe("a body's end", () => {
  it.effect("is the operation's: a response, also one that says nothing", () =>
    Effect.gen(function* () {
      const answer = AnyMessage.pack("example.Answer", { value: 42 })
      const told = yield* Host.submit({ body: () => Effect.succeed(answer) })
      const silent = yield* Host.submit({ body: () => Effect.void })
      assert.strictEqual(told._tag, "Running")
      const done = yield* Operations.wait(told.name)
      assert(done._tag === "Succeeded")
      assert.deepStrictEqual(done.response, answer)
      const empty = yield* Operations.wait(silent.name)
      assert(empty._tag === "Succeeded")
      assert.deepStrictEqual(empty.response, AnyMessage.empty)
    }).pipe(host())
  )

  it.effect("fails it with the status of the failure", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        body: () => Effect.fail(StatusError.make({ code: "RESOURCE_EXHAUSTED", message: "no more disk" }))
      })
      const done = yield* Operations.wait(name)
      assert(done._tag === "Failed")
      assert.strictEqual(done.error.code, 8)
      assert.strictEqual(done.error.message, "no more disk")
    }).pipe(host())
  )

  it.effect("fails it with what toStatus makes of the failure", () =>
    Effect.gen(function* () {
      class Oops extends Schema.TaggedError<Oops>()("Oops", { n: Schema.Number }) {}
      const plain = yield* Host.submit({ body: () => Effect.fail(new Oops({ n: 3 })) })
      const mapped = yield* Host.submit({
        body: () => Effect.fail(new Oops({ n: 3 })),
        toStatus: (oops) => ({ code: oops.n, message: oops._tag, details: [] })
      })
      const unknown = yield* Operations.wait(plain.name)
      assert(unknown._tag === "Failed")
      assert.strictEqual(unknown.error.code, 2)
      const known = yield* Operations.wait(mapped.name)
      assert(known._tag === "Failed")
      assert.deepStrictEqual(known.error, { code: 3, message: "Oops", details: [] })
    }).pipe(host())
  )

  it.effect("tells a defect only as an internal error", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.die(new Error("password=hunter2")) })
      const done = yield* Operations.wait(name)
      assert(done._tag === "Failed")
      assert.strictEqual(done.error.code, 13)
      assert.notInclude(JSON.stringify(done), "hunter2")
    }).pipe(host())
  )

  it.effect("is a failure where it interrupted itself and nobody asked", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.interrupt })
      const done = yield* Operations.wait(name)
      assert(done._tag === "Failed")
      assert.strictEqual(done.error.code, 10)
    }).pipe(host())
  )

  it.effect.each([
    { code: 1, becomes: 10 },
    { code: 0, becomes: 2 }
  ])("cannot say code $code, which nobody asked for or which is none", ({ becomes, code }) =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.fail(StatusError.make({ code })) })
      const done = yield* Operations.wait(name)
      assert(done._tag === "Failed")
      assert.strictEqual(done.error.code, becomes)
    }).pipe(host())
  )
})
