import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { host, settled, state } from "./support/host.js"

/** The clock of a process, whose timers have 31 bits: what is to sleep longer never wakes up. */
const withTimers = <A, E, R>(
  test: (pass: (time: Duration.DurationInput) => Effect.Effect<void>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.clock, (clock) =>
    Effect.withClock(
      test((time) => Effect.withClock(TestClock.adjust(time), clock)),
      {
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis(),
        currentTimeMillis: clock.currentTimeMillis,
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
        currentTimeNanos: clock.currentTimeNanos,
        // The hourly look for records to remove only takes time here.
        sleep: (duration) =>
          Duration.toMillis(duration) > 2 ** 31 - 1 || Duration.equals(duration, Duration.hours(1))
            ? Effect.never
            : clock.sleep(duration)
      }
    )
  )

describe("a time of more than 24 days, which is more than a timer has", () => {
  it.effect("passes before a first attempt", () =>
    withTimers((pass) =>
      Effect.gen(function* () {
        const { name } = yield* Host.submit({ body: () => Effect.void, startDelay: "30 days" })
        yield* pass(Duration.subtract(Duration.days(30), Duration.millis(1)))
        assert.strictEqual(yield* state(name), "PENDING")
        yield* pass("1 millis")
        yield* settled
        assert.strictEqual(yield* state(name), "SUCCEEDED")
      }).pipe(host())
    )
  )

  it.effect("passes before another attempt", () =>
    withTimers((pass) =>
      Effect.gen(function* () {
        const { name } = yield* Host.submit({ body: (job) => (job.attempt === 1 ? Effect.fail("no") : Effect.void) })
        yield* pass("29 days")
        assert.strictEqual(yield* state(name), "PENDING")
        yield* pass("1 days")
        yield* settled
        assert.strictEqual(yield* state(name), "SUCCEEDED")
      }).pipe(host({ restart: Schedule.spaced("30 days") }))
    )
  )

  it.effect("passes before a cancel request takes effect, of what runs and of what waits", () =>
    withTimers((pass) =>
      Effect.gen(function* () {
        const runs = yield* Host.submit({ body: () => Effect.never })
        yield* settled
        yield* Operations.cancel(runs.name)
        const waits = yield* Host.submit({ body: () => Effect.never, startDelay: "60 days" })
        yield* Operations.cancel(waits.name)
        yield* pass("29 days")
        assert.strictEqual(yield* state(runs.name), "CANCELLING")
        yield* pass("1 days")
        yield* settled
        assert.strictEqual(yield* state(runs.name), "CANCELLED")
        assert.strictEqual(yield* state(waits.name), "CANCELLED")
      }).pipe(host({ cancelLatency: "30 days" }))
    )
  )

  it.effect("passes before the cleanup of a body is over", () =>
    withTimers((pass) =>
      Effect.gen(function* () {
        const { name } = yield* Host.submit({ body: () => Effect.uninterruptible(Effect.never) })
        yield* settled
        yield* Operations.cancel(name)
        yield* pass("29 days")
        assert.strictEqual(yield* state(name), "CANCELLING")
        yield* pass("1 days")
        yield* settled
        assert.strictEqual(yield* state(name), "CANCELLED")
      }).pipe(host({ cleanupTimeout: "30 days", cancelGrace: "28 days", shutdownTimeout: 0 }))
    )
  )

  it.effect("passes before a wait is over", () =>
    withTimers((pass) =>
      Effect.gen(function* () {
        const { name } = yield* Host.submit({ body: () => Effect.never })
        const waiting = yield* Effect.fork(Operations.wait(name, { timeout: "30 days" }))
        yield* settled
        yield* pass("30 days")
        yield* settled
        assert(waiting.unsafePoll() !== null)
        assert.strictEqual((yield* Fiber.join(waiting))._tag, "Running")
      }).pipe(host({ waitLimit: Duration.infinity }))
    )
  )
})
