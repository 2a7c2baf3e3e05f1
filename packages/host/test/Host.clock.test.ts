import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as OperationStore from "@effect-lro/host/OperationStore"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { settled } from "./support/host.js"
import * as Processes from "./support/processes.js"

/** A wall clock that is set forward and back, over a monotonic one that knows nothing of it, as in any machine. */
interface Wall {
  readonly set: (by: Duration.DurationInput, back?: boolean) => void
  /** Lets time pass, on both clocks. */
  readonly pass: (time: Duration.DurationInput) => Effect.Effect<void>
}

const withWall = <A, E, R>(test: (wall: Wall) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.clock, (clock) => {
    // Far from 1970, so that it can be set back.
    let offset = 1_800_000_000_000
    const wall: Clock.Clock = {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + offset,
      currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + offset),
      unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
      currentTimeNanos: clock.currentTimeNanos,
      sleep: (duration) => clock.sleep(duration)
    }
    return Effect.withClock(
      test({
        set: (by, back = false) => {
          offset += Duration.toMillis(by) * (back ? -1 : 1)
        },
        pass: (time) => Effect.withClock(TestClock.adjust(time), clock)
      }),
      wall
    )
  })

const jumps = [{ back: false }, { back: true }]

const exists = (store: OperationStore.Service, name: string) => Effect.map(store.get(name), Option.isSome)

describe("a wall clock that is set two days forward or back", () => {
  it.effect.each(jumps)("ends no body, delay, wait or deadline early or late (back: $back)", ({ back }) =>
    withWall(({ pass, set }) =>
      Effect.gen(function* () {
        const host = yield* Processes.start(yield* OperationStore.makeMemory)
        const submit = (options: Partial<Host.Submission>) =>
          host.run(Host.submit({ body: () => Effect.sleep("1 minute"), ...options }))
        const works = yield* submit({})
        const waits = yield* submit({ startDelay: "30 seconds" })
        const expires = yield* submit({ timeout: "40 seconds" })
        const ends = yield* submit({ timeout: "61 seconds" })
        const tag = (name: string) => Effect.map(host.run(Operations.get(name)), ({ _tag }) => _tag)
        const waiting = yield* Effect.fork(host.run(Operations.wait(works.name, { timeout: "50 seconds" })))
        yield* pass("20 seconds")
        set("2 days", back)
        yield* pass("19 seconds")
        assert.strictEqual(yield* tag(expires.name), "Running")
        yield* pass("1 second")
        assert.strictEqual(yield* tag(expires.name), "Failed")
        yield* pass("9 seconds")
        assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
        yield* pass("1 second")
        assert.strictEqual((yield* Fiber.join(waiting))._tag, "Running")
        yield* pass("10 seconds")
        assert.deepStrictEqual(
          [yield* tag(works.name), yield* tag(ends.name), yield* tag(waits.name)],
          ["Succeeded", "Succeeded", "Running"]
        )
        yield* pass("30 seconds")
        assert.strictEqual(yield* tag(waits.name), "Succeeded")
      })
    )
  )

  it.effect.each(jumps)("takes no time from an operation that is just being stored (back: $back)", ({ back }) =>
    withWall(({ pass, set }) =>
      Effect.gen(function* () {
        const store = yield* OperationStore.makeMemory
        const slow: OperationStore.Service = {
          ...store,
          create: (record) => Effect.tap(Effect.delay(store.create(record), "10 seconds"), () => set("2 days", back))
        }
        const host = yield* Processes.start(slow)
        const submit = (body: () => Effect.Effect<void>) =>
          Effect.fork(host.run(Host.submit({ body, timeout: "1 minute" })))
        const works = yield* submit(() => Effect.sleep("40 seconds"))
        yield* pass("10 seconds")
        const expires = yield* submit(() => Effect.never)
        yield* pass("40 seconds")
        const tag = (fiber: typeof works) =>
          Effect.flatMap(Fiber.join(fiber), ({ name }) =>
            Effect.map(host.run(Operations.get(name)), ({ _tag }) => _tag)
          )
        assert.strictEqual(yield* tag(works), "Succeeded")
        // It is a minute from when it was asked for, not from when it was stored.
        yield* pass("19 seconds")
        assert.strictEqual(yield* tag(expires), "Running")
        yield* pass("1 second")
        assert.strictEqual(yield* tag(expires), "Failed")
      })
    )
  )

  it.effect.each(jumps)("removes no record before its time (back: $back)", ({ back }) =>
    withWall(({ pass, set }) =>
      Effect.gen(function* () {
        const store = yield* OperationStore.makeMemory
        const host = yield* Processes.start(store, undefined, {
          retention: "10 minutes",
          pollInterval: Duration.infinity
        })
        const before = yield* host.run(Host.submit({ body: () => Effect.void }))
        yield* pass("5 minutes")
        set("2 days", back)
        const during = yield* host.run(Host.submit({ body: () => Effect.void }))
        yield* pass("4 minutes")
        assert.isTrue(yield* exists(store, before.name))
        set("2 days", !back)
        yield* pass("2 minutes")
        assert.isFalse(yield* exists(store, before.name))
        assert.isTrue(yield* exists(store, during.name))
        yield* pass("3 minutes")
        assert.isTrue(yield* exists(store, during.name))
        yield* pass("6 minutes")
        // What ended while the clock was ahead is kept for longer, and never too short.
        assert.strictEqual(yield* exists(store, during.name), !back)
      })
    )
  )

  it.effect("leaves the times of a record in their order, and in its end those of the wall clock", () =>
    withWall(({ pass, set }) =>
      Effect.gen(function* () {
        const store = yield* OperationStore.makeMemory
        const host = yield* Processes.start(store)
        const { name } = yield* host.run(Host.submit({ body: () => Effect.sleep("1 minute") }))
        yield* settled
        set("2 days", true)
        yield* pass("30 seconds")
        yield* host.run(Operations.cancel(name))
        yield* settled
        const record = Option.getOrThrow(yield* store.get(name))
        const times = [Option.some(record.createTime), record.startTime, record.cancelRequestTime, record.endTime].map(
          (time) => DateTime.toEpochMillis(Option.getOrThrow(time))
        )
        assert.deepStrictEqual(
          times,
          [...times].sort((a, b) => a - b)
        )
      })
    )
  )

  it.effect("gives an operation no more time than it had when it was set back while no host ran", () =>
    withWall(({ pass, set }) =>
      Effect.gen(function* () {
        const store = yield* OperationStore.makeMemory
        const first = yield* Processes.start(store)
        const { name } = yield* first.run(
          Host.submit({ startDelay: "1 day", timeout: "1 minute", body: () => Effect.void })
        )
        yield* first.stop
        set("2 days", true)
        // A function ends with its process; its deadline is what is looked at here.
        const record = Option.getOrThrow(yield* store.get(name))
        yield* store.compareAndSet(record, { ...record, version: 2, payload: Option.some({}), type: Option.some("x") })
        const second = yield* Processes.start(store)
        yield* second.run(
          Effect.flatMap(Host.Host, (host) =>
            Effect.scoped(
              Effect.zipRight(
                host.register({
                  type: "x",
                  recovery: "rerun",
                  maxAttempts: 1,
                  restart: Schedule.stop,
                  body: () => Effect.interruptible(Effect.never)
                }),
                pass("61 seconds")
              )
            )
          )
        )
        assert.strictEqual(Option.getOrThrow(yield* store.get(name)).state, "FAILED")
      })
    )
  )
})
