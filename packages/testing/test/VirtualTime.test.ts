import * as Poller from "@effect-lro/core/Poller"
import * as Script from "@effect-lro/testing/Script"
import * as TestOperations from "@effect-lro/testing/TestOperations"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"

const name = "projects/demo/operations/A"

describe("toEnd", () => {
  it.effect("moves the TestClock as far as the program needs, and no further", () =>
    Effect.gen(function* () {
      const { exit, took } = yield* VirtualTime.toEnd(Poller.awaitDone(name))
      assert.strictEqual(Exit.isSuccess(exit) && exit.value._tag, "Succeeded")
      const looks = yield* TestOperations.lookTimes(name)
      assert.strictEqual(Duration.toMillis(took), looks.at(-1))
      assert.strictEqual(yield* Clock.currentTimeMillis, looks.at(-1))
      assert.isAtLeast(Duration.toMillis(took), 600_000)
    }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.completes({ after: "10 minutes" }) })))
  )

  it.effect("moves what else waits for this clock, in its order", () =>
    Effect.gen(function* () {
      const ticks = yield* Ref.make<ReadonlyArray<number>>([])
      const tick = Effect.delay(
        Effect.flatMap(Clock.currentTimeMillis, (now) => Ref.update(ticks, (all) => [...all, now])),
        "1 second"
      )
      const other = yield* Effect.fork(Effect.forever(tick))
      const { took } = yield* VirtualTime.toEnd(Effect.sleep("3500 millis"))
      assert.deepStrictEqual(yield* Ref.get(ticks), [1000, 2000, 3000])
      assert.strictEqual(Duration.toMillis(took), 3500)
      yield* Fiber.interrupt(other)
    })
  )

  it.effect("tells a failure as it is", () =>
    Effect.gen(function* () {
      const { exit, took } = yield* VirtualTime.toEnd(Effect.delay(Effect.fail("no"), "2 hours"))
      assert.deepStrictEqual([exit, Duration.toHours(took)], [Exit.fail("no"), 2])
    })
  )

  it.effect("dies where no time brings the end, and interrupts the program", () =>
    Effect.gen(function* () {
      const interrupted = yield* Deferred.make<void>()
      const stuck = Effect.onInterrupt(Effect.delay(Effect.never, "1 hour"), () =>
        Deferred.succeed(interrupted, undefined)
      )
      const exit = yield* Effect.exit(VirtualTime.toEnd(stuck))
      assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Die")
      assert.isTrue(yield* Deferred.isDone(interrupted))
    })
  )
})

describe("run", () => {
  it.live("passes days at once, by the clock of the effect", () =>
    Effect.gen(function* () {
      const before = yield* Clock.currentTimeMillis
      const [took] = yield* VirtualTime.run(Effect.timed(Effect.sleep("100 days")))
      assert.strictEqual(Duration.toDays(took), 100)
      assert.isBelow((yield* Clock.currentTimeMillis) - before, 24 * 3_600_000)
    })
  )

  it.live("wakes sleepers in the order of their times, after everything that is to be done before", () =>
    VirtualTime.run(
      Effect.gen(function* () {
        const seen: Array<string> = []
        const note = (what: string) => Effect.map(Clock.currentTimeMillis, (now) => void seen.push(`${now} ${what}`))
        const busy = Effect.forEach(Array.from({ length: 100 }), () => Effect.yieldNow(), { discard: true })
        yield* Effect.all(
          [
            Effect.delay(note("late"), "3 seconds"),
            Effect.zipRight(busy, note("busy")),
            Effect.zipRight(Effect.delay(busy, "1 second"), note("early and busy")),
            Effect.delay(note("between"), "2 seconds")
          ],
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(seen, ["0 busy", "1000 early and busy", "2000 between", "3000 late"])
      })
    )
  )

  it.live("does not wake who was interrupted", () =>
    VirtualTime.run(
      Effect.gen(function* () {
        const sleeper = yield* Effect.fork(Effect.sleep("1 hour"))
        yield* Effect.sleep("1 second")
        yield* Fiber.interrupt(sleeper)
        yield* Effect.sleep("1 second")
        assert.strictEqual(yield* Clock.currentTimeMillis, 2000)
      })
    )
  )
})
