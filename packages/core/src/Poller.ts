/**
 * Watching an operation by looking at it again and again.
 *
 * A look has three outcomes: the operation is running, it is done, or the look failed. A failed look is not a failed
 * operation: so many in a row are forgiven, if asking again can help at all.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as internal from "./internal/looker.js"
import { sameJson } from "./internal/sameJson.js"
import * as Operation from "./Operation.js"
import { Operations } from "./Operations.js"
import type { OperationsError } from "./OperationsError.js"
import type * as PollSchedule from "./PollSchedule.js"
import type { WaitError } from "./WaitError.js"

/**
 * How to wait.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * When to look again. Defaults to `PollSchedule.default`. What a server asks for after a failed look is a lower bound
   * of the next delay, whatever the schedule says.
   */
  readonly schedule?: PollSchedule.PollSchedule | undefined
  /**
   * How many looks in a row may fail without failing the wait; one that succeeds sets the count back. Defaults to 5. It
   * forgives only errors for which `OperationsError.isRetryable` holds; any other fails the wait at once.
   */
  readonly failureBudget?: number | undefined
  /** How long to wait in total. There is no limit by default. */
  readonly timeout?: Duration.DurationInput | undefined
  /** Is run with what each look that succeeded has found, before the wait goes on. */
  readonly onLook?: ((operation: Operation.Operation) => Effect.Effect<void>) | undefined
}

/**
 * Looks at an operation until it is done, however it ends: failed and cancelled are successes of the wait.
 *
 * Fails with `StillRunning` when the timeout (or a finite schedule) is over after the operation was seen, with `Vanished`
 * when it was seen and then is not found, and with an `OperationsError` when it cannot be looked at. An interruption sends
 * nothing more and leaves the operation running.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import * as Poller from "@effect-lro/core/Poller"
 * import * as Effect from "effect/Effect"
 *
 * export const program = Effect.gen(function* () {
 *   const done = yield* Poller.awaitDone("projects/demo/operations/ABC", { timeout: "2 hours" })
 *   return done._tag === "Succeeded" ? done.response : undefined
 * })
 * ```
 */
export const awaitDone: (
  name: string,
  options?: Options
) => Effect.Effect<Operation.Done, OperationsError | WaitError, Operations> = Effect.fn("Poller.awaitDone")(
  function* (name, options) {
    const operations = yield* Operations
    const looker = yield* internal.make(operations, name, options ?? {})
    return yield* looker.within(looker.untilDone)
  }
)

/**
 * Emits an operation when it is first seen and then whenever a look finds it changed, and ends after it has emitted that
 * it is done. Fails as {@link awaitDone} does.
 *
 * @since 0.1.0
 * @category programs
 */
export const changes = (
  name: string,
  options?: Options
): Stream.Stream<Operation.Operation, OperationsError | WaitError, Operations> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const operations = yield* Operations
      const looker = yield* internal.make(operations, name, options ?? {})
      return Stream.paginateEffect(undefined, () =>
        Effect.map(
          looker.within(looker.next),
          (operation) => [operation, Operation.isDone(operation) ? Option.none() : Option.some(undefined)] as const
        )
      )
    })
  ).pipe(Stream.changesWith(isUnchanged))

const isUnchanged = (before: Operation.Operation, now: Operation.Operation): boolean =>
  sameJson(Operation.toWire(before), Operation.toWire(now))
