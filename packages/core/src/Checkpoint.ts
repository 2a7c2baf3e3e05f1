/**
 * A wait that can be written down, and taken up by another process with the time that was left.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as Cancellation from "./Cancellation.js"
import * as Confirm from "./internal/confirm.js"
import * as Elapsed from "./internal/elapsed.js"
import * as internal from "./internal/looker.js"
import { traced } from "./internal/span.js"
import * as Operation from "./Operation.js"
import * as Operations from "./Operations.js"
import type { OperationsError } from "./OperationsError.js"
import type * as OperationType from "./OperationType.js"
import type * as Poller from "./Poller.js"
import * as ProtoJson from "./ProtoJson.js"
import type { WaitError } from "./WaitError.js"

/**
 * What is written down of a wait. It holds no credentials, and nothing that a later version could not read.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Checkpoint = Schema.Struct({
  version: Schema.Literal(1),
  /** The name of the operation. */
  operation: Schema.String,
  /** What the wait is for: an end of any kind, or an end that it asks for. */
  intent: Schema.Literal("await", "cancel"),
  /** How many looks have succeeded. */
  looks: Schema.NonNegativeInt,
  /** How long the wait may still take; absent where it has no limit. */
  timeLeft: Schema.optional(Schema.DurationFromMillis),
  /** When the cancel was sent for the first time. Present before it is sent, so that a crash cannot lose it. */
  cancelRequestedAt: Schema.optional(Schema.String),
  /** Whether the server is known to have accepted it. */
  cancelAccepted: Schema.Boolean,
  /** The latest state that was read. */
  lastSeen: Schema.Option(Operation.Operation)
}).annotations({ identifier: "Checkpoint" })

/**
 * A wait, written down.
 *
 * @since 0.1.0
 * @category models
 */
export type Checkpoint = typeof Checkpoint.Type

/**
 * A text that is no checkpoint, or one of a version that this code does not know. Nothing was lost: the text is where it
 * was.
 *
 * @since 0.1.0
 * @category errors
 */
export class MalformedCheckpoint extends Schema.TaggedError<MalformedCheckpoint>(
  "@effect-lro/core/Checkpoint/MalformedCheckpoint"
)("MalformedCheckpoint", { reason: Schema.String }) {
  override get message(): string {
    return `this is no checkpoint of a wait: ${this.reason}`
  }
}

/**
 * The checkpoint of a wait that has not begun.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly operation: string
  readonly intent: "await" | "cancel"
  /** How long the wait may take in total, over all processes. 10 minutes for a cancel and no limit otherwise. */
  readonly timeout?: Duration.DurationInput | undefined
}): Checkpoint => {
  const timeout = Duration.decode(
    options.timeout ?? (options.intent === "cancel" ? Confirm.defaultTimeout : Duration.infinity)
  )
  return {
    version: 1,
    operation: options.operation,
    intent: options.intent,
    looks: 0,
    ...(Duration.isFinite(timeout) ? { timeLeft: timeout } : {}),
    cancelAccepted: false,
    lastSeen: Option.none()
  }
}

/**
 * Writes a checkpoint as one line of JSON.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toText = (checkpoint: Checkpoint): string => Schema.encodeSync(text)(checkpoint)

/**
 * Reads what {@link toText} has written.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromText = (written: string): Either.Either<Checkpoint, MalformedCheckpoint> =>
  Either.mapLeft(
    Schema.decodeEither(text)(written),
    (error) => new MalformedCheckpoint({ reason: ParseResult.TreeFormatter.formatErrorSync(error) })
  )

/**
 * How to go on with a wait.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<E = never, R = never> extends Omit<Cancellation.Options, "timeout" | "onLook"> {
  /**
   * Writes a checkpoint down. It runs before a cancel is sent, after it was accepted, and after each look that succeeded;
   * the wait goes on once it is done, and fails where it fails.
   */
  readonly save: (checkpoint: Checkpoint) => Effect.Effect<void, E, R>
}

/**
 * Begins a wait, or takes one up where a process before left it, and ends as `Poller.awaitDone` does, or, where the intent
 * is to cancel, as `Cancellation.cancelAndConfirm` does before its outcome is named (`Cancellation.outcome` names it).
 *
 * The first look is made at once; then the schedule goes on from the look it had reached, with a time of its own, such as that
 * of `Schedule.recurUpTo`, begun anew: what is kept of time is `timeLeft`. A cancel that was to be sent and
 * is not known to have been accepted is sent again: it is safe to repeat. An operation that was known and is found no more
 * is `Vanished`, whichever process had known it.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import * as Checkpoint from "@effect-lro/core/Checkpoint"
 * import * as Effect from "effect/Effect"
 *
 * declare const write: (text: string) => Effect.Effect<void>
 *
 * export const program = (written: string | undefined) =>
 *   Effect.gen(function* () {
 *     const checkpoint =
 *       written === undefined
 *         ? Checkpoint.make({ operation: "projects/demo/operations/ABC", intent: "cancel" })
 *         : yield* Checkpoint.fromText(written)
 *     return yield* Checkpoint.resume(checkpoint, { save: (next) => write(Checkpoint.toText(next)) })
 *   })
 * ```
 */
export function resume<M, T, E = never, R = never>(
  checkpoint: Checkpoint,
  options: Options<E, R> & Poller.Typed<M, T>
): Effect.Effect<
  Operation.Done<OperationType.Message<M>, OperationType.Message<T>>,
  E | OperationsError | WaitError,
  R | Operations.Operations
>
export function resume<E = never, R = never>(
  checkpoint: Checkpoint,
  options: Options<E, R>
): Effect.Effect<Operation.Done, E | OperationsError | WaitError, R | Operations.Operations>
export function resume<M, T, E = never, R = never>(
  checkpoint: Checkpoint,
  options: Options<E, R> & Partial<Poller.Typed<M, T>>
) {
  const done = traced("Checkpoint.resume", checkpoint.operation, resumeAny(checkpoint, options))
  return options.type === undefined ? done : Effect.map(done, options.type.decodeDone)
}

const resumeAny = <E, R>(
  checkpoint: Checkpoint,
  options: Options<E, R>
): Effect.Effect<Operation.Done, E | OperationsError | WaitError, R | Operations.Operations> =>
  Effect.gen(function* () {
    const lastSeen = Option.getOrUndefined(checkpoint.lastSeen)
    if (lastSeen !== undefined && Operation.isDone(lastSeen)) return lastSeen
    const operations = yield* Operations.Operations
    const name = checkpoint.operation
    const looker = yield* internal.make(
      operations,
      name,
      { ...options, timeout: checkpoint.timeLeft },
      { looks: checkpoint.looks, cancelAccepted: checkpoint.cancelAccepted, lastSeen }
    )
    const { deadline } = looker

    let current = checkpoint
    const save = (changed: Partial<Checkpoint>) =>
      Effect.flatMap(Elapsed.now, (now) => {
        const timeLeft = deadline === Infinity ? {} : { timeLeft: Duration.millis(Math.max(0, deadline - now)) }
        current = { ...current, ...changed, ...timeLeft }
        return options.save(current)
      })

    if (checkpoint.intent === "cancel" && !checkpoint.cancelAccepted) {
      const cancelRequestedAt =
        checkpoint.cancelRequestedAt ??
        ProtoJson.formatTimestamp(ProtoJson.timestampFromMillis(yield* Clock.currentTimeMillis))
      yield* save({ cancelRequestedAt })
      const refusal = yield* looker.within(Confirm.request(options, looker))
      if (refusal !== undefined && !Confirm.isUnclear(refusal)) {
        const over = yield* looker.within(Confirm.unlessOver(looker, refusal))
        yield* save({ lastSeen: Option.some(over) })
        return over
      }
      if (refusal === undefined) yield* save({ cancelAccepted: true })
    }
    for (;;) {
      const operation = yield* looker.within(looker.next())
      yield* save({ looks: current.looks + 1, lastSeen: Option.some(operation) })
      if (Operation.isDone(operation)) return operation
    }
  })

const text = Schema.parseJson(Checkpoint)
