/**
 * How a wait for an operation ends without an end of the operation.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Operation from "./Operation.js"
import { NotFound, OperationsError } from "./OperationsError.js"

// Schemas of options are worked out at once, and those of errors take a while: only who encodes one needs them.
const lazily = <A, I>(schema: () => Schema.Schema<A, I>) => Schema.Option(Schema.suspend(schema))

const known = {
  operation: Schema.String,
  /** The latest state that was read. */
  lastSeen: lazily(() => Operation.Operation),
  /** Whether the server accepted a request to cancel during this wait. */
  cancelAccepted: Schema.Boolean
}

/**
 * The operation was there, or its cancel was accepted, and now it is NOT_FOUND: deleted, or expired. How it ended cannot
 * be known; it is not the same as cancelled.
 *
 * @since 0.1.0
 * @category errors
 */
export class Vanished extends Schema.TaggedError<Vanished>("@effect-lro/core/WaitError/Vanished")("Vanished", {
  ...known,
  cause: NotFound
}) {
  override get message(): string {
    const how = this.cancelAccepted
      ? Option.isSome(this.lastSeen)
        ? "it was there and its cancel was accepted"
        : "its cancel was accepted"
      : "it was there"
    return `${this.operation} has vanished: ${how}, and now the server does not find it`
  }
}

/**
 * Time, or the schedule, ran out while the operation was not done. It may still end in any way.
 *
 * @since 0.1.0
 * @category errors
 */
export class StillRunning extends Schema.TaggedError<StillRunning>("@effect-lro/core/WaitError/StillRunning")(
  "StillRunning",
  {
    ...known,
    /** Whether the timeout was over (or the server asked to come back only after it), or the schedule had no more looks. */
    reason: Schema.Literal("Timeout", "ScheduleEnded"),
    /** Why the latest look failed, where it did. */
    lastError: lazily(() => OperationsError)
  }
) {
  override get message(): string {
    const why = this.reason === "Timeout" ? "the time for it was over" : "the schedule had no more looks"
    const how = this.cancelAccepted
      ? "; its cancel was accepted"
      : Option.isNone(this.lastSeen)
        ? "; it was never seen"
        : ""
    return `${this.operation} was not seen to end before ${why}${how}`
  }
}

/**
 * Both.
 *
 * @since 0.1.0
 * @category models
 */
export type WaitError = Vanished | StillRunning

/**
 * The schema of both.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WaitError = Schema.Union(Vanished, StillRunning)
