import * as Operation from "@effect-lro/core/Operation"
import * as FakeOperations from "@effect-lro/test-support/FakeOperations"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import * as TestClock from "effect/TestClock"
import * as SharedReads from "../src/internal/sharedReads.js"
import { serve } from "./fixtures/Ask.js"

const p = "projects/p/operations"

const limits = { maxReadsPerSecond: 20 }

/** A service whose reads take a while, and that notes when each began. */
const slow = (millis: number) => {
  const fake = FakeOperations.make([`${p}/a`, `${p}/b`])
  const reads: Array<number> = []
  const get = (name: string) =>
    Effect.gen(function* () {
      reads.push(yield* Clock.currentTimeMillis)
      const answer = yield* Effect.either(fake.service.get(name))
      yield* Effect.sleep(millis)
      return yield* answer
    })
  return { ...fake, reads, service: { ...fake.service, get } }
}

describe("Reads of one operation", () => {
  for (const latency of [3, 200]) {
    it.effect(`that take ${latency} ms are at most 20 in any second, though a thousand are asked for`, () =>
      Effect.gen(function* () {
        const fake = slow(latency)
        const { ask } = yield* serve({ limits }, fake)
        let answered = 0
        // Each asks ten times a second, at times of its own.
        const poller = (index: number) =>
          ask(`GET /v1/${p}/a`).pipe(
            Effect.tap(({ status }) => Effect.sync(() => assert.strictEqual(status, 200))),
            Effect.tap(() => Effect.sync(() => answered++)),
            Effect.zipRight(Effect.sleep("100 millis")),
            Effect.forever,
            Effect.delay(index)
          )
        const fibers = yield* Effect.forEach(
          Array.from({ length: 100 }, (_, i) => i),
          (i) => Effect.fork(poller(i))
        )
        for (let i = 0; i < 130; i++) yield* TestClock.adjust("10 millis")
        yield* Fiber.interruptAll(fibers)
        assert.isAbove(answered, latency < 100 ? 500 : 250)
        for (const at of fake.reads) {
          const inSecond = fake.reads.filter((other) => other >= at && other < at + 1000)
          assert.isAtMost(inSecond.length, 20)
        }
        assert.isAbove(fake.reads.length, 20)
      })
    )
  }

  it.effect("see whatever was written before they were asked for, also where a read is under way", () =>
    Effect.gen(function* () {
      const fake = slow(50)
      const { ask } = yield* serve({ limits }, fake)
      let version = 0
      let stale = 0
      const reader = Effect.gen(function* () {
        const known = version
        const answer = yield* ask(`GET /v1/${p}/a`)
        const read = (answer.json as { metadata?: { version: number } }).metadata?.version ?? 0
        if (read < known) stale++
      })
      const fibers: Array<Fiber.RuntimeFiber<void>> = []
      for (let i = 0; i < 300; i++) {
        version++
        fake.store.set(
          `${p}/a`,
          Operation.running({ name: `${p}/a`, metadata: { "@type": "type.googleapis.com/x.Y", version } })
        )
        fibers.push(yield* Effect.fork(reader))
        fibers.push(yield* Effect.fork(reader))
        yield* TestClock.adjust(7)
      }
      yield* TestClock.adjust("1 second")
      yield* Fiber.joinAll(fibers)
      assert.strictEqual(stale, 0)
      assert.isBelow(fake.reads.length, 100)
    })
  )

  it.effect("are answered though whoever asked first went away, and fail for all who share them", () =>
    Effect.gen(function* () {
      const fake = slow(0)
      const { ask } = yield* serve({ limits: { maxReadsPerSecond: 2 } }, fake)
      yield* Effect.fork(ask(`GET /v1/${p}/none`))
      yield* TestClock.adjust(1)
      const first = yield* Effect.fork(ask(`GET /v1/${p}/none`))
      yield* TestClock.adjust(1)
      const second = yield* Effect.fork(ask(`GET /v1/${p}/none`))
      yield* TestClock.adjust(1)
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(second)).status, 404)
      assert.strictEqual(fake.reads.length, 2)
    })
  )

  it.effect("are answered wherever whoever asked first was interrupted", () =>
    Effect.gen(function* () {
      for (let steps = 1; steps <= 40; steps++) {
        const get = SharedReads.make((name) => Effect.succeed(Operation.running({ name })), 2)
        yield* get("a")
        let taken = 0
        const scheduler = Scheduler.make(
          (task, priority, fiber) => Scheduler.defaultScheduler.scheduleTask(task, priority, fiber),
          () => (++taken === steps ? 0 : false)
        )
        const first = yield* Effect.fork(Effect.withScheduler(get("a"), scheduler))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(first)
        const second = yield* Effect.fork(get("a"))
        yield* TestClock.adjust("2 seconds")
        assert.isNotNull(second.unsafePoll(), `after ${steps} steps`)
      }
    })
  )

  it.effect("of another operation do not wait for those of a popular one", () =>
    Effect.gen(function* () {
      const fake = slow(0)
      const { ask } = yield* serve({ limits }, fake)
      for (let i = 0; i < 50; i++) yield* Effect.fork(ask(`GET /v1/${p}/a`))
      const fiber = yield* Effect.fork(ask(`GET /v1/${p}/b`))
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
    })
  )
})
