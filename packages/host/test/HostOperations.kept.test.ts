import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Constant from "@effect-lro/core/Constant"
import * as Immediate from "@effect-lro/core/Immediate"
import * as Operation from "@effect-lro/core/Operation"
import * as Host from "@effect-lro/host/Host"
import * as OperationStore from "@effect-lro/host/OperationStore"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

const name = "projects/p/operations/a"

const metadata = (rows: number): AnyMessage.AnyMessage => ({ "@type": "type.googleapis.com/x.Y", rows })

/** Work that publishes what it is told to, and runs until it is cancelled. */
const started = Effect.gen(function* () {
  const host = yield* Host.Host
  const published = yield* Deferred.make<void>()
  const next = yield* Deferred.make<void>()
  yield* host.submit({
    parent: "projects/p",
    name,
    metadata: metadata(1),
    body: (job) =>
      Deferred.await(next).pipe(
        Effect.zipRight(job.update(metadata(2))),
        Effect.zipRight(Deferred.succeed(published, undefined)),
        Effect.zipRight(Effect.never)
      )
  })
  yield* Effect.yieldNow()
  return {
    operations: host.operations,
    publish: Effect.zipRight(Deferred.succeed(next, undefined), Deferred.await(published))
  }
})

describe("The operations of a host in memory", () => {
  it.effect("are the same object and constant for as long as nothing has changed, and another after that", () =>
    Effect.gen(function* () {
      const { operations, publish } = yield* started
      const first = yield* operations.get(name)
      assert.isFalse(Constant.isMarked(first))
      const second = yield* operations.get(name)
      assert.strictEqual(second, first)
      assert.isTrue(Constant.isMarked(second))
      const [listed] = (yield* operations.listPage({ name: "projects/p/operations" })).operations
      assert.strictEqual(listed ?? first, second)
      yield* publish
      const third = yield* operations.get(name)
      assert.notStrictEqual(third, second)
      assert.isFalse(Constant.isMarked(third))
      assert.deepStrictEqual(Option.getOrUndefined(third.metadata), metadata(2))
      yield* operations.cancel(name)
      yield* operations.wait(name)
      const fourth = yield* operations.get(name)
      assert.deepStrictEqual([fourth._tag, fourth === third], ["Cancelled", false])
    }).pipe(Effect.provide(Host.layerMemory()))
  )

  it.effect("are never constant where they are described at every read", () =>
    Effect.gen(function* () {
      const { operations } = yield* started
      const looks = [yield* operations.get(name), yield* operations.get(name), yield* operations.get(name)]
      assert.isFalse(looks.some(Constant.isMarked))
      assert.strictEqual(new Set(looks.map((it) => Option.getOrUndefined(it.metadata)?.["rows"])).size, 3)
    }).pipe(
      Effect.provide(
        Layer.unwrapEffect(
          Effect.sync(() => {
            let reads = 0
            return Host.layerMemory({ describe: () => metadata(reads++) })
          })
        )
      )
    )
  )

  it.effect("are never constant where a store makes its records anew", () =>
    Effect.gen(function* () {
      const { operations } = yield* started
      assert.isUndefined(Immediate.of(operations.get))
      for (let i = 0; i < 3; i++) assert.isFalse(Constant.isMarked(yield* operations.get(name)))
    }).pipe(
      Effect.provide(
        Host.layer().pipe(
          Layer.provide(
            Layer.effect(
              OperationStore.OperationStore,
              Effect.map(OperationStore.makeMemory, (store): OperationStore.Service => ({
                ...store,
                get: (name) =>
                  Effect.map(
                    store.get(name),
                    Option.map((record) => ({ ...record }))
                  )
              }))
            )
          )
        )
      )
    )
  )

  it.effect("are answered at once as they are by an effect, whatever there is to tell", () =>
    Effect.gen(function* () {
      const { operations, publish } = yield* started
      const now = Immediate.of(operations.get)
      const look = (name: string) =>
        Effect.gen(function* () {
          const atOnce = now?.(name) ?? Exit.die("a look at what is in memory is at hand")
          assert.deepStrictEqual(atOnce, yield* Effect.exit(operations.get(name)))
          return Exit.match(atOnce, { onFailure: () => "Failure", onSuccess: (it) => it._tag })
        })
      assert.strictEqual(yield* look(name), "Running")
      assert.strictEqual(yield* look("projects/p/operations/none"), "Failure")
      assert.strictEqual(yield* look("projects//.."), "Failure")
      yield* publish
      assert.strictEqual(yield* look(name), "Running")
      yield* operations.cancel(name)
      yield* operations.wait(name)
      assert.strictEqual(yield* look(name), "Cancelled")
      yield* operations.delete(name)
      assert.strictEqual(yield* look(name), "Failure")
    }).pipe(Effect.provide(Host.layerMemory()))
  )

  it.effect("are not there at once either, where they were deleted while their work goes on", () =>
    Effect.gen(function* () {
      const host = yield* Host.Host
      const begun = yield* Deferred.make<void>()
      const end = yield* Deferred.make<void>()
      yield* host.submit({
        name,
        body: () => Effect.uninterruptible(Effect.zipRight(Deferred.succeed(begun, undefined), Deferred.await(end)))
      })
      yield* Deferred.await(begun)
      const now = Immediate.of(host.operations.get)
      assert.deepStrictEqual(now?.(name), Exit.succeed(Operation.running({ name })))
      yield* host.operations.delete(name)
      assert.isTrue(now !== undefined && Exit.isFailure(now(name)))
      yield* Deferred.succeed(end, undefined)
    }).pipe(Effect.provide(Host.layerMemory()))
  )
})
