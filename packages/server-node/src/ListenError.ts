/**
 * Why a server could not be given its port.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-lro/server-node/ListenError"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-lro/server-node/ListenError"

/**
 * The socket could not be opened: the port is taken (`AddressInUse`), needs more rights (`AccessDenied`), the host is not
 * one of this machine (`AddressNotAvailable`), or else (`Other`, see `cause`).
 *
 * @since 0.1.0
 * @category errors
 */
export class ListenError extends Schema.TaggedError<ListenError>("@effect-lro/server-node/ListenError")("ListenError", {
  reason: Schema.Literal("AddressInUse", "AccessDenied", "AddressNotAvailable", "Other"),
  host: Schema.String,
  port: Schema.Number,
  cause: Schema.Defect
}) {
  readonly [TypeId]: TypeId = TypeId
  override get message(): string {
    return `cannot listen on ${this.host} port ${this.port}: ${explanations[this.reason]}`
  }
}

/**
 * Says why from the code of Node's error.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromCause = (cause: unknown, at: { readonly host: string; readonly port: number }): ListenError => {
  const code = Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : ""
  return new ListenError({ ...at, cause, reason: reasons[code] ?? "Other" })
}

const reasons: Readonly<Record<string, ListenError["reason"]>> = {
  EADDRINUSE: "AddressInUse",
  EACCES: "AccessDenied",
  EADDRNOTAVAIL: "AddressNotAvailable",
  ENOTFOUND: "AddressNotAvailable"
}

const explanations: Record<ListenError["reason"], string> = {
  AddressInUse: "another process has this port",
  AccessDenied: "this needs more rights than the process has",
  AddressNotAvailable: "this machine does not have that address",
  Other: "see the cause"
}
