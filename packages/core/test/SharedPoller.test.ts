import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Poller from "@effect-lro/core/Poller"
import * as SharedPoller from "@effect-lro/core/SharedPoller"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { crowd, crowdName } from "./fixtures/crowd.js"
import { type Answer, ended, error, lost, name, running, scripted, succeeded } from "./fixtures/scripted.js"

const exactly: SharedPoller.Options = { window: 0, listFrom: Infinity }

const sharing = (server: { readonly layer: ReturnType<typeof crowd>["layer"] }, options?: SharedPoller.Options) =>
  SharedPoller.layer(options).pipe(Layer.provide(server.layer))

describe("SharedPoller", () => {
  it.effect("answers what is due together by pages of a list", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 1000, doneAt: (index) => (index % 10) * 1000 })
      const fiber = yield* Effect.forEach(server.names, (each) => SharedPoller.awaitDone(each), {
        concurrency: "unbounded"
      }).pipe(Effect.provide(sharing(server)), Effect.fork)
      yield* TestClock.adjust("1 minute")
      const done = yield* Fiber.join(fiber)
      assert.strictEqual(done.filter((operation) => operation._tag === "Succeeded").length, 1000)
      assert.strictEqual(server.count("get"), 0)
      assert.isAtMost(server.count("list"), 2 * 10)
    })
  )

  it.effect("brings waits that began at different times together, and looks at none of them later than it should", () =>
    Effect.gen(function* () {
      const lag = Array.from({ length: 300 }, () => 0)
      const doneAt = (index: number) => 500 + ((index * 7919) % 9500)
      const server = crowd({ size: 300, doneAt })
      const fiber = yield* Effect.forEach(
        server.names,
        (each, index) =>
          Effect.sleep(index * 10).pipe(
            Effect.zipRight(SharedPoller.awaitDone(each, { schedule: Schedule.spaced("1 second") })),
            Effect.zipRight(Effect.clock),
            Effect.map((clock) => {
              lag[index] = clock.unsafeCurrentTimeMillis() - Math.max(doneAt(index), index * 10)
            })
          ),
        { concurrency: "unbounded", discard: true }
      ).pipe(Effect.provide(sharing(server)), Effect.fork)
      yield* TestClock.adjust("30 seconds")
      yield* Fiber.join(fiber)
      assert.isAtMost(Math.max(...lag), 1011)
      // A sweep a second while there are many, and a look each for the last few.
      assert.isAtMost(server.requests.filter(([, at]) => at > 4000).length, 30)
    })
  )

  it.effect("asks for pages with the mask it is given, and for single operations without", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 30, doneAt: () => 0, hidden: (index) => index === 0 })
      const masks: Array<string | undefined> = []
      const noting = {
        ...server.operations,
        listPage: (request: Operations.ListRequest) => {
          masks.push(request.fields)
          return server.operations.listPage(request)
        }
      }
      const fields = "operations(name,done,error),nextPageToken"
      const poller = yield* SharedPoller.make(noting, { fields })
      const fiber = yield* Effect.fork(
        Effect.forEach(server.names, (each) => poller.awaitDone(each), { concurrency: 30 })
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(masks, [fields])
      assert.strictEqual(server.count("get"), 1)
    }).pipe(Effect.scoped)
  )

  it.effect("looks at few of them one by one, never more at once than it may", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 60, doneAt: () => 1000, latency: "10 millis" })
      const fiber = yield* Effect.forEach(server.names, (each) => SharedPoller.awaitDone(each), {
        concurrency: "unbounded"
      }).pipe(Effect.provide(sharing(server, { listFrom: Infinity, concurrency: 16 })), Effect.fork)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.strictEqual(server.count("list"), 0)
      assert.strictEqual(server.most(), 16)
    })
  )

  it.effect("one slow page delays nobody's deadline", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 100, pageLatency: "1 hour" })
      const timeouts = server.names.map((_, index) => 1000 + index * 10)
      const ends: Array<number> = []
      const fiber = yield* Effect.forEach(
        server.names,
        (each, index) =>
          SharedPoller.awaitDone(each, { timeout: timeouts[index] ?? 0 }).pipe(
            Effect.flip,
            Effect.zipLeft(
              Effect.map(Effect.clock, (clock) => ends.push(clock.unsafeCurrentTimeMillis() - (timeouts[index] ?? 0)))
            )
          ),
        { concurrency: "unbounded" }
      ).pipe(Effect.provide(sharing(server, { window: 5 })), Effect.fork)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).length, 100)
      for (const late of ends) assert.isTrue(late >= 0 && late <= 10, String(late))
    })
  )

  it.effect("gets what a list does not show, and lists no more where it cannot", () =>
    Effect.gen(function* () {
      const hiding = crowd({ size: 100, doneAt: () => 0, hidden: (index) => index % 10 === 0 })
      const all = (server: typeof hiding) =>
        Effect.forEach(server.names, (each) => SharedPoller.awaitDone(each), { concurrency: "unbounded" }).pipe(
          Effect.provide(sharing(server))
        )
      const first = yield* Effect.fork(all(hiding))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(first)
      assert.deepStrictEqual([hiding.count("list"), hiding.count("get")], [1, 10])
      const unlistable = crowd({ size: 100, doneAt: () => 1500, listable: false })
      const second = yield* Effect.fork(all(unlistable))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(second)
      assert.strictEqual(unlistable.count("list"), 1)
      assert.isAtLeast(unlistable.count("get"), 200)
    })
  )

  it.effect("remembers a thousand parents that cannot be listed, and no more", () =>
    Effect.gen(function* () {
      const lists: Array<string> = []
      const over = (name: string) => Effect.succeed(Operation.succeeded({ name, response: {} }))
      const operations = Operations.make({
        get: over,
        listPage: ({ name }) => {
          lists.push(name)
          return Effect.fail(error("UNIMPLEMENTED", { method: "list" }))
        },
        cancel: () => Effect.void,
        delete: () => Effect.void,
        wait: over
      })
      const look = (index: number) =>
        Effect.gen(function* () {
          const names = [1, 2].map((id) => `projects/${index}/operations/${id}`)
          const fiber = yield* Effect.fork(
            Effect.forEach(names, (name) => SharedPoller.awaitDone(name), { concurrency: "unbounded" })
          )
          yield* TestClock.adjust("1 second")
          yield* Fiber.join(fiber)
        })
      yield* Effect.gen(function* () {
        for (let index = 0; index < 1000; index++) yield* look(index)
        yield* look(0)
        assert.strictEqual(lists.length, 1000)
        yield* look(1000)
        yield* look(999)
        assert.strictEqual(lists.length, 1001)
        yield* look(0)
        assert.strictEqual(lists.length, 1002)
      }).pipe(
        Effect.provide(
          SharedPoller.layer({ listFrom: 2 }).pipe(Layer.provide(Layer.succeed(Operations.Operations, operations)))
        )
      )
    })
  )

  it.effect("does not read a long history for a few pending ones", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 50_000, doneAt: (index) => (index < 49_970 ? 0 : 1000) })
      const pending = server.names.slice(-30)
      const fiber = yield* Effect.forEach(pending, (each) => SharedPoller.awaitDone(each), {
        concurrency: "unbounded"
      }).pipe(Effect.provide(sharing(server)), Effect.fork)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.isAtMost(server.count("list"), 3 * 3)
    })
  )

  it.effect("a rate limit holds back all looks, and no timeout", () =>
    Effect.gen(function* () {
      const server = crowd({
        size: 10,
        doneAt: () => 5000,
        fault: (_, count) => (count === 12 ? error("RESOURCE_EXHAUSTED", { retryAfter: "20 seconds" }) : undefined)
      })
      const fiber = yield* Effect.forEach(
        server.names,
        (each, index) =>
          Effect.either(
            SharedPoller.awaitDone(each, {
              schedule: Schedule.spaced("1 second"),
              timeout: index === 0 ? "10 seconds" : "1 hour"
            })
          ),
        { concurrency: "unbounded" }
      ).pipe(Effect.provide(sharing(server, { window: 0, listFrom: Infinity, concurrency: 1 })), Effect.fork)
      yield* TestClock.adjust("1 minute")
      const results = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        results.map(Either.isRight),
        results.map((_, index) => index !== 0)
      )
      const times = server.requests.map(([, at]) => at)
      assert.isTrue(
        times.every((at) => at <= 1000 || at >= 21_000),
        times.join()
      )
    })
  )

  it.effect("an interrupted wait leaves nothing behind", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 50 })
      yield* Effect.gen(function* () {
        const poller = yield* SharedPoller.SharedPoller
        const fibers = yield* Effect.forEach(server.names, (each) => Effect.fork(poller.awaitDone(each)))
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(yield* poller.size, 50)
        const sent = server.requests.length
        yield* Fiber.interruptAll(fibers)
        assert.strictEqual(yield* poller.size, 0)
        yield* TestClock.adjust("1 day")
        assert.strictEqual(server.requests.length, sent)
      }).pipe(Effect.provide(sharing(server)))
    })
  )

  it.effect("answers several waits for the same operation with one look of a list", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 1, doneAt: () => 600 })
      const fiber = yield* Effect.replicateEffect(SharedPoller.awaitDone(crowdName(0)), 100, {
        concurrency: "unbounded"
      }).pipe(Effect.provide(sharing(server)), Effect.fork)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).length, 100)
      assert.isAtMost(server.requests.length, 3)
    })
  )

  it.effect("answers waits for the same operation each when it is due, also where another has ended by then", () =>
    Effect.gen(function* () {
      const server = crowd({ size: 30, doneAt: () => 2000 })
      const poller = yield* SharedPoller.make(server.operations)
      const spaced = (each: string, every: number, timeout?: number) =>
        Effect.either(poller.awaitDone(each, { schedule: Schedule.spaced(every), timeout }))
      const fiber = yield* Effect.fork(
        Effect.all(
          [
            ...server.names.map((each) => spaced(each, 500)),
            spaced(crowdName(0), 60_000),
            spaced(crowdName(0), 700),
            spaced(crowdName(1), 500, 1200)
          ],
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("2 minutes")
      const tags = (yield* Fiber.join(fiber)).map((end) => Either.merge(end)._tag)
      assert.deepStrictEqual(tags, [...server.names.map(() => "Succeeded"), "Succeeded", "Succeeded", "StillRunning"])
      assert.strictEqual(yield* poller.size, 0)
    }).pipe(Effect.scoped)
  )

  it("ends each wait as a poller of its own would, with looks at the same times", async () => {
    const answer: FastCheck.Arbitrary<readonly [string, Answer]> = FastCheck.constantFrom(
      ["running", running()] as const,
      ["running", running()] as const,
      ["unavailable", Effect.fail(error("UNAVAILABLE"))] as const,
      ["lost", Effect.fail(lost())] as const,
      ["later", Effect.fail(error("UNAVAILABLE", { retryAfter: "3 seconds" }))] as const,
      ["denied", Effect.fail(error("PERMISSION_DENIED"))] as const,
      ["gone", Effect.fail(error("NOT_FOUND"))] as const,
      ["succeeded", succeeded] as const,
      ["cancelled", ended("CANCELLED")] as const
    )
    const life = FastCheck.record({
      script: FastCheck.array(answer, { minLength: 1, maxLength: 12 }),
      failureBudget: FastCheck.integer({ min: 0, max: 3 }),
      timeout: FastCheck.option(FastCheck.integer({ min: 1, max: 20_000 }), { nil: undefined })
    })
    const ends = new Map<string, number>()
    await FastCheck.assert(
      FastCheck.asyncProperty(life, async ({ failureBudget, script, timeout }) => {
        const looks = [...script.map(([, each]) => each), succeeded]
        const told = (wait: Effect.Effect<unknown, { readonly _tag: string }>) =>
          Effect.gen(function* () {
            const fiber = yield* Effect.fork(Effect.either(wait))
            yield* TestClock.adjust("1 hour")
            const exit = yield* Fiber.poll(fiber)
            return Option.isNone(exit) ? "nothing" : yield* Fiber.join(fiber)
          }).pipe(Effect.provide(TestContext.TestContext), Effect.runPromise)
        const options = { failureBudget, timeout }
        const own = scripted({ looks })
        const shared = scripted({ looks })
        const expected = await told(Poller.awaitDone(name, options).pipe(Effect.provide(own.layer)))
        const actual = await told(
          SharedPoller.awaitDone(name, options).pipe(Effect.provide(sharing(shared, exactly)), Effect.scoped)
        )
        assert.deepStrictEqual(JSON.stringify(actual), JSON.stringify(expected))
        assert.deepStrictEqual(shared.requests, own.requests)
        const tag = typeof expected === "string" ? expected : tagOf(Either.merge(expected))
        ends.set(tag, (ends.get(tag) ?? 0) + 1)
      }),
      { numRuns: 100 }
    )
    console.log("ends:", Object.fromEntries(ends))
    assert.isAtLeast(ends.size, 4)
  })
})

const tagOf = (value: unknown): string =>
  typeof value === "object" && value !== null && "_tag" in value ? String(value._tag) : "?"
