import type { AnyMessage } from "@effect-lro/core/AnyMessage"
import * as Code from "@effect-lro/core/Code"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as RetryAfter from "@effect-lro/rest/RetryAfter"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/**
 * An answer that is an error, before it is written. What the server itself refuses has a `reason`, from which its
 * ErrorInfo is made; what the service behind it refuses brings its own details.
 */
export interface Refusal {
  readonly _tag: "Refusal"
  readonly httpStatus: number
  readonly code: Code.Code
  readonly message: string
  readonly reason?: string | undefined
  readonly metadata?: { readonly [key: string]: string } | undefined
  readonly details?: ReadonlyArray<AnyMessage> | undefined
  readonly headers?: { readonly [name: string]: string } | undefined
}

export interface Violation {
  readonly field: string
  readonly description: string
}

const make = (fields: Omit<Refusal, "_tag" | "httpStatus"> & { readonly httpStatus?: number }): Refusal => ({
  _tag: "Refusal",
  httpStatus: fields.httpStatus ?? Code.toHttpStatus(fields.code),
  ...fields
})

/** Says when to come again, to those who read headers and to those who read details. */
const after = (delay: Duration.Duration, fields: Pick<Refusal, "code" | "message" | "reason">): Refusal =>
  make({
    ...fields,
    details: [ErrorDetails.retryInfo(delay)],
    headers: { "retry-after": RetryAfter.format(delay) }
  })

export const invalidArgument = (options: {
  readonly reason: string
  readonly message: string
  readonly violations?: ReadonlyArray<Violation> | undefined
}): Refusal =>
  make({
    code: "INVALID_ARGUMENT",
    message: options.message,
    reason: options.reason,
    details: options.violations === undefined ? undefined : [ErrorDetails.badRequest(options.violations)]
  })

export const unknownFields = (where: "body" | "query", names: ReadonlyArray<string>): Refusal => {
  // A request full of nonsense is not answered with all of it.
  const shown = names.slice(0, 10).map((name) => show(name, 100))
  return invalidArgument({
    reason: "UNKNOWN_FIELD",
    message: `the ${where} has fields that this method does not have: ${shown.join(", ")}`,
    violations: shown.map((field) => ({ field, description: "there is no such field" }))
  })
}

/**
 * What a codec of the wire refused.
 */
export const fromStatus = (status: Status.Status): Refusal =>
  make({ code: Status.codeOf(status), message: show(status.message, 1000), details: status.details })

export const noRoute = (method: string, path: string): Refusal =>
  make({
    code: "NOT_FOUND",
    message: `no method is served at ${show(method, 20)} ${show(path, 200)}`,
    reason: "ROUTE_NOT_FOUND"
  })

// UNIMPLEMENTED is the code that makes a client turn to another method, such as from `wait` to polling.
export const methodNotAllowed = (method: string, path: string, allowed: ReadonlyArray<string>): Refusal =>
  make({
    httpStatus: 405,
    code: "UNIMPLEMENTED",
    message: `${show(method, 20)} is not supported at ${show(path, 200)}`,
    reason: "METHOD_NOT_ALLOWED",
    metadata: { allow: allowed.join(", ") },
    headers: { allow: allowed.join(", ") }
  })

export const bodyTooLarge = (maxBytes: number): Refusal =>
  make({
    httpStatus: 413,
    code: "RESOURCE_EXHAUSTED",
    message: `the request body is larger than ${maxBytes} bytes`,
    reason: "BODY_TOO_LARGE",
    metadata: { maxBytes: String(maxBytes) }
  })

export const uriTooLong = (maxLength: number): Refusal =>
  make({
    httpStatus: 414,
    code: "INVALID_ARGUMENT",
    message: `the request's URL is longer than ${maxLength} characters`,
    reason: "URL_TOO_LONG"
  })

export const unsupportedMediaType = (message: string): Refusal =>
  make({ httpStatus: 415, code: "INVALID_ARGUMENT", message, reason: "UNSUPPORTED_MEDIA_TYPE" })

export const bodyIncomplete: Refusal = make({
  code: "INVALID_ARGUMENT",
  message: "the request body did not come to its end",
  reason: "BODY_INCOMPLETE"
})

/**
 * The rate of a principal is used up; it says exactly when there is room again.
 */
export const tooManyRequests = (delay: Duration.Duration): Refusal =>
  after(delay, {
    code: "RESOURCE_EXHAUSTED",
    message: "there were too many requests in too short a time",
    reason: "RATE_LIMIT_EXCEEDED"
  })

/**
 * Nothing was looked at, so that it does not tell whether the credentials are right.
 */
export const tooManyFailures = (delay: Duration.Duration): Refusal =>
  after(delay, {
    code: "RESOURCE_EXHAUSTED",
    message: "there were too many requests with wrong credentials from this address",
    reason: "AUTHENTICATION_FAILURES_EXCEEDED"
  })

const soon = Duration.seconds(1)

export const tooManyAtOnce: Refusal = after(soon, {
  code: "RESOURCE_EXHAUSTED",
  message: "too many requests of this caller are being answered at once",
  reason: "CONCURRENCY_LIMIT_EXCEEDED"
})

export const overloaded: Refusal = after(soon, {
  code: "UNAVAILABLE",
  message: "the server answers as many requests at once as it may",
  reason: "OVERLOADED"
})

export const batchTooLong: Refusal = make({
  code: "RESOURCE_EXHAUSTED",
  message: "the answers to the batch are as long as they may be together; nothing was done for this request",
  reason: "BATCH_ANSWER_TOO_LONG"
})

export const notReady = (message: string): Refusal =>
  make({ code: "UNAVAILABLE", message, reason: "NOT_READY", headers: { "retry-after": RetryAfter.format(soon) } })

/**
 * Says which permission is missing, and on what; whether that exists is not told (AIP-211).
 */
export const denied = (permission: string, resource: string): Refusal => {
  const shown = show(resource, 200)
  return make({
    code: "PERMISSION_DENIED",
    message: `the permission operations.${permission} is denied on ${JSON.stringify(shown)}, or it does not exist`,
    reason: "PERMISSION_DENIED",
    metadata: { permission: `operations.${permission}`, resource: shown }
  })
}

export const unimplemented = (message: string): Refusal =>
  make({ code: "UNIMPLEMENTED", message, reason: "UNIMPLEMENTED" })

export const internal: Refusal = make({
  code: "INTERNAL",
  message: "the server failed to answer; the cause is in its log",
  reason: "INTERNAL"
})

/**
 * The answer to what the service failed with. What it says about itself passes through; where it stands for another
 * server that could not be reached or understood, nothing of that server's answer does.
 */
export const fromError = (error: OperationsError.OperationsError): Refusal => {
  switch (error._tag) {
    case "InvalidName":
      return invalidArgument({
        reason: "INVALID_NAME",
        message: error.message,
        violations: [{ field: "name", description: error.reason }]
      })
    case "TransportError":
      return error.reason === "Timeout"
        ? make({ code: "DEADLINE_EXCEEDED", message: "the service behind this server did not answer in time" })
        : make({ code: "UNAVAILABLE", message: "the service behind this server could not be reached" })
    case "MalformedResponse":
      return make({ code: "INTERNAL", message: "the answer of the service behind this server could not be understood" })
    default: {
      const code = Status.codeOf(error.status)
      return make({
        // An error whose status claims to be OK is an error all the same.
        code: code === "OK" ? "UNKNOWN" : code,
        message: error.status.message,
        details: error.status.details,
        headers: adviceHeaders(error)
      })
    }
  }
}

export const headersOf = (refusal: Refusal): { readonly [name: string]: string } | undefined =>
  refusal.httpStatus === 401 ? { "www-authenticate": "Bearer", ...refusal.headers } : refusal.headers

export const toStatus = (refusal: Refusal, domain: string): Status.Status => {
  const details = refusal.details ?? []
  return Status.make({
    code: refusal.code,
    message: refusal.message,
    details:
      refusal.reason === undefined
        ? details
        : [ErrorDetails.errorInfo({ reason: refusal.reason, domain, metadata: refusal.metadata }), ...details]
  })
}

/**
 * What a client wrote, fit to be shown to it again: short, and without control characters.
 */
export const show = (text: string, max: number): string => {
  const shown = text
    .slice(0, max)
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "\ufffd")
  return text.length > max ? `${shown}…` : shown
}

const adviceHeaders = (error: OperationsError.OperationsError): { readonly [name: string]: string } | undefined =>
  Option.getOrUndefined(
    Option.map(OperationsError.advice(error), (delay) => ({ "retry-after": RetryAfter.format(delay) }))
  )
