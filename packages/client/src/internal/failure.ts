import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as OperationsError from "@effect-lro/core/OperationsError"
import { type CodeError, type Method, TransportError, Unauthorized } from "@effect-lro/core/OperationsError"
import * as Excerpt from "@effect-lro/rest/Excerpt"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as Predicate from "effect/Predicate"
import type * as LimitedClient from "../LimitedClient.js"

/** What failed: for the errors' fields. */
export interface Asked {
  readonly operation: string
  readonly method: Method
}

export const transportError = (
  asked: Asked,
  reason: TransportError["reason"],
  description: string,
  cause?: unknown
): TransportError =>
  new TransportError({
    operation: asked.operation,
    method: asked.method,
    reason,
    description,
    ...(cause === undefined ? {} : { cause })
  })

/**
 * Classifies what an HttpClient fails with. The errors of the platform hold the whole request with its headers, so only
 * what caused them is handed on, and that only where it repeats no credentials.
 */
export const fromClient = (asked: Asked, error: HttpClientError | Unauthorized): TransportError | Unauthorized => {
  if (error._tag === "Unauthorized") return unauthorized(asked, error)
  const what = error._tag === "ResponseError" ? "broken" : error.reason === "Transport" ? "failed" : "unsent"
  return unanswered(asked, what, error.cause, error.description)
}

/** The same of what fails below Effect. */
export const fromSender = (
  asked: Asked,
  error: LimitedClient.Failure | Unauthorized
): TransportError | Unauthorized => {
  if (isUnauthorized(error)) return unauthorized(asked, error)
  const what = error.status !== undefined ? "broken" : error.reason === "InvalidRequest" ? "unsent" : "failed"
  return unanswered(asked, what, error)
}

const isUnauthorized = (error: LimitedClient.Failure | Unauthorized): error is Unauthorized =>
  Predicate.isTagged(error, "Unauthorized")

// Whoever looks for credentials does not know what they are for.
const unauthorized = (asked: Asked, { httpStatus, reason, retryAfter, status }: Unauthorized): Unauthorized =>
  new Unauthorized({
    operation: asked.operation,
    method: asked.method,
    reason,
    status,
    httpStatus,
    retryAfter
  })

const ends = {
  broken: "the connection broke before the answer was complete",
  failed: "the connection failed",
  unsent: "the request could not be sent"
}

const unanswered = (asked: Asked, what: keyof typeof ends, cause: unknown, description?: string): TransportError => {
  const said = causes(cause)
  const detail = said.length > 0 || description === undefined ? said : [description]
  const limit = passed(cause)
  const text = [limit === undefined ? ends[what] : "the request was given up", ...detail].join(": ")
  const redacted = Excerpt.of(text)
  return transportError(asked, limit ?? "Connection", redacted, Excerpt.redact(text) === text ? cause : undefined)
}

// Only a client that keeps limits itself can tell that one was passed, see `LimitedClient`.
const passed = (cause: unknown): "Timeout" | "TooLarge" | undefined =>
  Predicate.hasProperty(cause, "reason") && (cause.reason === "Timeout" || cause.reason === "TooLarge")
    ? cause.reason
    : undefined

/** Says which scopes are enough, which a server does not say when a token has none of them. */
export const namingScopes = (error: CodeError, scopes: ReadonlyArray<string>): CodeError =>
  error._tag === "PermissionDenied" &&
  scopes.length > 0 &&
  ErrorDetails.reasons(error.status.details).includes("ACCESS_TOKEN_SCOPE_INSUFFICIENT")
    ? OperationsError.fromStatus({
        operation: error.operation,
        method: error.method,
        status: {
          ...error.status,
          message: `${error.status.message}${/[.!?]$/.test(error.status.message) ? "" : "."} Enough is a token with the scope ${scopes.join(" or ")}.`
        },
        httpStatus: error.httpStatus,
        retryAfter: error.retryAfter
      })
    : error

// What the errors of Node and undici say stands in a chain of causes; the outermost one mostly says "fetch failed".
const causes = (cause: unknown): ReadonlyArray<string> => {
  const said: Array<string> = []
  let at = cause
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    const code = Predicate.hasProperty(at, "code") && typeof at.code === "string" ? at.code : ""
    const text = at.message === "" ? code : at.message
    if (text !== "" && !said.includes(text)) said.push(text)
    at = at.cause
  }
  return said
}
