/**
 * What an interrupted workflow ends with: what has become of its remote operation.
 *
 * @since 0.1.0
 */
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Operation from "@effect-lro/core/Operation"
import { OperationsError } from "@effect-lro/core/OperationsError"
import { WaitError } from "@effect-lro/core/WaitError"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * The workflow was interrupted while its remote operation ran, and the operation was asked to stop. It says what is known
 * of that, so that nobody takes the end of the workflow for the end of the work.
 *
 * @since 0.1.0
 * @category errors
 */
export class Interrupted extends Schema.TaggedError<Interrupted>("@effect-lro/workflow/Interrupted/Interrupted")(
  "Interrupted",
  {
    /** The name of the operation. */
    operation: Schema.String,
    /** How the operation ended, where that was seen: cancelled, or otherwise in the meantime. */
    confirmed: Schema.Option(Operation.Done),
    /** Whether the server has accepted the cancel, or its end was seen. */
    cancelAccepted: Schema.Boolean,
    /** Why the operation could not be stopped, or seen to stop. It may go on running. */
    failure: Schema.Option(Schema.Union(OperationsError, WaitError))
  }
) {
  override get message(): string {
    const known = Option.isSome(this.confirmed)
      ? `${this.operation} has ended as ${this.confirmed.value._tag}`
      : this.cancelAccepted
        ? `${this.operation} was asked to stop, and was not seen to`
        : `${this.operation} may go on running`
    return `the workflow was interrupted: ${known}`
  }

  /** What the confirmed end amounts to, as for a cancel outside of a workflow. */
  get outcome(): Option.Option<Cancellation.Outcome> {
    return Option.map(this.confirmed, (operation) => Cancellation.outcome(operation))
  }
}
