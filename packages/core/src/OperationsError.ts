/**
 * What a request about an operation can fail with: a tag for each code of google.rpc, and three for when there was no
 * answer, no sense in the answer, or nothing that could be asked.
 *
 * None of them says that an operation failed: that is data, see `Operation.Failed`.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Code from "./Code.js"
import * as ErrorDetails from "./ErrorDetails.js"
import * as internal from "./internal/codeError.js"
import * as Status from "./Status.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = internal.TypeId

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-lro/core/OperationsError"

/**
 * Which request failed: a method of google.longrunning.Operations, or the one that starts an operation.
 *
 * @since 0.1.0
 * @category models
 */
export type Method = "get" | "list" | "cancel" | "delete" | "wait" | "start"

/**
 * The schema of a method.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Method: Schema.Schema<Method> = internal.Method

/**
 * CANCELLED (HTTP 499): the request itself was cancelled. It says nothing about the operation.
 *
 * @since 0.1.0
 * @category errors
 */
export class CallCancelled extends internal.codeError<CallCancelled>()("CallCancelled", {}) {}

/**
 * UNKNOWN (HTTP 500), or a number that google.rpc.Code does not define: the server could not say what went wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unknown extends internal.codeError<Unknown>()("Unknown", {}) {}

/**
 * INVALID_ARGUMENT (HTTP 400): the request is wrong whatever the state of the server; the details may hold a `BadRequest`.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidArgument extends internal.codeError<InvalidArgument>()("InvalidArgument", {}) {}

/**
 * DEADLINE_EXCEEDED (HTTP 504): the server, or something before it, gave up waiting. What was asked may have happened.
 *
 * @since 0.1.0
 * @category errors
 */
export class DeadlineExceeded extends internal.codeError<DeadlineExceeded>()("DeadlineExceeded", {}) {}

/**
 * NOT_FOUND (HTTP 404). `missing` tells an operation that does not exist (or no longer) from a route that the host does not
 * have at all: a wrong version, a wrong host, or a method that the service does not offer.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends internal.codeError<NotFound>()("NotFound", {
  missing: Schema.Literal("operation", "route")
}) {}

/**
 * ALREADY_EXISTS (HTTP 409): what was to be created is there.
 *
 * @since 0.1.0
 * @category errors
 */
export class AlreadyExists extends internal.codeError<AlreadyExists>()("AlreadyExists", {}) {}

/**
 * PERMISSION_DENIED (HTTP 403): the caller is known and may not, or the API, the project or its registration forbids it;
 * the details mostly hold an `ErrorInfo` whose reason tells which. A fresh token does not help.
 *
 * @since 0.1.0
 * @category errors
 */
export class PermissionDenied extends internal.codeError<PermissionDenied>()("PermissionDenied", {}) {}

/**
 * RESOURCE_EXHAUSTED (HTTP 429): a rate limit, which passes, or a quota, which does not; see {@link isRetryable}.
 *
 * @since 0.1.0
 * @category errors
 */
export class ResourceExhausted extends internal.codeError<ResourceExhausted>()("ResourceExhausted", {}) {}

/**
 * FAILED_PRECONDITION (HTTP 400): the state of the system forbids it; some services answer so to the cancelling of an
 * operation that is over.
 *
 * @since 0.1.0
 * @category errors
 */
export class FailedPrecondition extends internal.codeError<FailedPrecondition>()("FailedPrecondition", {}) {}

/**
 * ABORTED (HTTP 409): lost against another request.
 *
 * @since 0.1.0
 * @category errors
 */
export class Aborted extends internal.codeError<Aborted>()("Aborted", {}) {}

/**
 * OUT_OF_RANGE (HTTP 400): past the valid range.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutOfRange extends internal.codeError<OutOfRange>()("OutOfRange", {}) {}

/**
 * UNIMPLEMENTED (HTTP 501): the service does not support the method; no repetition will change that.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unimplemented extends internal.codeError<Unimplemented>()("Unimplemented", {}) {}

/**
 * INTERNAL (HTTP 500): the server broke an invariant of its own.
 *
 * @since 0.1.0
 * @category errors
 */
export class Internal extends internal.codeError<Internal>()("Internal", {}) {}

/**
 * UNAVAILABLE (HTTP 503, and 502 from a front end): nobody was there to answer; ask again.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unavailable extends internal.codeError<Unavailable>()("Unavailable", {}) {}

/**
 * DATA_LOSS (HTTP 500): lost or corrupted beyond recovery.
 *
 * @since 0.1.0
 * @category errors
 */
export class DataLoss extends internal.codeError<DataLoss>()("DataLoss", {}) {}

/**
 * UNAUTHENTICATED (HTTP 401): there are no valid credentials. `reason` tells whether the server refused them or whether
 * there were none to send, in which case no request was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends internal.codeError<Unauthorized>()("Unauthorized", {
  reason: Schema.Literal("Refused", "NoCredentials")
}) {}

/**
 * No answer came: the connection could not be made or broke, time ran out, or what came must not be followed
 * (`Redirect`) or read (`TooLarge`). Whether the server did what was asked is unknown.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError extends Schema.TaggedError<TransportError>(
  "@effect-lro/core/OperationsError/TransportError"
)("TransportError", {
  operation: Schema.String,
  method: Method,
  reason: Schema.Literal("Connection", "Timeout", "Redirect", "TooLarge"),
  description: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  readonly [TypeId]: TypeId = TypeId
  override get message(): string {
    return `${this.method} ${this.operation}: ${this.description}`
  }
}

/**
 * An answer came that is none: not JSON where the status promised a message, or JSON of another shape. `excerpt` is the
 * beginning of the body, at most 500 characters, with credentials blotted out.
 *
 * @since 0.1.0
 * @category errors
 */
export class MalformedResponse extends Schema.TaggedError<MalformedResponse>(
  "@effect-lro/core/OperationsError/MalformedResponse"
)("MalformedResponse", {
  operation: Schema.String,
  method: Method,
  httpStatus: Schema.optional(Schema.Int),
  reason: Schema.String,
  excerpt: Schema.String
}) {
  readonly [TypeId]: TypeId = TypeId
  override get message(): string {
    return `${this.method} ${this.operation}: the server's answer could not be understood: ${this.reason}`
  }
}

/**
 * The name cannot be that of an operation, or not of one of this service. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidName extends Schema.TaggedError<InvalidName>("@effect-lro/core/OperationsError/InvalidName")(
  "InvalidName",
  {
    /** The name that was refused, shortened where it is long, with control characters replaced. */
    input: Schema.String,
    reason: Schema.String
  }
) {
  readonly [TypeId]: TypeId = TypeId
  override get message(): string {
    return `invalid operation name ${JSON.stringify(this.input)}: ${this.reason}`
  }
}

/**
 * The errors that are a server's answer: one for each code of google.rpc but OK.
 *
 * @since 0.1.0
 * @category models
 */
export type CodeError =
  | CallCancelled
  | Unknown
  | InvalidArgument
  | DeadlineExceeded
  | NotFound
  | AlreadyExists
  | PermissionDenied
  | ResourceExhausted
  | FailedPrecondition
  | Aborted
  | OutOfRange
  | Unimplemented
  | Internal
  | Unavailable
  | DataLoss
  | Unauthorized

/**
 * Everything that a request can fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type OperationsError = CodeError | TransportError | MalformedResponse | InvalidName

/**
 * The schema of the errors that are a server's answer.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CodeError = Schema.Union(
  CallCancelled,
  Unknown,
  InvalidArgument,
  DeadlineExceeded,
  NotFound,
  AlreadyExists,
  PermissionDenied,
  ResourceExhausted,
  FailedPrecondition,
  Aborted,
  OutOfRange,
  Unimplemented,
  Internal,
  Unavailable,
  DataLoss,
  Unauthorized
)

/**
 * The schema of all errors, by which they cross a process border.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OperationsError = Schema.Union(CodeError, TransportError, MalformedResponse, InvalidName)

/**
 * Says whether a value is one of these errors.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isOperationsError = (u: unknown): u is OperationsError => Predicate.hasProperty(u, TypeId)

/**
 * Says whether an error is a server's answer, and so has a `status`.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isCodeError = (error: OperationsError): error is CodeError => "status" in error

/**
 * The error that a status stands for. A status that says OK and is an error all the same is `Unknown`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromStatus = (options: {
  readonly operation: string
  readonly method: Method
  readonly status: Status.Status
  readonly httpStatus?: number | undefined
  readonly retryAfter?: Duration.Duration | undefined
  /** For NOT_FOUND; `"operation"` by default. */
  readonly missing?: "operation" | "route" | undefined
}): CodeError => {
  const { missing = "operation", ...fields } = options
  const code = Status.codeOf(options.status)
  switch (code) {
    case "NOT_FOUND":
      return new NotFound({ ...fields, missing })
    case "UNAUTHENTICATED":
      return new Unauthorized({ ...fields, reason: "Refused" })
    default:
      return new classes[code](fields)
  }
}

/**
 * The same error about another operation: of one of those that a request for many was about.
 *
 * @since 0.1.0
 * @category conversions
 */
export const about = (error: OperationsError, operation: string): OperationsError => {
  if (error._tag === "InvalidName") return error
  const { method } = error
  switch (error._tag) {
    case "TransportError": {
      const { cause, description, reason } = error
      return new TransportError({ operation, method, reason, description, ...(cause === undefined ? {} : { cause }) })
    }
    case "MalformedResponse": {
      const { excerpt, httpStatus, reason } = error
      return new MalformedResponse({
        operation,
        method,
        reason,
        excerpt,
        ...(httpStatus === undefined ? {} : { httpStatus })
      })
    }
    case "Unauthorized": {
      const { httpStatus, reason, retryAfter, status } = error
      return new Unauthorized({ operation, method, status, httpStatus, retryAfter, reason })
    }
    default: {
      const { httpStatus, retryAfter, status } = error
      const missing = error._tag === "NotFound" ? error.missing : undefined
      return fromStatus({ operation, method, status, httpStatus, retryAfter, missing })
    }
  }
}

/**
 * How long the server asks to be left alone: the longer of `Retry-After` and `RetryInfo`. A lower bound, not a
 * suggestion.
 *
 * @since 0.1.0
 * @category getters
 */
export const advice = (error: OperationsError): Option.Option<Duration.Duration> => {
  if (!isCodeError(error)) return Option.none()
  const info = error.status.details.length === 0 ? Option.none() : ErrorDetails.retryDelay(error.status.details)
  if (error.retryAfter === undefined) return info
  return Option.some(Option.isSome(info) ? Duration.max(info.value, error.retryAfter) : error.retryAfter)
}

/**
 * Says whether the same request may succeed if it is sent again, for the five methods of google.longrunning, which are
 * all safe to repeat.
 *
 * So it is for UNAVAILABLE and DEADLINE_EXCEEDED, for HTTP 502, 503 and 504, for RESOURCE_EXHAUSTED that is a rate limit
 * (it carries advice on when to come back, or the reason `RATE_LIMIT_EXCEEDED`), for PERMISSION_DENIED with one of the
 * two legacy reasons `rateLimitExceeded` and `userRateLimitExceeded`, for UNAUTHENTICATED that carries such advice, since it
 * was then whoever gives the credentials who did not answer, and for lost connections and timeouts. No other answer gets
 * better by asking again (AIP-194).
 *
 * @since 0.1.0
 * @category refinements
 */
export const isRetryable = (error: OperationsError): boolean => {
  switch (error._tag) {
    case "Unavailable":
    case "DeadlineExceeded":
      return true
    case "ResourceExhausted":
      return Option.isSome(advice(error)) || hasReason(error, rateLimited)
    case "PermissionDenied":
      return hasReason(error, ErrorDetails.legacyRateLimits)
    case "Unauthorized":
      return Option.isSome(advice(error))
    case "TransportError":
      return error.reason === "Connection" || error.reason === "Timeout"
    case "InvalidName":
    case "Unimplemented":
      return false
    default:
      return isFrontEndTrouble(error.httpStatus)
  }
}

const isFrontEndTrouble = (httpStatus = 0): boolean => httpStatus >= 502 && httpStatus <= 504

const rateLimited: ReadonlySet<string> = new Set([...ErrorDetails.legacyRateLimits, "RATE_LIMIT_EXCEEDED"])

const hasReason = (error: CodeError, reasons: ReadonlySet<string>): boolean =>
  ErrorDetails.reasons(error.status.details).some((reason) => reasons.has(reason))

const classes = {
  OK: Unknown,
  CANCELLED: CallCancelled,
  UNKNOWN: Unknown,
  INVALID_ARGUMENT: InvalidArgument,
  DEADLINE_EXCEEDED: DeadlineExceeded,
  ALREADY_EXISTS: AlreadyExists,
  PERMISSION_DENIED: PermissionDenied,
  RESOURCE_EXHAUSTED: ResourceExhausted,
  FAILED_PRECONDITION: FailedPrecondition,
  ABORTED: Aborted,
  OUT_OF_RANGE: OutOfRange,
  UNIMPLEMENTED: Unimplemented,
  INTERNAL: Internal,
  UNAVAILABLE: Unavailable,
  DATA_LOSS: DataLoss
} as const satisfies Record<Exclude<Code.Code, "NOT_FOUND" | "UNAUTHENTICATED">, unknown>
