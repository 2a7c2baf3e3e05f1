/**
 * What a command of `lro` can fail with.
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-lro/core/Operation"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import type { WaitError } from "@effect-lro/core/WaitError"
import * as Schema from "effect/Schema"

/**
 * The command line, or a setting in the environment, is wrong. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class UsageError extends Schema.TaggedError<UsageError>("@effect-lro/cli/Failure/UsageError")("UsageError", {
  message: Schema.String,
  /** What to do about it. */
  hint: Schema.String
}) {}

/**
 * The schema of the signals that end a command.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Signal = Schema.Literal("SIGINT", "SIGTERM", "SIGHUP")

/**
 * A signal that ends a command.
 *
 * @since 0.1.0
 * @category models
 */
export type Signal = typeof Signal.Type

/**
 * A signal ended the command while it waited. The operation goes its own way; nothing more was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class Interrupted extends Schema.TaggedError<Interrupted>("@effect-lro/cli/Failure/Interrupted")("Interrupted", {
  signal: Signal,
  operation: Schema.String,
  /** The latest state that was read. */
  lastSeen: Schema.Option(Operation.Operation),
  /** Whether the server is known to have accepted a request to cancel. */
  cancelAccepted: Schema.Boolean
}) {
  override get message(): string {
    return `interrupted by ${this.signal}`
  }
}

/**
 * The emulator cannot have the port it was to listen on.
 *
 * @since 0.1.0
 * @category errors
 */
export class ListenError extends Schema.TaggedError<ListenError>("@effect-lro/cli/Failure/ListenError")("ListenError", {
  message: Schema.String,
  /** What to do about it. */
  hint: Schema.String
}) {}

/**
 * Everything a command can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type Failure = OperationsError | WaitError | UsageError | Interrupted | ListenError
