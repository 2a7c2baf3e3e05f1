/**
 * A failure of a body that says which `google.rpc.Status` the operation ends with.
 *
 * @since 0.1.0
 */
import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as Code from "@effect-lro/core/Code"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-lro/host/StatusError"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-lro/host/StatusError"

/**
 * Ends an operation as FAILED with its status.
 *
 * @since 0.1.0
 * @category errors
 */
export class StatusError extends Schema.TaggedError<StatusError>("@effect-lro/host/StatusError")("StatusError", {
  status: Status.Status
}) {
  readonly [TypeId]: TypeId = TypeId
  override get message(): string {
    return this.status.message === "" ? Status.codeOf(this.status) : this.status.message
  }
}

/**
 * Makes the failure from the parts of its status; `message` and `details` are empty by default.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as StatusError from "@effect-lro/host/StatusError"
 * import * as Effect from "effect/Effect"
 *
 * const body = () => Effect.fail(StatusError.make({ code: "RESOURCE_EXHAUSTED", message: "the disk is full" }))
 *
 * console.log(Effect.isEffect(body())) // true
 * ```
 */
export const make = (options: {
  readonly code: Code.Code | number
  readonly message?: string | undefined
  readonly details?: ReadonlyArray<AnyMessage.AnyMessage> | undefined
}): StatusError => new StatusError({ status: Status.make(options) })

/**
 * Says whether a value is such a failure.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isStatusError = (u: unknown): u is StatusError => Predicate.hasProperty(u, TypeId)

/**
 * The status that a body's typed failure stands for, where nothing else is said: a `StatusError` and an answer of another
 * service keep theirs; of everything else only the message is known, so it is UNKNOWN.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toStatus = (error: unknown): Status.Status => {
  if (isStatusError(error)) return error.status
  if (OperationsError.isOperationsError(error) && OperationsError.isCodeError(error)) return error.status
  return Status.make({ code: "UNKNOWN", message: messageOf(error) })
}

const messageOf = (error: unknown): string => {
  if (typeof error === "string") return error
  if (Predicate.hasProperty(error, "message") && typeof error.message === "string" && error.message !== "") {
    return error.message
  }
  return Predicate.hasProperty(error, "_tag") && typeof error._tag === "string" ? error._tag : "the work failed"
}
