/**
 * Time that passes as fast as a program can use it, so that a test of hours takes milliseconds and need not know how many
 * hours they are.
 *
 * For what happens in memory: a socket is overtaken by such a time, and its timeouts are over before it has answered.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as internal from "./internal/ownClock.js"

/**
 * How a program ended, and how long it took by its clock.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ended<out A, out E> {
  readonly exit: Exit.Exit<A, E>
  readonly took: Duration.Duration
}

/**
 * Runs a program to its end, moving the `TestClock` from one sleeper to the next. Everything else that waits for this clock
 * moves with it.
 *
 * Dies with a sentence where the program waits for what no time will bring, and interrupts it. A `TestClock` takes some
 * milliseconds for each sleeper; where there are thousands take {@link run}.
 *
 * @since 0.1.0
 * @category runners
 * @example
 * ```ts
 * import * as Poller from "@effect-lro/core/Poller"
 * import * as Script from "@effect-lro/testing/Script"
 * import * as TestOperations from "@effect-lro/testing/TestOperations"
 * import * as VirtualTime from "@effect-lro/testing/VirtualTime"
 * import { assert, it } from "@effect/vitest"
 * import * as Duration from "effect/Duration"
 * import * as Effect from "effect/Effect"
 *
 * const name = "projects/demo/operations/EXPORT"
 *
 * it.effect("the end of an export is noticed within five seconds", () =>
 *   Effect.gen(function* () {
 *     const { took } = yield* VirtualTime.toEnd(Poller.awaitDone(name))
 *     assert.isTrue(Duration.between(took, { minimum: "10 minutes", maximum: "605 seconds" }))
 *   }).pipe(Effect.provide(TestOperations.layer({ [name]: Script.completes({ after: "10 minutes" }) })))
 * )
 * ```
 */
export const toEnd = <A, E, R>(program: Effect.Effect<A, E, R>): Effect.Effect<Ended<A, E>, never, R> =>
  Effect.scoped(
    Effect.gen(function* () {
      const began = yield* Clock.currentTimeMillis
      const fiber = yield* Effect.forkScoped(program)
      // Does not move the clock, but waits until nobody has anything to do, as does each move.
      yield* TestClock.adjust(0)
      while (true) {
        const exit = yield* Fiber.poll(fiber)
        const now = yield* Clock.currentTimeMillis
        if (Option.isSome(exit)) return { exit: exit.value, took: Duration.millis(now - began) }
        const next = Math.min(...Chunk.filter(yield* TestClock.sleeps(), (at) => at > now))
        if (next === Number.POSITIVE_INFINITY) {
          return yield* Effect.dieMessage("the program has not ended, and there is nothing that time could bring it")
        }
        yield* TestClock.setTime(next)
      }
    })
  )

/**
 * Runs an effect by a clock of its own that begins at 1970 and goes on to the next sleeper as soon as nothing else is to be
 * done. It needs no `TestClock` and is many times faster than one: for a battery, or thousands of generated cases.
 *
 * Layers that keep time have to be built within.
 *
 * @since 0.1.0
 * @category runners
 * @example
 * ```ts
 * import * as Battery from "@effect-lro/testing/Battery"
 * import * as ScriptedSubject from "@effect-lro/testing/ScriptedSubject"
 * import * as Subject from "@effect-lro/testing/Subject"
 * import * as VirtualTime from "@effect-lro/testing/VirtualTime"
 * import { describe, it } from "@effect/vitest"
 *
 * describe("scripted operations", () => {
 *   Battery.register((name, test) => it.live(name, () => VirtualTime.run(test())), {
 *     layer: ScriptedSubject.layer(),
 *     capabilities: Subject.everything
 *   })
 * })
 * ```
 */
export const run = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => Effect.withClock(effect, internal.make()))
