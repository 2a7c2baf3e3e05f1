/**
 * The error of a refused request on the wire: `{"error": {"code", "message", "status", "details"}}` of AIP-193, and
 * everything that servers, front ends and proxies send in its place.
 *
 * Inside an operation stands a google.rpc.Status instead, whose `code` is another number: never mix the two.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Code from "@effect-lro/core/Code"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Option from "effect/Option"
import * as Excerpt from "./Excerpt.js"
import * as HttpDate from "./internal/httpDate.js"
import * as RetryAfter from "./RetryAfter.js"

/**
 * A refused request: what was asked, and what came back.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refusal {
  readonly operation: string
  readonly method: OperationsError.Method
  /** Not a success (2xx). */
  readonly httpStatus: number
  /** The header `Content-Type`, where there is one. */
  readonly contentType?: string | undefined
  /** The header `Retry-After`, where there is one. */
  readonly retryAfter?: string | undefined
  /**
   * The header `Date`, where there is one. A `Retry-After` that is a date counts from it, since the clock of this machine may
   * be another than the server's.
   */
  readonly date?: string | undefined
  readonly body: string
  /** The present, in milliseconds since 1970, where the server does not say. */
  readonly now: number
}

/**
 * Says which error a refusal is. Total.
 *
 * The code is that of the first of these that tells it: the name in `status`, the HTTP status, the number in the body. A
 * body that is not JSON, or longer than a mebibyte, counts for nothing but the message. Credentials that a body repeats are
 * blotted out.
 *
 * A 404 is about the operation where the body says so as google.rpc does, by the status NOT_FOUND or a number for it; else it
 * is about the route: gateways and frameworks that find none answer in JSON, too.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decode = (refusal: Refusal): OperationsError.CodeError => {
  const { httpStatus, method, operation } = refusal
  const envelope =
    refusal.body.length > longestEnvelope
      ? Option.none()
      : // Blotting out before parsing reaches messages and details alike, and leaves JSON what it is.
        Option.flatMap(parseJson(Excerpt.redact(refusal.body)), findEnvelope)
  const status = Option.match(envelope, {
    onNone: () => Status.make({ code: codeOfHttp(httpStatus), message: describe(refusal) }),
    onSome: (it) => statusOf(it, httpStatus)
  })
  const retryAfter = Option.flatMap(Option.fromNullable(refusal.retryAfter), (header) =>
    RetryAfter.parse(
      header,
      Option.getOrElse(HttpDate.parse(refusal.date ?? ""), () => refusal.now)
    )
  )
  return OperationsError.fromStatus({
    operation,
    method,
    status,
    httpStatus,
    missing: Option.exists(envelope, saysNotFound) && !isAboutRoute(status) ? "operation" : "route",
    ...(Option.isSome(retryAfter) ? { retryAfter: retryAfter.value } : {})
  })
}

/**
 * The envelope of AIP-193.
 *
 * @since 0.1.0
 * @category models
 */
export interface Envelope {
  readonly error: {
    /** The HTTP status. */
    readonly code: number
    readonly message: string
    readonly status: Code.Code
    readonly details?: ReadonlyArray<AnyMessage.AnyMessage>
    /** Of the older format, which clients ask for with `$.xgafv=1`. */
    readonly errors?: ReadonlyArray<{ readonly message: string; readonly domain: string; readonly reason: string }>
  }
}

/**
 * Writes the envelope of a status, ready for `JSON.stringify`.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import * as Status from "@effect-lro/core/Status"
 * import * as ErrorEnvelope from "@effect-lro/rest/ErrorEnvelope"
 *
 * const status = Status.make({ code: "UNIMPLEMENTED", message: "cancel is not offered" })
 * console.log(JSON.stringify(ErrorEnvelope.encode(status)))
 * // {"error":{"code":501,"message":"cancel is not offered","status":"UNIMPLEMENTED"}}
 * ```
 */
export const encode = (
  status: Status.Status,
  options?: {
    /** Defaults to the one that google.rpc.Code maps the status' code to. */
    readonly httpStatus?: number | undefined
    /** Add the `errors` of the older format. `false` by default. */
    readonly legacyErrors?: boolean | undefined
  }
): Envelope => {
  const code = Status.codeOf(status)
  return {
    error: {
      code: options?.httpStatus ?? Code.toHttpStatus(code),
      message: status.message,
      ...(options?.legacyErrors === true
        ? { errors: [{ message: status.message, domain: "global", reason: legacyReason(code, status) }] }
        : {}),
      status: code,
      ...(status.details.length === 0 ? {} : { details: status.details })
    }
  }
}

/**
 * The status of a path that no method of a service answers to, marked so that {@link decode} takes it for a missing route
 * and not for a missing operation.
 *
 * @since 0.1.0
 * @category constructors
 */
export const routeNotFound = (message: string): Status.Status =>
  Status.make({
    code: "NOT_FOUND",
    message,
    details: [ErrorDetails.errorInfo({ reason: routeReason, domain: "effect-lro" })]
  })

const routeReason = "ROUTE_NOT_FOUND"

// "Method not found." is what Google's own frameworks say in JSON of a path that they do not route.
const isAboutRoute = (status: Status.Status): boolean =>
  status.message === "Method not found." || Option.contains(ErrorDetails.reason(status.details), routeReason)

// Beside an HTTP status, 404 is what any framework writes for a path that it does not know; inside of `error` it is Google's.
const saysNotFound = ({ bare, error }: Found): boolean =>
  error["status"] === "NOT_FOUND" || error["code"] === notFoundNumber || (!bare && error["code"] === 404)

const notFoundNumber = Code.toNumber("NOT_FOUND")

// No error of a service comes near it, and what is longer is not worth the time that a hostile one could make it take.
const longestEnvelope = 1024 * 1024

const parseJson = Option.liftThrowable((text: string): unknown => JSON.parse(text))

interface Found {
  readonly error: AnyMessage.AnyMessage
  /** Whether the error was the whole object, as grpc-gateway sends it: its `code` is then not that of HTTP. */
  readonly bare: boolean
}

const findEnvelope = (json: unknown): Option.Option<Found> => {
  const object: unknown = Array.isArray(json)
    ? json.find((item: unknown) => AnyMessage.isAnyMessage(item) && item["error"] !== undefined)
    : json
  if (!AnyMessage.isAnyMessage(object)) return Option.none()
  const error = object["error"]
  if (AnyMessage.isAnyMessage(error)) return Option.some({ error, bare: false })
  if (typeof error === "string") {
    // The form of OAuth's token endpoints.
    const description = object["error_description"]
    const message = typeof description === "string" && description !== "" ? `${error}: ${description}` : error
    return Option.some({ error: { message }, bare: false })
  }
  return typeof object["message"] === "string" || Code.isCode(object["status"]) || typeof object["code"] === "number"
    ? Option.some({ error: object, bare: true })
    : Option.none()
}

const statusOf = ({ bare, error }: Found, httpStatus: number): Status.Status => {
  const details = Array.isArray(error["details"]) ? error["details"].filter(AnyMessage.isAnyMessage) : []
  const message = error["message"]
  return Status.make({
    code: codeOf(error, bare, httpStatus),
    message: typeof message === "string" ? message : "",
    details: [...details, ...legacyDetails(error["errors"], details)]
  })
}

const codeOf = (error: AnyMessage.AnyMessage, bare: boolean, httpStatus: number): Code.Code => {
  const name = error["status"]
  if (Code.isCode(name) && name !== "OK") return name
  const number = error["code"]
  if (typeof number !== "number") return codeOfHttp(httpStatus)
  // A gRPC number that agrees with the HTTP status tells more than it: three codes share 400.
  const grpc = bare ? Code.fromNumber(number) : Option.none()
  if (Option.isSome(grpc) && Code.toHttpStatus(grpc.value) === httpStatus) return grpc.value
  const byHttp = codeOfHttp(httpStatus)
  return byHttp === "UNKNOWN" ? codeOfHttp(number) : byHttp
}

// Two that no code of google.rpc maps to, and that FAILED_PRECONDITION, which google-gax makes of them, would misstate: on
// a cancel it reads as if the operation were over.
const codeOfHttp = (httpStatus: number): Code.Code => {
  switch (httpStatus) {
    case 405:
      return "UNIMPLEMENTED"
    case 408:
      return "DEADLINE_EXCEEDED"
    default: {
      const code = Code.fromHttpStatus(httpStatus)
      return code === "OK" ? "UNKNOWN" : code
    }
  }
}

/**
 * The older format tells in `errors[].reason` what ErrorInfo tells today, so it becomes one, unless there is one; that a
 * rate limit is behind a 403 stands nowhere else and is always kept.
 */
const legacyDetails = (
  errors: unknown,
  details: ReadonlyArray<AnyMessage.AnyMessage>
): ReadonlyArray<AnyMessage.AnyMessage> => {
  const legacy = (Array.isArray(errors) ? errors : []).flatMap((item: unknown) => {
    if (!AnyMessage.isAnyMessage(item)) return []
    const { domain, reason } = item
    return typeof reason === "string" && reason !== ""
      ? [{ reason, domain: typeof domain === "string" ? domain : "" }]
      : []
  })
  const rateLimit = legacy.find(({ reason }) => ErrorDetails.legacyRateLimits.has(reason))
  const hasInfo = details.some((detail) => AnyMessage.hasType(detail, "google.rpc.ErrorInfo"))
  const kept = rateLimit ?? (hasInfo ? undefined : legacy[0])
  return kept === undefined ? [] : [ErrorDetails.errorInfo(kept)]
}

const describe = (refusal: Refusal): string => {
  const type = refusal.contentType === undefined ? "" : ` (${Excerpt.of(refusal.contentType, 80)})`
  const said = Excerpt.of(refusal.body)
  return `HTTP ${refusal.httpStatus}${type}${said === "" ? "" : `: ${said}`}`
}

const legacyReasons: Readonly<Record<Code.Code, string>> = {
  OK: "",
  CANCELLED: "cancelled",
  UNKNOWN: "backendError",
  INVALID_ARGUMENT: "invalid",
  DEADLINE_EXCEEDED: "backendError",
  NOT_FOUND: "notFound",
  ALREADY_EXISTS: "duplicate",
  PERMISSION_DENIED: "forbidden",
  RESOURCE_EXHAUSTED: "quotaExceeded",
  FAILED_PRECONDITION: "failedPrecondition",
  ABORTED: "aborted",
  OUT_OF_RANGE: "outOfRange",
  UNIMPLEMENTED: "notImplemented",
  INTERNAL: "backendError",
  UNAVAILABLE: "backendError",
  DATA_LOSS: "backendError",
  UNAUTHENTICATED: "authError"
}

const legacyReason = (code: Code.Code, status: Status.Status): string =>
  code === "RESOURCE_EXHAUSTED" &&
  (Option.isSome(ErrorDetails.retryDelay(status.details)) ||
    Option.contains(ErrorDetails.reason(status.details), "RATE_LIMIT_EXCEEDED"))
    ? "rateLimitExceeded"
    : legacyReasons[code]
