/**
 * When to look at an operation again: an ordinary `Schedule`.
 *
 * It is one of three policies that are kept apart. Whether to look again after a look that failed is a budget of the
 * wait, and how long to wait in total is its timeout.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type * as Either from "effect/Either"
import * as Schedule from "effect/Schedule"
import * as Steady from "./internal/steady.js"
import type * as Operation from "./Operation.js"
import type { OperationsError } from "./OperationsError.js"

/**
 * What a schedule sees: an operation that still runs, or why it could not be looked at.
 *
 * @since 0.1.0
 * @category models
 */
export type Look = Either.Either<Operation.Running, OperationsError>

/**
 * Any schedule that can take a look as its input, so every schedule that ignores its input is one. The first look is made
 * at once; the schedule says how long to wait before each of the others, and its end ends the wait.
 *
 * @since 0.1.0
 * @category models
 */
export type PollSchedule = Schedule.Schedule<unknown, Look>

/**
 * Grows by `factor` from `initial`, then stays at `max`. It has neither jitter, so that a replay takes the same path,
 * nor an end.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as Poller from "@effect-lro/core/Poller"
 * import * as PollSchedule from "@effect-lro/core/PollSchedule"
 *
 * const patient = PollSchedule.capped({ initial: "5 seconds", factor: 2, max: "1 minute" })
 *
 * export const program = Poller.awaitDone("projects/demo/operations/ABC", { schedule: patient })
 * ```
 */
export const capped = (options: {
  readonly initial: Duration.DurationInput
  /** Defaults to 1.5. */
  readonly factor?: number | undefined
  readonly max: Duration.DurationInput
}): Schedule.Schedule<unknown> => {
  const { factor = 1.5, initial, max } = options
  const [first, longest] = [Duration.toMillis(initial), Duration.toMillis(max)]
  return Steady.make(Schedule.exponential(initial, factor).pipe(Schedule.union(Schedule.spaced(max))), (looks) =>
    Math.min(first * factor ** looks, longest)
  )
}

const default_: Schedule.Schedule<unknown> = capped({
  initial: Duration.millis(500),
  max: Duration.seconds(5)
})

export {
  /**
   * Half a second, then half as long again each time up to five seconds.
   *
   * @since 0.1.0
   * @category constants
   */
  default_ as default
}
