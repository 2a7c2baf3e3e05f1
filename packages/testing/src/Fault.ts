/**
 * Orders for trouble: what a request is answered with instead of the truth.
 *
 * @since 0.1.0
 */
import type * as Code from "@effect-lro/core/Code"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Duration from "effect/Duration"

/**
 * Makes the error of a request, which names the operation and the method.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault = (request: {
  readonly method: OperationsError.Method
  readonly operation: string
}) => OperationsError.OperationsError

/**
 * An answer with a google.rpc status.
 *
 * @since 0.1.0
 * @category constructors
 */
export const answer =
  (
    code: Code.Code | Status.Status,
    options?: {
      readonly message?: string | undefined
      /** Adds a `RetryInfo` with this delay to the details. */
      readonly retryInfo?: Duration.DurationInput | undefined
      /** As if it came in a `Retry-After` header. */
      readonly retryAfter?: Duration.DurationInput | undefined
      readonly httpStatus?: number | undefined
      /** For `NOT_FOUND`; `"operation"` by default. */
      readonly missing?: "operation" | "route" | undefined
    }
  ): Fault =>
  (request) => {
    const given =
      typeof code === "string" ? Status.make({ code, message: options?.message ?? `told to say ${code}` }) : code
    return OperationsError.fromStatus({
      ...request,
      status:
        options?.retryInfo === undefined
          ? given
          : { ...given, details: [...given.details, ErrorDetails.retryInfo(options.retryInfo)] },
      ...(options?.httpStatus === undefined ? {} : { httpStatus: options.httpStatus }),
      ...(options?.retryAfter === undefined ? {} : { retryAfter: Duration.decode(options.retryAfter) }),
      ...(options?.missing === undefined ? {} : { missing: options.missing })
    })
  }

/**
 * `UNAVAILABLE` (HTTP 503), the failure that asks for another try.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unavailable: Fault = answer("UNAVAILABLE", { httpStatus: 503 })

/**
 * The connection broke: nobody knows whether the server did what was asked.
 *
 * @since 0.1.0
 * @category constructors
 */
export const connectionLost: Fault = (request) =>
  new OperationsError.TransportError({ ...request, reason: "Connection", description: "told to lose the connection" })

/**
 * The answer was not a message of the protocol.
 *
 * @since 0.1.0
 * @category constructors
 */
export const malformed: Fault = (request) =>
  new OperationsError.MalformedResponse({
    ...request,
    httpStatus: 200,
    reason: "told to answer what cannot be understood",
    excerpt: "<!DOCTYPE html>"
  })

/**
 * The answer broke off, at a place where it reads as if the operation were cancelled.
 *
 * @since 0.1.0
 * @category constructors
 */
export const truncated: Fault = (request) =>
  new OperationsError.MalformedResponse({
    ...request,
    httpStatus: 200,
    reason: "told to break off",
    excerpt: `{"name":${JSON.stringify(request.operation)},"done":true,"error":{"code":1`
  })
