import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as OperationStore from "@effect-lro/host/OperationStore"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { host, settled, state } from "./support/host.js"

const takes = (duration: `${number} seconds`) => () => Effect.sleep(duration)

/** A store that counts its reads and its subscriptions. */
const counted = Effect.gen(function* () {
  const store = yield* OperationStore.makeMemory
  const reads = yield* Ref.make(0)
  const subscribers = yield* Ref.make(0)
  const service: OperationStore.Service = {
    ...store,
    get: (name) =>
      Effect.zipRight(
        Ref.update(reads, (n) => n + 1),
        store.get(name)
      ),
    subscribe: (name) =>
      Effect.acquireRelease(
        Effect.zipRight(
          Ref.update(subscribers, (n) => n + 1),
          store.subscribe(name)
        ),
        () => Ref.update(subscribers, (n) => n - 1)
      )
  }
  const layer = HostOperations.layer.pipe(
    Layer.provideMerge(Host.layer()),
    Layer.provide(Layer.succeed(OperationStore.OperationStore, service))
  )
  return { layer, reads, subscribers }
})

describe("wait", () => {
  it.effect("returns when the operation is done", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: takes("10 seconds") })
      const waiting = yield* Effect.fork(Operations.wait(name))
      yield* TestClock.adjust("9 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "Succeeded")
    }).pipe(host())
  )

  it.effect("returns at once what is done", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.void })
      yield* settled
      assert.strictEqual((yield* Operations.wait(name, { timeout: "1 hour" }))._tag, "Succeeded")
    }).pipe(host())
  )

  it.effect.each([
    { timeout: 0, after: 0 },
    { timeout: "3 seconds" as const, after: 3000 },
    { timeout: "1 hour" as const, after: 55_000 },
    { timeout: undefined, after: 55_000 }
  ])("with timeout $timeout returns what still runs after $after ms", ({ after, timeout }) =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.never })
      const waiting = yield* Effect.fork(Operations.wait(name, { timeout }))
      if (after > 0) {
        yield* TestClock.adjust(after - 1)
        assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
        yield* TestClock.adjust(1)
      }
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "Running")
    }).pipe(host())
  )

  it.effect("returns at its limit the latest there is to tell", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({
        body: (job) => Effect.zipRight(Effect.delay(job.update({ percent: 50 }), "1 second"), Effect.never)
      })
      const waiting = yield* Effect.fork(Operations.wait(name, { timeout: "2 seconds" }))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual((yield* Fiber.join(waiting)).metadata, Option.some({ percent: 50 }))
    }).pipe(Effect.provide(HostOperations.layerMemory()))
  )

  it.effect("keeps to the host's own limit", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.never })
      const waiting = yield* Effect.fork(Operations.wait(name, { timeout: "1 hour" }))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "Running")
    }).pipe(host({ waitLimit: "5 seconds" }))
  )

  it.effect("returns when the operation is cancelled, and not before its body has stopped", () =>
    Effect.gen(function* () {
      const { name } = yield* Host.submit({ body: () => Effect.ensuring(Effect.never, Effect.sleep("5 seconds")) })
      const waiting = yield* Effect.fork(Operations.wait(name))
      yield* settled
      yield* Operations.cancel(name)
      yield* TestClock.adjust("4 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "Cancelled")
    }).pipe(host())
  )

  it.effect("fails with NotFound for what there is not, also when it goes away meanwhile", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(Operations.wait("operations/none")))._tag, "NotFound")
      assert.strictEqual((yield* Effect.flip(Operations.wait("operations/..")))._tag, "InvalidName")
      const { name } = yield* Host.submit({ body: () => Effect.never })
      const waiting = yield* Effect.fork(Effect.flip(Operations.wait(name)))
      yield* settled
      yield* Operations.delete(name)
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "NotFound")
    }).pipe(host())
  )

  it.effect("does not poll: a thousand who wait read nothing more until it is over", () =>
    Effect.gen(function* () {
      const { layer, reads, subscribers } = yield* counted
      yield* Effect.gen(function* () {
        const { name } = yield* Host.submit({ body: takes("50 seconds") })
        const waiting = yield* Effect.fork(
          Effect.replicateEffect(Operations.wait(name), 1000, { concurrency: "unbounded" })
        )
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Ref.get(subscribers), 1000)
        const before = yield* Ref.get(reads)
        yield* TestClock.adjust("48 seconds")
        assert.strictEqual(yield* Ref.get(reads), before)
        yield* TestClock.adjust("1 second")
        const seen = yield* Fiber.join(waiting)
        assert.isTrue(seen.every((_) => _._tag === "Succeeded"))
        assert.isAtMost((yield* Ref.get(reads)) - before, 2)
        assert.strictEqual(yield* Ref.get(subscribers), 0)
      }).pipe(Effect.provide(layer))
    })
  )

  it.effect("leaves nothing behind when it is interrupted, and the operation untouched", () =>
    Effect.gen(function* () {
      const { layer, subscribers } = yield* counted
      yield* Effect.gen(function* () {
        const { name } = yield* Host.submit({ body: takes("50 seconds") })
        const waiting = yield* Effect.fork(Operations.wait(name))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Ref.get(subscribers), 1)
        yield* Fiber.interrupt(waiting)
        assert.strictEqual(yield* Ref.get(subscribers), 0)
        yield* TestClock.adjust("49 seconds")
        assert.strictEqual((yield* Operations.get(name))._tag, "Succeeded")
      }).pipe(Effect.provide(layer))
    })
  )

  it.effect("returns early when the host shuts down", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(HostOperations.layerMemory(), scope)
      const stuck = yield* Deferred.make<void>()
      const { name } = yield* Host.submit({ body: () => Effect.uninterruptible(Deferred.await(stuck)) }).pipe(
        Effect.provide(context)
      )
      const waiting = yield* Effect.fork(Effect.provide(Operations.wait(name), context))
      yield* settled
      const closing = yield* Effect.fork(Scope.close(scope, yield* Effect.exit(Effect.void)))
      yield* settled
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "Running")
      yield* Deferred.succeed(stuck, undefined)
      yield* Fiber.join(closing)
    })
  )

  it.effect("sees an end that comes between its look and its subscription", () =>
    Effect.gen(function* () {
      const store = yield* OperationStore.makeMemory
      const end = yield* Deferred.make<void>()
      const late: OperationStore.Service = {
        ...store,
        subscribe: (name) =>
          Effect.zipRight(Effect.zipRight(Deferred.succeed(end, undefined), settled), store.subscribe(name))
      }
      yield* Effect.gen(function* () {
        const { name } = yield* Host.submit({ body: () => Deferred.await(end) })
        yield* settled
        assert.strictEqual((yield* Operations.wait(name))._tag, "Succeeded")
        assert.strictEqual(yield* state(name), "SUCCEEDED")
      }).pipe(
        Effect.provide(
          HostOperations.layer.pipe(
            Layer.provideMerge(Host.layer({ describe: ({ state }) => ({ state }) })),
            Layer.provide(Layer.succeed(OperationStore.OperationStore, late))
          )
        )
      )
    })
  )
})
