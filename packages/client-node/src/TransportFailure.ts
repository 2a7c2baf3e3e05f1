/**
 * Why an HTTP request has no answer.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-lro/client-node/TransportFailure"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-lro/client-node/TransportFailure"

/**
 * What went wrong:
 *
 * - `Connection`: it could not be made, or broke before the last byte of the answer.
 * - `Timeout`: connecting, the headers, a part of the body or the whole took longer than allowed.
 * - `TooLarge`: the answer, or what it is when decompressed, has more bytes than allowed.
 * - `Encoding`: the answer is compressed in a way that is unknown or broken.
 * - `InvalidRequest`: a URL, method, header or body that cannot be sent. Nothing was.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = "Connection" | "Timeout" | "TooLarge" | "Encoding" | "InvalidRequest"

/**
 * A request without an answer. Unless it is an `InvalidRequest`, whether the server did what was asked is unknown.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportFailure extends Schema.TaggedError<TransportFailure>(
  "@effect-lro/client-node/TransportFailure/TransportFailure"
)("TransportFailure", {
  reason: Schema.Literal("Connection", "Timeout", "TooLarge", "Encoding", "InvalidRequest"),
  description: Schema.String,
  /** The status of the answer, where it broke off after the headers. */
  status: Schema.optional(Schema.Int),
  cause: Schema.optional(Schema.Defect)
}) {
  readonly [TypeId]: TypeId = TypeId
  override get message(): string {
    return this.description
  }
}

/**
 * Says whether a value is such a failure, such as the `cause` of an `HttpClientError`.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isTransportFailure = (u: unknown): u is TransportFailure => Predicate.hasProperty(u, TypeId)
