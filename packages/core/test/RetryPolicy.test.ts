import * as RetryPolicy from "@effect-lro/core/RetryPolicy"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import { error } from "./fixtures/scripted.js"

const delays = (policy: RetryPolicy.RetryPolicy, failure: ReturnType<typeof error>) =>
  Effect.gen(function* () {
    const times: Array<number> = []
    const fiber = yield* Clock.currentTimeMillis.pipe(
      Effect.flatMap((now) => {
        times.push(now)
        return Effect.fail(failure)
      }),
      Effect.retry(policy),
      Effect.ignore,
      Effect.fork
    )
    yield* TestClock.adjust("1 day")
    yield* Fiber.join(fiber)
    return times.slice(1).map((at, index) => at - (times[index] ?? 0))
  })

describe("RetryPolicy", () => {
  it.effect("draws each delay between nothing and a length that doubles up to the longest", () =>
    Effect.gen(function* () {
      const limits = [500, 1000, 2000, 4000, 4000, 4000]
      const drawn = yield* Effect.replicateEffect(
        delays(RetryPolicy.exponential({ retries: 6, max: "4 seconds" }), error("UNAVAILABLE")),
        40
      )
      for (const run of drawn) {
        assert.strictEqual(run.length, 6)
        run.forEach((delay, index) => assert.isAtMost(delay, limits[index] ?? 0))
      }
      const longest = limits.map((_, index) => Math.max(...drawn.map((run) => run[index] ?? 0)))
      longest.forEach((delay, index) => assert.isAtLeast(delay, (limits[index] ?? 0) / 2))
    })
  )

  it.effect("never comes back before the server asks for", () =>
    Effect.gen(function* () {
      const run = yield* delays(RetryPolicy.default, error("UNAVAILABLE", { retryAfter: "1 minute" }))
      assert.deepStrictEqual(run, [60_000, 60_000, 60_000, 60_000, 60_000])
    })
  )

  it.effect("makes advice a lower bound of any schedule, and ends it at what no repetition cures", () =>
    Effect.gen(function* () {
      const mine = RetryPolicy.whileRetryable(RetryPolicy.respectingAdvice(Schedule.fromDelays("1 second", "1 hour")))
      assert.deepStrictEqual(yield* delays(mine, error("UNAVAILABLE", { retryAfter: "1 minute" })), [60_000, 3_600_000])
      assert.deepStrictEqual(yield* delays(mine, error("INVALID_ARGUMENT")), [])
      assert.deepStrictEqual(yield* delays(RetryPolicy.none, error("UNAVAILABLE")), [])
    })
  )
})
