/**
 * What the body of an operation knows of the operation it runs for.
 *
 * @since 0.1.0
 */
import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as OperationName from "@effect-lro/core/OperationName"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"

/**
 * One attempt at an operation.
 *
 * A cancel request interrupts the body as soon as it is interruptible. What cannot be interrupted (a foreign promise, an
 * uninterruptible region) can look at `isCancelRequested` or hand on `abortSignal`, and if it comes to a result all the
 * same, that result is the operation's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Job {
  readonly name: OperationName.OperationName
  /** From 1. */
  readonly attempt: number
  /** Whether a cancel request has taken effect: after the host's `cancelLatency`, and never where it ignores requests. */
  readonly isCancelRequested: Effect.Effect<boolean>
  /** Aborted when the attempt is to stop: by a cancel request that takes effect, or because the host shuts down. */
  readonly abortSignal: AbortSignal
  /**
   * Publishes the operation's metadata. Progress is told as well as can be: a store that refuses it is logged and does
   * not disturb the work.
   *
   * What is handed over is not copied, and belongs to the operation from then on: what is changed in it afterwards may be told or
   * not, so the next state is an object of its own.
   */
  readonly update: (metadata: AnyMessage.AnyMessage) => Effect.Effect<void>
  /** Publishes metadata made from what was published last, by this or an earlier attempt. */
  readonly updateWith: (
    f: (current: Option.Option<AnyMessage.AnyMessage>) => AnyMessage.AnyMessage
  ) => Effect.Effect<void>
}
