/**
 * Whether and when to send a failed request again: an ordinary `Schedule` over the errors.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { advice, isRetryable, type OperationsError } from "./OperationsError.js"

/**
 * Any schedule that can take an error as its input. Its end means that the error stands.
 *
 * @since 0.1.0
 * @category models
 */
export type RetryPolicy = Schedule.Schedule<unknown, OperationsError>

/**
 * Repeats what is worth repeating (see `OperationsError.isRetryable`), after delays that grow exponentially and are drawn
 * at random between nothing and their full length, so that many clients do not come back together. What the server asks
 * for is a lower bound of each delay.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as Cancellation from "@effect-lro/core/Cancellation"
 * import * as RetryPolicy from "@effect-lro/core/RetryPolicy"
 *
 * export const program = Cancellation.cancelAndConfirm("projects/demo/operations/ABC", {
 *   retry: RetryPolicy.exponential({ retries: 20, max: "2 minutes" })
 * })
 * ```
 */
export const exponential = (options?: {
  /** Defaults to 500 milliseconds. */
  readonly initial?: Duration.DurationInput | undefined
  /** Defaults to 2. */
  readonly factor?: number | undefined
  /** Defaults to 32 seconds. */
  readonly max?: Duration.DurationInput | undefined
  /** How often a request is repeated at most. Defaults to 5. */
  readonly retries?: number | undefined
}): RetryPolicy =>
  Schedule.exponential(options?.initial ?? Duration.millis(500), options?.factor ?? 2).pipe(
    Schedule.union(Schedule.spaced(options?.max ?? Duration.seconds(32))),
    Schedule.jitteredWith({ min: 0, max: 1 }),
    Schedule.intersect(Schedule.recurs(options?.retries ?? 5)),
    whileRetryable,
    respectingAdvice
  )

/**
 * Makes what the server asks for (`Retry-After`, `RetryInfo`) a lower bound of every delay of a policy.
 *
 * @since 0.1.0
 * @category combinators
 */
export const respectingAdvice = (policy: RetryPolicy): RetryPolicy =>
  Schedule.modifyDelay(Schedule.passthrough(policy), (error, delay) =>
    Option.match(advice(error), {
      onNone: () => delay,
      onSome: (asked) => Duration.max(asked, delay)
    })
  )

/**
 * Ends a policy at the first error that no repetition cures, see `OperationsError.isRetryable`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const whileRetryable = (policy: RetryPolicy): RetryPolicy => Schedule.whileInput(policy, isRetryable)

/**
 * Never repeats: for `Operations` that already retry by themselves.
 *
 * @since 0.1.0
 * @category constants
 */
export const none: RetryPolicy = Schedule.stop

const default_: RetryPolicy = exponential()

export {
  /**
   * Five repetitions, half a second doubling up to 32 seconds, with full jitter.
   *
   * @since 0.1.0
   * @category constants
   */
  default_ as default
}
