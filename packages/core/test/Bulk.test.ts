import * as Bulk from "@effect-lro/core/Bulk"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as OperationType from "@effect-lro/core/OperationType"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { crowd, crowdName } from "./fixtures/crowd.js"
import { error, lost, unreadable } from "./fixtures/scripted.js"

const told = <A extends { readonly _tag: string }>({ name, result }: Bulk.Result<A>) =>
  [name.slice(name.lastIndexOf("/") + 1), Either.merge(result)._tag] as const

describe("Bulk.cancel", () => {
  it.effect("gives one outcome for each operation, and stops at none of them", () =>
    Effect.gen(function* () {
      const server = crowd({
        size: 6,
        doneAt: (index) => (index === 1 ? 0 : index === 2 ? 700 : Infinity),
        cancelLatency: (index) => (index === 3 ? Infinity : 1000)
      })
      const names = [...server.names, crowdName(99), "projects/demo/operations/.."]
      const fiber = yield* Bulk.cancel(names, { timeout: "1 minute" }).pipe(
        Stream.runCollect,
        Effect.provide(server.layer),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      const results = Chunk.toReadonlyArray(yield* Fiber.join(fiber))
      assert.deepStrictEqual(
        new Map(results.map(told)),
        new Map([
          ["0", "Cancelled"],
          ["1", "CompletedAnyway"],
          ["2", "CompletedAnyway"],
          ["3", "StillRunning"],
          ["4", "Cancelled"],
          ["5", "Cancelled"],
          ["99", "NotFound"],
          ["..", "NotFound"]
        ])
      )
      assert.strictEqual(results.length, 8)
    })
  )

  it.effect("sends each cancel once and shares the looks", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 1000, cancelLatency: (index) => 500 + ((index * 7919) % 9500) })
      const fiber = yield* Bulk.cancel(server.names, { schedule: Schedule.spaced("1 second") }).pipe(
        Bulk.summarize,
        Effect.provide(server.layer),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* Fiber.join(fiber), {
        total: 1000,
        confirmed: 1000,
        unconfirmed: 0,
        ends: { Cancelled: 1000 }
      })
      assert.strictEqual(server.count("cancel"), 1000)
      assert.isAtMost(server.requests.length, 1050)
    })
  )

  it.effect("cancels and looks by batches where the service has them, and one by one what a batch refuses", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 1000, cancelLatency: () => 0, doneAt: (index) => (index === 3 ? 0 : Infinity) })
      let batches = 0
      const inBatches = <A>(names: ReadonlyArray<string>, one: (name: string) => Effect.Effect<A, OperationsError>) => {
        batches += 1
        return Effect.forEach(names, (name) => Effect.either(one(name)))
      }
      const batching = Operations.make({
        ...server.operations,
        batch: {
          size: 100,
          get: (names) => inBatches(names, server.operations.get),
          cancel: (names) => inBatches(names, server.operations.cancel)
        }
      })
      const fiber = yield* Bulk.cancel([...server.names, crowdName(5000)], { listFrom: Infinity }).pipe(
        Bulk.summarize,
        Effect.provideService(Operations.Operations, batching),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).ends, { Cancelled: 999, CompletedAnyway: 1, NotFound: 1 })
      assert.isAtMost(batches, 22)
      assert.strictEqual(server.count("cancel"), 1001)
    })
  )

  it.effect("finds out by looks what came of a cancel that was answered with success and nothing readable", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 3, cancelLatency: () => 1000 })
      const operations = Operations.make({
        ...server.operations,
        cancel: (name) => Effect.zipRight(server.operations.cancel(name), Effect.fail(unreadable()))
      })
      const fiber = yield* Bulk.cancel(server.names).pipe(
        Bulk.summarize,
        Effect.provideService(Operations.Operations, operations),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(yield* Fiber.join(fiber), { confirmed: 3, ends: { Cancelled: 3 } })
      assert.strictEqual(server.count("cancel"), 3)
    })
  )

  it.effect("takes names from a stream as they come, and from a filter", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 30, doneAt: (index) => (index % 3 === 0 ? 0 : Infinity) })
      const fiber = yield* Bulk.cancel(Bulk.running({ name: "projects/demo", pageSize: 7 })).pipe(
        Stream.runCollect,
        Effect.provide(server.layer),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      const results = Chunk.toReadonlyArray(yield* Fiber.join(fiber))
      assert.strictEqual(results.length, 20)
      assert.isTrue(results.every(({ result }) => Either.isRight(result) && result.right._tag === "Cancelled"))
    })
  )

  it.effect("fails as its source does, after it has told what it had begun", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 3, cancelLatency: () => 2000 })
      const source = Stream.concat(Stream.fromIterable(server.names), Stream.fail("the file is torn"))
      const seen: Array<string> = []
      const fiber = yield* Bulk.cancel(source).pipe(
        Stream.runForEach((result) => Effect.sync(() => seen.push(told(result)[1]))),
        Effect.flip,
        Effect.provide(server.layer),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(fiber), "the file is torn")
      assert.deepStrictEqual(seen, ["Cancelled", "Cancelled", "Cancelled"])
    })
  )

  it.effect("has never more requests under way than it may", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 40, latency: "50 millis" })
      const fiber = yield* Bulk.cancel(server.names, { concurrency: 4, listFrom: Infinity }).pipe(
        Bulk.summarize,
        Effect.provide(server.layer),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).confirmed, 40)
      assert.isAtMost(server.most(), 8)
    })
  )

  it.effect("counts results while they come", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 5, cancelLatency: (index) => index * 1000 })
      const fiber = yield* Bulk.cancel(server.names).pipe(
        Bulk.progress,
        Stream.runCollect,
        Effect.provide(server.layer),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(yield* Fiber.join(fiber)).map(({ total }) => total),
        [1, 2, 3, 4, 5]
      )
    })
  )

  it.effect("an interruption sends nothing more", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 100, cancelLatency: () => Infinity })
      const fiber = yield* Bulk.cancel(server.names).pipe(Bulk.summarize, Effect.provide(server.layer), Effect.fork)
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.interrupt(fiber)
      const sent = server.requests.length
      yield* TestClock.adjust("1 day")
      assert.strictEqual(server.requests.length, sent)
    })
  )

  it("loses no operation under faults: every one is confirmed, each for at most one request more than there were faults", async () => {
    await FastCheck.assert(
      FastCheck.asyncProperty(FastCheck.integer(), async (seed) => {
        let faults = 0
        // Drawn evenly: a generator that prefers small numbers would make five faults in a row of one request likely.
        const dice = FastCheck.sample(FastCheck.noBias(FastCheck.integer({ min: 0, max: 99 })), { seed, numRuns: 400 })
        const server = crowd({
          size: 60,
          cancelLatency: (index) => index * 50,
          fault: (method, count) => {
            const drawn = dice[count % dice.length] ?? 99
            if (drawn >= 6) return undefined
            faults += 1
            return drawn < 2
              ? error("UNAVAILABLE", { method })
              : drawn < 4
                ? error("RESOURCE_EXHAUSTED", { method, retryAfter: "1 second" })
                : lost(method)
          }
        })
        const summary = await Effect.gen(function* () {
          const fiber = yield* Bulk.cancel(server.names, { listFrom: Infinity, concurrency: 8 }).pipe(
            Bulk.summarize,
            Effect.provide(server.layer),
            Effect.fork
          )
          yield* TestClock.adjust("10 minutes")
          return yield* Fiber.join(fiber)
        }).pipe(Effect.provide(TestContext.TestContext), Effect.runPromise)
        assert.deepStrictEqual(summary.ends, { Cancelled: 60 })
        assert.isAtMost(server.count("cancel"), 60 + faults)
      }),
      { numRuns: 15 }
    )
  })
})

describe("Bulk.await", () => {
  it.effect("emits each operation as it is done, and reports those that cannot be waited for", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 3, doneAt: (index) => 3000 - index * 1000 })
      const fiber = yield* Bulk.await([...server.names, crowdName(77)]).pipe(
        Stream.runCollect,
        Effect.provide(server.layer),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Fiber.join(fiber)).map(told), [
        ["77", "NotFound"],
        ["2", "Succeeded"],
        ["1", "Succeeded"],
        ["0", "Succeeded"]
      ])
    })
  )
})

describe("Bulk with a batch that is refused", () => {
  const refusing = (server: ReturnType<typeof crowd>, refusal: OperationsError, parts: boolean) =>
    Operations.make({
      ...server.operations,
      batch: {
        size: 50,
        get: (names) => Effect.forEach(names, (name) => Effect.either(server.operations.get(name))),
        cancel: (names) => (parts ? Effect.succeed(names.map(() => Either.left(refusal))) : Effect.fail(refusal))
      }
    })

  it.effect("has never more requests under way than it may", () =>
    Effect.gen(function* () {
      for (const [refusal, parts] of [
        [error("UNAVAILABLE", { method: "cancel" }), false],
        [error("UNAVAILABLE", { method: "cancel" }), true],
        [error("NOT_FOUND", { method: "cancel", missing: "route" }), false]
      ] as const) {
        const server = crowd({ size: 100, latency: "50 millis" })
        const fiber = yield* Bulk.cancel(server.names, { concurrency: 4 }).pipe(
          Bulk.summarize,
          Effect.provideService(Operations.Operations, refusing(server, refusal, parts)),
          Effect.fork
        )
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual((yield* Fiber.join(fiber)).confirmed, 100)
        assert.isAtMost(server.most(), 8)
      }
    })
  )

  it.effect("one by one, a slow cancel takes no time from the others", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 20, cancelLatency: () => 0 })
      const slow: Operations.Provider = {
        ...refusing(server, error("NOT_FOUND", { method: "cancel", missing: "route" }), false),
        cancel: (name) => (name === crowdName(0) ? Effect.never : server.operations.cancel(name))
      }
      const fiber = yield* Bulk.cancel(server.names, { timeout: "5 seconds" }).pipe(
        Stream.runCollect,
        Effect.provideService(Operations.Operations, Operations.make(slow)),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      const [late, others] = Chunk.partition(yield* Fiber.join(fiber), ({ result }) => Either.isRight(result))
      assert.strictEqual(others.length, 19)
      assert.deepInclude(Either.merge(Chunk.unsafeHead(late).result), { _tag: "TransportError", method: "cancel" })
    })
  )
})

describe("Bulk with a batch that is refused late", () => {
  for (const [what, refusal, parts] of [
    ["the whole of it, for a while", error("UNAVAILABLE", { method: "cancel" }), false],
    ["the whole of it, for good", error("NOT_FOUND", { method: "cancel", missing: "route" }), false],
    ["each part of it", error("UNAVAILABLE", { method: "cancel" }), true]
  ] as const) {
    it.effect(`gives nobody more time than there was from the beginning: ${what}`, () =>
      Effect.gen(function* () {
        const server = crowd({ size: 20 })
        const slow = Operations.make({
          ...server.operations,
          cancel: () => Effect.never,
          batch: {
            size: 20,
            get: (names) => Effect.forEach(names, (name) => Effect.either(server.operations.get(name))),
            cancel: (names) =>
              Effect.delay(
                parts ? Effect.succeed(names.map(() => Either.left(refusal))) : Effect.fail(refusal),
                "3 seconds"
              )
          }
        })
        // One hand, so that most of them have not been asked for by themselves when their time is over.
        const fiber = yield* Bulk.cancel(server.names, { timeout: "5 seconds", concurrency: 1 }).pipe(
          Bulk.summarize,
          Effect.provideService(Operations.Operations, slow),
          Effect.fork
        )
        yield* TestClock.adjust("4900 millis")
        assert.isNull(fiber.unsafePoll())
        yield* TestClock.adjust("300 millis")
        assert.isNotNull(fiber.unsafePoll())
        const { confirmed, total } = yield* Fiber.join(fiber)
        assert.deepStrictEqual([total, confirmed], [20, 0])
      })
    )
  }
})

describe("Bulk with a batch that is never answered", () => {
  it.effect("ends at the timeout of each operation, gives the batch up, and goes on with the others", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 30, cancelLatency: () => 0 })
      let asked = 0
      let givenUp = 0
      const silent = Operations.make({
        ...server.operations,
        batch: {
          size: 10,
          get: (names) => Effect.forEach(names, (name) => Effect.either(server.operations.get(name))),
          cancel: (names) => {
            asked += 1
            return asked === 1
              ? Effect.onInterrupt(Effect.never, () => Effect.sync(() => (givenUp += 1)))
              : Effect.forEach(names, (name) => Effect.either(server.operations.cancel(name)))
          }
        }
      })
      const fiber = yield* Bulk.cancel(server.names, { timeout: "5 seconds", concurrency: 1 }).pipe(
        Bulk.summarize,
        Effect.provideService(Operations.Operations, silent),
        Effect.fork
      )
      yield* TestClock.adjust("4999 millis")
      assert.deepStrictEqual([asked, givenUp], [1, 0])
      yield* TestClock.adjust("1 minute")
      assert.isNotNull(fiber.unsafePoll())
      assert.deepStrictEqual((yield* Fiber.join(fiber)).ends, { TransportError: 10, Cancelled: 20 })
      assert.deepStrictEqual([asked, givenUp], [3, 1])
    })
  )
})

describe("Bulk", () => {
  it.effect("of nothing tells nothing", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 0 })
      for (const source of [[], Stream.empty]) {
        const summary = yield* Bulk.cancel(source).pipe(Bulk.summarize, Effect.provide(server.layer))
        assert.deepStrictEqual(summary, { total: 0, confirmed: 0, unconfirmed: 0, ends: {} })
      }
    })
  )

  it.effect("hands on any number of results that come at the same time", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 30_000, doneAt: () => 0 })
      const fiber = yield* Bulk.await(server.names, { pageSize: 30_000, maxUnread: Infinity }).pipe(
        Bulk.summarize,
        Effect.provide(server.layer),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).confirmed, 30_000)
    })
  )

  it.effect("gives a result for each time that a name is given", () =>
    Effect.gen(function* () {
      for (const options of [{ listFrom: Infinity }, { listFrom: 1 }]) {
        const server = crowd({ size: 2, cancelLatency: () => 1000 })
        const fiber = yield* Bulk.cancel([...server.names, ...server.names, ...server.names], options).pipe(
          Bulk.summarize,
          Effect.provide(server.layer),
          Effect.fork
        )
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual((yield* Fiber.join(fiber)).ends, { Cancelled: 6 })
      }
    })
  )

  it.effect("with a concurrency of no sense still does its work", () =>
    Effect.gen(function* () {
      for (const concurrency of [0, -1, 0.5, 2.5, Infinity]) {
        const server = crowd({ size: 3, cancelLatency: () => 0 })
        const fiber = yield* Bulk.cancel(server.names, { concurrency }).pipe(
          Bulk.summarize,
          Effect.provide(server.layer),
          Effect.fork
        )
        yield* TestClock.adjust("1 minute")
        const end = yield* Fiber.poll(fiber)
        assert.strictEqual(end._tag, "Some", String(concurrency))
        assert.strictEqual((yield* Fiber.join(fiber)).confirmed, 3, String(concurrency))
      }
    })
  )

  it.effect("tells what is over while its source is slow", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 2, doneAt: () => 0 })
      const seen: Array<string> = []
      const source = Stream.concat(
        Stream.make(crowdName(0)),
        Stream.fromEffect(Effect.delay(Effect.succeed(crowdName(1)), "1 hour"))
      )
      const fiber = yield* Bulk.await(source).pipe(
        Stream.runForEach(({ name }) => Effect.sync(() => seen.push(name))),
        Effect.provide(server.layer),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(seen, [crowdName(0)])
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(seen, [crowdName(0), crowdName(1)])
    })
  )

  it.effect("ends its source, its waits and its requests where no more results are wanted", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 200, doneAt: (index) => (index === 5 ? 0 : Infinity), latency: "10 millis" })
      let ended = false
      const source = Stream.ensuring(
        Stream.concat(Stream.fromIterable(server.names), Stream.never),
        Effect.sync(() => {
          ended = true
        })
      )
      const fiber = yield* Bulk.await(source, { listFrom: Infinity }).pipe(
        Stream.take(1),
        Stream.runCollect,
        Effect.provide(server.layer),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(Chunk.size(yield* Fiber.join(fiber)), 1)
      assert.isTrue(ended)
      const sent = server.requests.length
      yield* TestClock.adjust("1 day")
      assert.strictEqual(server.requests.length, sent)
    })
  )
})

describe("Bulk with a type", () => {
  it.effect("decodes what it emits", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 1, doneAt: () => 0 })
      const type = OperationType.make({ metadata: OperationType.anything, response: OperationType.anything })
      const all = <A, E>(results: Stream.Stream<A, E, Operations.Operations>) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.fork(Stream.runCollect(results).pipe(Effect.provide(server.layer)))
          yield* TestClock.adjust("1 minute")
          return Chunk.unsafeHead(yield* Fiber.join(fiber))
        })
      const { result: done } = yield* all(Bulk.await(server.names, { type }))
      const { result: outcome } = yield* all(Bulk.cancel(server.names, { type }))
      assert.deepStrictEqual(Either.map(done, OperationType.response), Either.right(Option.some({})))
      assert.deepStrictEqual(
        Either.map(outcome, ({ operation }) => OperationType.response(operation)),
        Either.right(Option.some({}))
      )
    })
  )
})

describe("Bulk whose requests are for many", () => {
  it.effect("names in each error the operation that it is about", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 30, fault: () => error("UNAVAILABLE", { method: "list" }) })
      const fiber = yield* Bulk.await(server.names, { failureBudget: 0 }).pipe(
        Stream.runCollect,
        Effect.provide(server.layer),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      for (const { name, result } of yield* Fiber.join(fiber)) {
        assert.isTrue(Either.isLeft(result) && result.left._tag === "Unavailable" && result.left.operation === name)
      }
    })
  )
})

describe("Bulk with an endless source", () => {
  const endless = () => {
    let taken = 0
    function* all() {
      for (;;) yield crowdName(taken++)
    }
    return {
      taken: () => taken,
      iterable: { [Symbol.iterator]: all },
      stream: Stream.repeatEffect(Effect.sync(() => crowdName(taken++))),
      chunks: Stream.repeatEffectChunk(Effect.sync(() => Chunk.makeBy(100, () => crowdName(taken++))))
    }
  }

  const sources = ["iterable", "stream", "chunks"] as const

  it.effect("takes in no more names than may be pending", () =>
    Effect.gen(function* () {
      for (const kind of sources) {
        for (const cancels of [false, true]) {
          const source = endless()
          const server = crowd({ size: 10_000, cancelLatency: () => Infinity })
          const options = { maxPending: 250 }
          const bulk = cancels
            ? Stream.runDrain(Bulk.cancel(source[kind], options))
            : Stream.runDrain(Bulk.await(source[kind], options))
          const fiber = yield* Effect.fork(Effect.provide(bulk, server.layer))
          yield* TestClock.adjust("10 seconds")
          // What a stream has in its chunk is taken out of the source and not begun with.
          assert.isTrue(source.taken() >= 250 && source.taken() <= 400, `${kind}: ${source.taken()}`)
          assert.isAtMost(server.count("cancel"), 250)
          yield* Fiber.interrupt(fiber)
        }
      }
    })
  )

  it.effect("takes in no more names than its reader keeps up with, and goes on when it does", () =>
    Effect.gen(function* () {
      for (const kind of sources) {
        for (const batched of [false, true]) {
          const source = endless()
          const server = crowd({ size: 100_000, doneAt: () => 0 })
          const operations = Operations.make({
            ...server.operations,
            batch: batched
              ? {
                  size: 50,
                  get: (names) => Effect.forEach(names, (name) => Effect.either(server.operations.get(name))),
                  cancel: (names) => Effect.forEach(names, (name) => Effect.either(server.operations.cancel(name)))
                }
              : undefined
          })
          let read = 0
          const fiber = yield* Bulk.cancel(source[kind], { maxUnread: 100, maxPending: 400, listFrom: Infinity }).pipe(
            Stream.rechunk(20),
            Stream.mapChunksEffect((chunk) => {
              read += Chunk.size(chunk)
              return Effect.delay(Effect.succeed(chunk), "1 minute")
            }),
            Stream.runDrain,
            Effect.provideService(Operations.Operations, operations),
            Effect.fork
          )
          // In hand, unread, and what a stream has taken out of its source; those that were pending may all be over at once.
          const most = 2 * (100 + 400) + 100
          yield* TestClock.adjust("10 seconds")
          assert.isAtMost(source.taken(), most, kind)
          yield* TestClock.adjust("2 hours")
          assert.isAtLeast(read, 2000)
          assert.isAtMost(source.taken() - read, most, kind)
          yield* Fiber.interrupt(fiber)
        }
      }
    })
  )
})
