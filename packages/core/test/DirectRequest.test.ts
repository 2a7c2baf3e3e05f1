import * as Bulk from "@effect-lro/core/Bulk"
import * as Coalescing from "@effect-lro/core/Coalescing"
import * as DirectRequest from "@effect-lro/core/DirectRequest"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as RateLimited from "@effect-lro/core/RateLimited"
import * as Retrying from "@effect-lro/core/Retrying"
import * as SharedPoller from "@effect-lro/core/SharedPoller"
import * as Telemetry from "@effect-lro/core/Telemetry"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { crowd, crowdName } from "./fixtures/crowd.js"
import { direct } from "./fixtures/direct.js"
import { error, lost } from "./fixtures/scripted.js"

const alone = { listFrom: Infinity }

// Without the jitter of the default, so that two runs can be compared.
const retry = Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(3))

describe("DirectRequest", () => {
  it.effect("is lost where a method is wrapped, so that no transformer is gone around", () =>
    Effect.gen(function* () {
      const { operations } = direct(crowd({ size: 1 }).operations)
      const has = <A>(method: DirectRequest.Method<A>) => Effect.map(DirectRequest.of(method), Option.isSome)
      assert.isTrue(yield* has(operations.get))
      assert.isTrue(yield* has(Operations.make(operations).cancel))
      const transformed: ReadonlyArray<Operations.Service> = [
        Operations.around(operations, (request) => request),
        Retrying.make(operations),
        yield* RateLimited.make(operations, { limit: 1000 }),
        Telemetry.traced(operations),
        Telemetry.measured(operations)
      ]
      for (const { cancel, get } of transformed) {
        assert.isFalse(yield* has(get))
        assert.isFalse(yield* has(cancel))
      }
      assert.isFalse(yield* has((yield* Coalescing.make(operations)).get))
      const overridden = Operations.make({ ...operations, get: (name) => operations.get(name) })
      assert.deepStrictEqual([yield* has(overridden.get), yield* has(overridden.cancel)], [false, true])
    }).pipe(Effect.scoped)
  )

  it.effect("is what a bulk and a shared poller send, and retries go the ordinary way", () =>
    Effect.gen(function* () {
      const server = crowd({
        size: 10,
        cancelLatency: () => 700,
        fault: (method, count) => (count === 1 ? error("UNAVAILABLE", { method }) : undefined)
      })
      const { operations, sent } = direct(server.operations)
      const fiber = yield* Bulk.cancel(server.names, alone).pipe(
        Bulk.summarize,
        Effect.provideService(Operations.Operations, operations),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).ends, { Cancelled: 10 })
      assert.strictEqual(sent.filter(([method]) => method === "cancel").length, 10)
      assert.strictEqual(server.count("cancel"), 11)
      assert.strictEqual(sent.filter(([method]) => method === "get").length, server.count("get"))
      const poller = yield* SharedPoller.make(operations, alone)
      const before = sent.length
      assert.strictEqual((yield* poller.awaitDone(crowdName(3)))._tag, "Cancelled")
      assert.strictEqual(sent.length, before + 1)
    }).pipe(Effect.scoped)
  )

  it.effect("is abandoned at the end of the scope and, where it is a cancel, at the deadline", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 5, latency: "1 hour" })
      const ended = direct(server.operations)
      const interrupted = yield* Bulk.cancel(server.names).pipe(
        Bulk.summarize,
        Effect.provideService(Operations.Operations, ended.operations),
        Effect.fork
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(interrupted)
      assert.deepStrictEqual([ended.sent.length, ended.abandoned()], [5, 5])
      const late = direct(server.operations)
      const fiber = yield* Bulk.cancel(server.names, { timeout: "3 seconds", concurrency: 2 }).pipe(
        Bulk.summarize,
        Effect.provideService(Operations.Operations, late.operations),
        Effect.fork
      )
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).ends, { TransportError: 5 })
      assert.deepStrictEqual([late.sent.length, late.abandoned()], [5, 5])
    })
  )

  it.effect("may call back before it returns, as often as there are names", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 0 })
      const now = <A>(answer: (name: string) => A) =>
        DirectRequest.make(
          (name) => Effect.sync(() => answer(name)),
          Effect.succeedSome((name: string, callback: (exit: Exit.Exit<A>) => void) => {
            callback(Exit.succeed(answer(name)))
            return () => {}
          })
        )
      const operations = Operations.make({
        ...server.operations,
        get: now((name): Operation.Operation => Operation.succeeded({ name, response: {} })),
        cancel: now(() => undefined)
      })
      const names = Array.from({ length: 50_000 }, (_, index) => crowdName(index))
      for (const bulk of [Bulk.summarize(Bulk.await(names, alone)), Bulk.summarize(Bulk.cancel(names, alone))]) {
        const fiber = yield* Effect.fork(bulk).pipe(Effect.provideService(Operations.Operations, operations))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* Fiber.join(fiber)).confirmed, 50_000)
      }
    })
  )

  it("gives a bulk the same ends as the ordinary form, after the same requests", async () => {
    const fault = FastCheck.constantFrom(
      ...Array.from({ length: 6 }, () => "none" as const),
      "unavailable" as const,
      "later" as const,
      "lost" as const,
      "denied" as const,
      "gone" as const,
      "precondition" as const
    )
    const world = FastCheck.record({
      size: FastCheck.integer({ min: 1, max: 6 }),
      faults: FastCheck.array(fault, { minLength: 1, maxLength: 60 }),
      latency: FastCheck.constantFrom(0, 40, 1500),
      cancelLatency: FastCheck.constantFrom(0, 300, 4000),
      timeout: FastCheck.constantFrom(1000, 20_000),
      concurrency: FastCheck.constantFrom(1, 3, 64),
      listFrom: FastCheck.constantFrom(4, Infinity),
      cancels: FastCheck.boolean()
    })
    const tags = new Map<string, number>()
    await FastCheck.assert(
      FastCheck.asyncProperty(world, async (it) => {
        const play = async (isDirect: boolean) => {
          const server = crowd({
            size: it.size,
            latency: it.latency,
            doneAt: (index) => (index % 3 === 0 ? 2500 : Infinity),
            cancelLatency: () => it.cancelLatency,
            fault: (method, count) => {
              switch (it.faults[count % it.faults.length]) {
                case "unavailable":
                  return error("UNAVAILABLE", { method })
                case "later":
                  return error("RESOURCE_EXHAUSTED", { method, retryAfter: "2 seconds" })
                case "lost":
                  return lost(method)
                case "denied":
                  return error("PERMISSION_DENIED", { method })
                case "gone":
                  return error("NOT_FOUND", { method })
                case "precondition":
                  return error("FAILED_PRECONDITION", { method })
                default:
                  return undefined
              }
            }
          })
          const operations = isDirect ? direct(server.operations).operations : server.operations
          const bulk: Stream.Stream<Bulk.Result<{ readonly _tag: string }>, never, Operations.Operations> = it.cancels
            ? Bulk.cancel(server.names, { ...it, retry })
            : Bulk.await(server.names, it)
          const results = await Effect.gen(function* () {
            const fiber = yield* Effect.fork(Stream.runCollect(bulk))
            yield* TestClock.adjust("10 minutes")
            return yield* Fiber.join(fiber)
          }).pipe(
            Effect.provideService(Operations.Operations, operations),
            Effect.provide(TestContext.TestContext),
            Effect.runPromise
          )
          const ends = Chunk.toReadonlyArray(results).map(({ name, result }) => [name, Either.merge(result)._tag])
          return { ends, requests: server.requests }
        }
        const [ordinary, directly] = [await play(false), await play(true)]
        assert.deepStrictEqual(directly, ordinary)
        for (const [, tag = ""] of ordinary.ends) tags.set(tag, (tags.get(tag) ?? 0) + 1)
      }),
      { numRuns: process.env["EFFECT_LRO_LONG"] === "1" ? 1000 : 25 }
    )
    console.log("ends:", Object.fromEntries(tags))
    assert.isAtLeast(tags.size, 4)
  }, 600_000)
})
