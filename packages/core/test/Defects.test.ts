import * as Bulk from "@effect-lro/core/Bulk"
import * as Coalescing from "@effect-lro/core/Coalescing"
import * as Operations from "@effect-lro/core/Operations"
import * as SharedPoller from "@effect-lro/core/SharedPoller"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { crowd, crowdName } from "./fixtures/crowd.js"
import { error, name, running, scripted } from "./fixtures/scripted.js"

const defect = new Error("a bug in a provider")

/** How each of them ended within a minute, or that it did not. */
const endsOf = <A, E, R>(effects: Iterable<Effect.Effect<A, E, R>>) =>
  Effect.gen(function* () {
    const fibers = yield* Effect.forEach(effects, (effect) => Effect.fork(effect))
    yield* TestClock.adjust("1 minute")
    const exits = yield* Effect.forEach(fibers, Fiber.poll)
    for (const fiber of fibers) yield* Fiber.interruptFork(fiber)
    return exits.map(
      Option.match({
        onNone: () => "nothing",
        onSome: Exit.match({
          onSuccess: () => "success",
          onFailure: (cause) => (Cause.isDie(cause) ? "defect" : Cause.isInterrupted(cause) ? "interrupted" : "failure")
        })
      })
    )
  })

const endOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.map(endsOf([effect]), ([end]) => end)

const faulty = (server: ReturnType<typeof crowd>, faults: Partial<Operations.Provider>) =>
  Layer.succeed(Operations.Operations, Operations.make({ ...server.operations, ...faults }))

const inBatches = (server: ReturnType<typeof crowd>): Operations.Batch => ({
  size: 10,
  get: (names) => Effect.forEach(names, (each) => Effect.either(server.operations.get(each))),
  cancel: (names) => Effect.forEach(names, (each) => Effect.either(server.operations.cancel(each)))
})

const shares = (layer: Layer.Layer<Operations.Operations>, options?: SharedPoller.Options) =>
  SharedPoller.layer(options).pipe(Layer.provide(layer))

describe("a defect of a provider", () => {
  const dying: ReadonlyArray<
    readonly [what: string, faults: (server: ReturnType<typeof crowd>) => Partial<Operations.Provider>]
  > = [
    ["of get", () => ({ get: () => Effect.die(defect) })],
    [
      "of get that is thrown",
      () => ({
        get: () => {
          throw defect
        }
      })
    ],
    ["of listPage", () => ({ listPage: () => Effect.die(defect) })],
    ["of batch.get", (server) => ({ batch: { ...inBatches(server), get: () => Effect.die(defect) } })]
  ]

  for (const [what, faults] of dying) {
    const options = what === "of listPage" ? { listFrom: 1 } : { listFrom: Infinity, concurrency: 1 }

    it.effect(`${what} ends the shared waits that it hits, and leaves a poller that works`, () =>
      Effect.gen(function* () {
        const server = crowd({ size: 3, doneAt: () => 0 })
        const broken = faulty(server, faults(server))
        let operations: Operations.Provider = yield* Effect.provide(Operations.Operations, broken)
        const switched: Operations.Provider = {
          ...server.operations,
          get: (each) => operations.get(each),
          listPage: (request) => operations.listPage(request),
          batch:
            what === "of listPage"
              ? undefined
              : { ...inBatches(server), get: (names) => (operations.batch ?? inBatches(server)).get(names) }
        }
        const poller = yield* SharedPoller.make(switched, options)
        const waits = server.names.map((each) => poller.awaitDone(each))
        const several = what.startsWith("of batch") ? waits : waits.slice(0, 1)
        assert.deepStrictEqual(
          yield* endsOf(several),
          several.map(() => "defect")
        )
        assert.strictEqual(yield* poller.size, 0)
        operations = server.operations
        assert.deepStrictEqual(yield* endsOf(waits), ["success", "success", "success"])
      }).pipe(Effect.scoped)
    )

    it.effect(`${what} ends calls that are gathered`, () =>
      Effect.gen(function* () {
        const server = crowd({ size: 3, doneAt: () => 0 })
        const layer = Coalescing.layer(options).pipe(Layer.provide(faulty(server, faults(server))))
        const calls = Effect.forEach(server.names, (each) => Operations.get(each), { concurrency: "unbounded" })
        assert.strictEqual(yield* endOf(calls.pipe(Effect.provide(layer))), "defect")
      })
    )

    it.effect(`${what} ends a bulk of waits`, () =>
      Effect.gen(function* () {
        const server = crowd({ size: 3, doneAt: () => 0 })
        const bulk = Bulk.await(server.names, options).pipe(
          Bulk.summarize,
          Effect.provide(faulty(server, faults(server)))
        )
        assert.strictEqual(yield* endOf(bulk), "defect")
      })
    )
  }

  it.effect("of cancel ends a bulk of cancels", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 3 })
      for (const faults of [
        { cancel: () => Effect.die(defect) },
        { batch: { ...inBatches(server), cancel: () => Effect.die(defect) } }
      ]) {
        const bulk = Bulk.cancel(server.names).pipe(Bulk.summarize, Effect.provide(faulty(server, faults)))
        assert.strictEqual(yield* endOf(bulk), "defect")
      }
    })
  )

  it.effect("of a few operations does not keep the others from being looked at", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 30, doneAt: () => 0 })
      const layer = faulty(server, {
        get: (each) => (each === crowdName(0) ? Effect.die(defect) : server.operations.get(each))
      })
      const ends = yield* endsOf(server.names.map((each) => SharedPoller.awaitDone(each))).pipe(
        Effect.provide(shares(layer, { concurrency: 1, listFrom: Infinity }))
      )
      assert.deepStrictEqual(
        ends,
        server.names.map((_, index) => (index === 0 ? "defect" : "success"))
      )
    })
  )
})

describe("a defect of a caller", () => {
  const dies: Schedule.Schedule<unknown> = Schedule.mapEffect(Schedule.forever, () => Effect.die(defect))

  it.effect("in a schedule ends its own wait and no other", () =>
    Effect.gen(function* () {
      for (const listFrom of [1, Infinity]) {
        const now = yield* Clock.currentTimeMillis
        const server = crowd({ size: 2, doneAt: () => now + 3000 })
        const layer = shares(server.layer, { listFrom, concurrency: 1 })
        const ends = endsOf([
          SharedPoller.awaitDone(crowdName(0), { schedule: dies }),
          SharedPoller.awaitDone(crowdName(1))
        ])
        assert.deepStrictEqual(yield* Effect.provide(ends, layer), ["defect", "success"])
      }
    })
  )

  it.effect("in parentOf ends the waits that it hits, and the poller goes on", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 2, doneAt: () => 3000 })
      const layer = shares(server.layer, {
        parentOf: (each) => {
          if (each === crowdName(0)) throw defect
          return "projects/demo"
        }
      })
      const ends = Effect.gen(function* () {
        const bad = yield* endOf(SharedPoller.awaitDone(crowdName(0)))
        const good = yield* endOf(SharedPoller.awaitDone(crowdName(1)))
        return [bad, good]
      })
      assert.deepStrictEqual(yield* Effect.provide(ends, layer), ["defect", "success"])
    })
  )

  it.effect("in the source of a bulk ends the bulk", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 2 })
      const throwing = {
        *[Symbol.iterator]() {
          yield crowdName(0)
          throw defect
        }
      }
      const sources: ReadonlyArray<Bulk.Source> = [
        throwing,
        Stream.concat(Stream.make(crowdName(0)), Stream.die(defect)),
        Stream.die(defect)
      ]
      for (const source of sources) {
        const bulk = Bulk.await(source).pipe(Bulk.summarize, Effect.provide(server.layer))
        assert.strictEqual(yield* endOf(bulk), "defect")
      }
    })
  )
})

describe("the end of a scope", () => {
  it.effect("ends the shared waits of its poller, also those that come later", () =>
    Effect.gen(function* () {
      for (const latency of [0, 100_000_000_000]) {
        const server = crowd({ size: 2, latency })
        const scope = yield* Scope.make()
        const poller = yield* Scope.extend(SharedPoller.make(server.operations), scope)
        const closing = Effect.zipRight(Effect.sleep("1 second"), Scope.close(scope, Exit.void))
        assert.deepStrictEqual(yield* endsOf([poller.awaitDone(crowdName(0)), closing]), ["interrupted", "success"])
        assert.strictEqual(yield* endOf(poller.awaitDone(crowdName(1))), "interrupted")
        assert.strictEqual(yield* poller.size, 0)
      }
    })
  )

  it.effect("ends the calls that are gathered, also those that come later", () =>
    Effect.gen(function* () {
      for (const latency of [0, 100_000_000_000]) {
        const server = crowd({ size: 2, latency })
        const scope = yield* Scope.make()
        const operations = yield* Scope.extend(Coalescing.make(server.operations, { window: "2 seconds" }), scope)
        const closing = Effect.zipRight(
          Effect.sleep(latency === 0 ? "1 second" : "3 seconds"),
          Scope.close(scope, Exit.void)
        )
        assert.deepStrictEqual(yield* endsOf([operations.get(crowdName(0)), closing]), ["interrupted", "success"])
        assert.strictEqual(yield* endOf(operations.get(crowdName(1))), "interrupted")
      }
    })
  )

  it.effect("comes also where the poller was made, or asked, in an uninterruptible region", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 2, latency: "10 days" })
      const made = Effect.scoped(Effect.uninterruptible(SharedPoller.make(server.operations)))
      assert.strictEqual(yield* endOf(made), "success")
      const asked = Effect.scoped(
        Effect.gen(function* () {
          const operations = yield* Coalescing.make(server.operations)
          yield* Effect.forkDaemon(Effect.uninterruptible(operations.get(crowdName(0))))
          yield* Effect.sleep("1 second")
        })
      )
      assert.strictEqual(yield* endOf(asked), "success")
    })
  )
})

describe("a wait that is interrupted", () => {
  it.effect("before its call was sent does not keep later calls from being gathered", () =>
    Effect.gen(function* () {
      // The runtime may switch fibers between any two steps of a call, so it is made to do so after each of them.
      for (let step = 0; step < 40; step++) {
        let taken = 0
        const scheduler: Scheduler.Scheduler = {
          shouldYield: () => (taken++ === step ? 0 : false),
          scheduleTask: (task, priority) => Scheduler.defaultScheduler.scheduleTask(task, priority)
        }
        const server = crowd({ size: 1, doneAt: () => 0 })
        const end = yield* Effect.scoped(
          Effect.gen(function* () {
            const operations = yield* Coalescing.make(server.operations)
            const first = yield* Effect.fork(operations.get(crowdName(0)).pipe(Effect.withScheduler(scheduler)))
            yield* Effect.yieldNow()
            first.unsafeInterruptAsFork(FiberId.none)
            return yield* endOf(operations.get(crowdName(0)))
          })
        )
        assert.strictEqual(end, "success", `after ${step} steps`)
      }
    })
  )
})

describe("SharedPoller.size", () => {
  it.effect("counts the waits that are being looked at", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 3, latency: "1 minute" })
      yield* Effect.gen(function* () {
        const poller = yield* SharedPoller.SharedPoller
        yield* Effect.forEach(server.names, (each) => Effect.fork(poller.awaitDone(each)))
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(yield* poller.size, 3)
      }).pipe(Effect.provide(shares(server.layer)), Effect.scoped)
    })
  )
})

describe("a batch that the service does not offer after all", () => {
  it.effect("is replaced by a GET each", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 30, doneAt: () => 1000 })
      let batches = 0
      const layer = faulty(server, {
        batch: {
          ...inBatches(server),
          get: () => {
            batches += 1
            return Effect.fail(error("NOT_FOUND", { missing: "route" }))
          }
        }
      })
      const fiber = yield* Effect.fork(
        Bulk.await(server.names, { listFrom: Infinity, concurrency: 1 }).pipe(Bulk.summarize, Effect.provide(layer))
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).ends, { Succeeded: 30 })
      assert.strictEqual(batches, 1)
    })
  )
})

describe("a timeout that is shorter than the window", () => {
  it.effect("leaves time for the first look", () =>
    Effect.gen(function* () {
      const server = scripted({ looks: [running()] })
      const wait = SharedPoller.awaitDone(name, { timeout: "5 millis" }).pipe(
        Effect.flip,
        Effect.provide(shares(server.layer))
      )
      const fiber = yield* Effect.fork(wait)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "StillRunning")
      assert.deepStrictEqual(server.at("get"), [0])
    })
  )
})
