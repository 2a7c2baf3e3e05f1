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
import * as Stream from "effect/Stream"
import * as Change from "./Change.js"
import * as internalChanges from "./internal/changes.js"
import * as internal from "./internal/looker.js"
import { traced } from "./internal/span.js"
import type * as Operation from "./Operation.js"
import { Operations } from "./Operations.js"
import type { OperationsError } from "./OperationsError.js"
import type * as OperationType from "./OperationType.js"
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
  /**
   * Let the server wait, up to so long at a time (WaitOperation), instead of asking again and again. Where it does not offer
   * that, looks take over; where it returns early, the schedule keeps the next request away. Looks are the default.
   */
  readonly serverWait?: Duration.DurationInput | undefined
  /** Is run with what each look that succeeded has found, before the wait goes on. */
  readonly onLook?: ((operation: Operation.Operation) => Effect.Effect<void>) | undefined
}

/**
 * How to watch: a wait that tells what it sees.
 *
 * @since 0.1.0
 * @category models
 */
export interface WatchOptions extends Options, Change.Reading {
  /** Tell `Stalled` when no work was seen to be done for that long. It is not told by default. */
  readonly stallAfter?: Duration.DurationInput | undefined
}

/**
 * Which kind of operation is expected, so that its metadata and its response come decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface Typed<M, R> {
  readonly type: OperationType.OperationType<M, R>
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
export function awaitDone<M, R>(
  name: string,
  options: Options & Typed<M, R>
): Effect.Effect<
  Operation.Done<OperationType.Message<M>, OperationType.Message<R>>,
  OperationsError | WaitError,
  Operations
>
export function awaitDone(
  name: string,
  options?: Options
): Effect.Effect<Operation.Done, OperationsError | WaitError, Operations>
export function awaitDone<M, R>(name: string, options?: Options & Partial<Typed<M, R>>) {
  const done = awaitAny(name, options ?? {})
  return options?.type === undefined ? done : Effect.map(done, options.type.decodeDone)
}

/**
 * Tells what happens to an operation, look by look, and ends after it has told that it is done. Fails as
 * {@link awaitDone} does.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import * as Poller from "@effect-lro/core/Poller"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * export const program = Poller.changes("projects/demo/operations/ABC", { stallAfter: "30 minutes" }).pipe(
 *   Stream.runForEach((change) => Effect.log(change._tag))
 * )
 * ```
 */
export function changes<M, R>(
  name: string,
  options: WatchOptions & Typed<M, R>
): Stream.Stream<
  Change.Change<OperationType.Message<M>, OperationType.Message<R>>,
  OperationsError | WaitError,
  Operations
>
export function changes(
  name: string,
  options?: WatchOptions
): Stream.Stream<Change.Change, OperationsError | WaitError, Operations>
export function changes<M, R>(name: string, options?: WatchOptions & Partial<Typed<M, R>>) {
  const type = options?.type
  const all = Stream.unwrap(
    Effect.gen(function* () {
      const operations = yield* Operations
      const looker = yield* internal.make(operations, name, options ?? {})
      return internalChanges.stream(looker, options ?? {})
    })
  )
  return type === undefined ? all : Stream.map(all, Change.decode(type))
}

const awaitAny = (name: string, options: Options) =>
  traced(
    "Poller.awaitDone",
    name,
    Effect.flatMap(Operations, (operations) =>
      internal.begin(operations, name, options, (looker) => looker.within(looker.untilDone()))
    )
  )
