/**
 * Cancelling an operation and finding out whether it stopped.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as AnyMessage from "./AnyMessage.js"
import * as Change from "./Change.js"
import * as internalChanges from "./internal/changes.js"
import * as internal from "./internal/confirm.js"
import * as Looker from "./internal/looker.js"
import { traced } from "./internal/span.js"
import type * as Operation from "./Operation.js"
import * as Operations from "./Operations.js"
import type { OperationsError } from "./OperationsError.js"
import type * as OperationType from "./OperationType.js"
import type * as Poller from "./Poller.js"
import type * as RetryPolicy from "./RetryPolicy.js"
import type { WaitError } from "./WaitError.js"

/**
 * It stopped: the operation is done with `error.code` 1.
 *
 * @since 0.1.0
 * @category models
 */
export interface Cancelled<out M = AnyMessage.AnyMessage> {
  readonly _tag: "Cancelled"
  readonly operation: Operation.Cancelled<M>
}

/**
 * The work won the race, or was over before: the operation is done with a response, or without a result.
 *
 * @since 0.1.0
 * @category models
 */
export interface CompletedAnyway<out M = AnyMessage.AnyMessage, out R = AnyMessage.AnyMessage> {
  readonly _tag: "CompletedAnyway"
  readonly operation: Operation.Succeeded<M, R> | Operation.DoneWithoutResult<M>
}

/**
 * It failed of something else, before or after it was asked to stop.
 *
 * @since 0.1.0
 * @category models
 */
export interface FailedAnyway<out M = AnyMessage.AnyMessage> {
  readonly _tag: "FailedAnyway"
  readonly operation: Operation.Failed<M>
}

/**
 * How an operation was over after it was asked to stop. Whatever the outcome, it runs no more.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome<M = AnyMessage.AnyMessage, R = AnyMessage.AnyMessage> =
  | Cancelled<M>
  | CompletedAnyway<M, R>
  | FailedAnyway<M>

/**
 * How to cancel and confirm.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<Poller.Options, "timeout"> {
  /**
   * When to send a cancel that failed once more. Defaults to `RetryPolicy.default`. Whatever it says, only what
   * `OperationsError.isRetryable` holds for is sent again.
   */
  readonly retry?: RetryPolicy.RetryPolicy | undefined
  /** How long to try and to look in total. Defaults to 10 minutes. */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * How to cancel and confirm while telling what is seen.
 *
 * @since 0.1.0
 * @category models
 */
export interface WatchOptions extends Options, Omit<Poller.WatchOptions, keyof Poller.Options> {}

/**
 * The outcome that a done operation amounts to.
 *
 * @since 0.1.0
 * @category conversions
 */
export const outcome = <M, R>(operation: Operation.Done<M, R>): Outcome<M, R> => {
  switch (operation._tag) {
    case "Cancelled":
      return { _tag: "Cancelled", operation }
    case "Failed":
      return { _tag: "FailedAnyway", operation }
    case "Succeeded":
    case "DoneWithoutResult":
      return { _tag: "CompletedAnyway", operation }
  }
}

/**
 * Asks for an operation to be cancelled, then looks at it until it is over, and says how it ended.
 *
 * Cancelling what is over already is an ordinary outcome, whether the server answers so with success, FAILED_PRECONDITION
 * or NOT_FOUND: in each case it is the look that decides. So it is where the answer was lost, or says success in a body that
 * makes no sense.
 *
 * Fails with what the server refused the cancel with (`Unimplemented`, `NotFound`, `Unauthorized`, …), with `Vanished`
 * when an operation that was there is found no more, and with `StillRunning` when time is over after the cancel was
 * accepted or the operation was seen. Where nothing ever answered, the last error is the failure. An interruption sends
 * nothing more.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import * as Cancellation from "@effect-lro/core/Cancellation"
 * import * as Effect from "effect/Effect"
 *
 * export const program = Effect.gen(function* () {
 *   const outcome = yield* Cancellation.cancelAndConfirm("projects/demo/operations/ABC", { timeout: "1 minute" })
 *   return outcome._tag === "Cancelled" ? "it stopped" : "it was faster"
 * }).pipe(Effect.catchTag("StillRunning", () => Effect.succeed("it may stop later")))
 * ```
 */
export function cancelAndConfirm<M, R>(
  name: string,
  options: Options & Poller.Typed<M, R>
): Effect.Effect<
  Outcome<OperationType.Message<M>, OperationType.Message<R>>,
  OperationsError | WaitError,
  Operations.Operations
>
export function cancelAndConfirm(
  name: string,
  options?: Options
): Effect.Effect<Outcome, OperationsError | WaitError, Operations.Operations>
export function cancelAndConfirm<M, R>(name: string, options?: Options & Partial<Poller.Typed<M, R>>) {
  const done = cancelAny(name, options ?? {})
  const type = options?.type
  return type === undefined
    ? Effect.map(done, (operation) => outcome(operation))
    : Effect.map(done, (operation) => outcome(type.decodeDone(operation)))
}

/**
 * Does what {@link cancelAndConfirm} does and tells what happens on the way: `CancelRequested` once the server has
 * accepted, then what the looks find. The last change is `Done`; {@link outcome} says what its operation amounts to.
 *
 * @since 0.1.0
 * @category programs
 */
export function changes<M, R>(
  name: string,
  options: WatchOptions & Poller.Typed<M, R>
): Stream.Stream<
  Change.Change<OperationType.Message<M>, OperationType.Message<R>>,
  OperationsError | WaitError,
  Operations.Operations
>
export function changes(
  name: string,
  options?: WatchOptions
): Stream.Stream<Change.Change, OperationsError | WaitError, Operations.Operations>
export function changes<M, R>(name: string, options?: WatchOptions & Partial<Poller.Typed<M, R>>) {
  const type = options?.type
  const all = Stream.unwrap(
    Effect.gen(function* () {
      const operations = yield* Operations.Operations
      const looker = yield* Looker.make(operations, name, internal.limited(options ?? {}))
      const requested = looker.within(internal.request(options ?? {}, looker))
      return Stream.flatMap(Stream.fromEffect(requested), (refusal) => {
        const watched = internalChanges.stream(looker, options ?? {})
        if (refusal === undefined) {
          return Stream.concat(Stream.make<[Change.Change]>({ _tag: "CancelRequested", name }), watched)
        }
        if (internal.isUnclear(refusal)) return watched
        return Stream.fromEffect(
          Effect.map(looker.within(internal.unlessOver(looker, refusal)), (operation): Change.Change => ({
            _tag: "Done",
            operation
          }))
        )
      })
    })
  )
  return type === undefined ? all : Stream.map(all, Change.decode(type))
}

const cancelAny = (name: string, options: Options) =>
  traced(
    "Cancellation.cancelAndConfirm",
    name,
    Effect.flatMap(Operations.Operations, (operations) => internal.confirm(operations, name, options))
  )
