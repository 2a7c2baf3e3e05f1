import * as Coalescing from "@effect-lro/core/Coalescing"
import * as Operations from "@effect-lro/core/Operations"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { crowd, crowdName } from "./fixtures/crowd.js"
import { error } from "./fixtures/scripted.js"

const together = <A, E>(
  server: { readonly layer: ReturnType<typeof crowd>["layer"] },
  calls: Iterable<Effect.Effect<A, E, Operations.Operations>>
) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.all(Array.from(calls, Effect.either), { concurrency: "unbounded" }).pipe(
      Effect.provide(Coalescing.layer().pipe(Layer.provide(server.layer))),
      Effect.fork
    )
    yield* TestClock.adjust("1 second")
    return yield* Fiber.join(fiber)
  })

describe("Coalescing", () => {
  it.effect("answers looks at the same operation with one request", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 2 })
      const calls = Array.from({ length: 100 }, (_, index) => Operations.get(crowdName(index % 2)))
      assert.strictEqual((yield* together(server, calls)).filter(Either.isRight).length, 100)
      assert.strictEqual(server.count("get"), 2)
    })
  )

  it.effect("answers looks at many operations with pages of a list, and each with its own", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 100, doneAt: (index) => (index % 2) * 1_000_000 })
      const answers = yield* together(server, server.names.map(Operations.get))
      assert.deepStrictEqual(
        answers.map((answer) => (Either.isRight(answer) ? `${answer.right.name} ${answer.right._tag}` : "")),
        server.names.map((name, index) => `${name} ${index % 2 === 0 ? "Succeeded" : "Running"}`)
      )
      assert.deepStrictEqual([server.count("list"), server.count("get")], [1, 0])
    })
  )

  it.effect("uses a batch where the service has one, and each part has an end of its own", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 5, doneAt: () => 0 })
      const sizes: Array<number> = []
      const batching = Operations.make({
        ...server.operations,
        batch: {
          size: 3,
          get: (names) => {
            sizes.push(names.length)
            return Effect.forEach(names, (name) => Effect.either(server.operations.get(name)))
          },
          cancel: () => Effect.dieMessage("nothing is cancelled")
        }
      })
      const calls = [...server.names, crowdName(99)].map(Operations.get)
      const answers = yield* together({ layer: Layer.succeed(Operations.Operations, batching) }, calls)
      assert.deepStrictEqual(answers.map(Either.isRight), [true, true, true, true, true, false])
      assert.deepStrictEqual(sizes, [3, 3])
    })
  )

  it.effect.each<readonly [string, number, number, { readonly pages: number; readonly batches: number }]>([
    ["no pages for what one batch answers", 0, 50, { pages: 0, batches: 1 }],
    ["pages while each answers more than a batch would", 0, 1000, { pages: 2, batches: 0 }],
    ["one page where the operations are far back in a long history", 4000, 4100, { pages: 1, batches: 2 }],
    ["a batch for what the pages did not tell", 100, 540, { pages: 1, batches: 1 }]
  ])("reads %s, where there are batches", ([, from, to, expected]) =>
    Effect.gen(function* () {
      const server = crowd({ size: 5000, doneAt: () => 0 })
      let batches = 0
      const batching = Operations.make({
        ...server.operations,
        batch: {
          size: 50,
          get: (names) => {
            batches += 1
            return Effect.forEach(names, (name) => Effect.either(server.operations.get(name)))
          },
          cancel: () => Effect.dieMessage("nothing is cancelled")
        }
      })
      const names = server.names.slice(from, to)
      const answers = yield* together(
        { layer: Layer.succeed(Operations.Operations, batching) },
        names.map(Operations.get)
      )
      assert.deepStrictEqual(
        answers.map((answer) => (Either.isRight(answer) ? answer.right.name : "")),
        names
      )
      assert.deepStrictEqual({ pages: server.count("list"), batches }, expected)
    })
  )

  it.effect("a request that fails fails those it was for, and the next look is asked for anew", () =>
    Effect.gen(function* () {
      const server = crowd({
        size: 1,
        fault: (_, count) => (count === 1 ? error("UNAVAILABLE") : undefined)
      })
      const first = yield* together(server, [Operations.get(crowdName(0)), Operations.get(crowdName(0))])
      assert.deepStrictEqual(
        first.map((answer) => Either.merge(answer)._tag),
        ["Unavailable", "Unavailable"]
      )
      const second = yield* together(server, [Operations.get(crowdName(0))])
      assert.isTrue(second.every(Either.isRight))
    })
  )

  it.effect("leaves the other methods as they are", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 1 })
      yield* together(server, [Operations.cancel(crowdName(0)), Operations.cancel(crowdName(0))])
      assert.strictEqual(server.count("cancel"), 2)
    })
  )
})
