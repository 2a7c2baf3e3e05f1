/**
 * The canonical status codes of google.rpc, by name.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * One of the seventeen names of `google.rpc.Code`.
 *
 * @since 0.1.0
 * @category models
 */
export type Code =
  | "OK"
  | "CANCELLED"
  | "UNKNOWN"
  | "INVALID_ARGUMENT"
  | "DEADLINE_EXCEEDED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "PERMISSION_DENIED"
  | "RESOURCE_EXHAUSTED"
  | "FAILED_PRECONDITION"
  | "ABORTED"
  | "OUT_OF_RANGE"
  | "UNIMPLEMENTED"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "DATA_LOSS"
  | "UNAUTHENTICATED"

/**
 * All names, each at the index that is its number in `google.rpc.Code`.
 *
 * @since 0.1.0
 * @category models
 */
export const codes = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED"
] as const satisfies ReadonlyArray<Code>

/**
 * The schema of a code's name, as it stands in the `status` of an error envelope.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Code: Schema.Schema<Code> = Schema.Literal(...codes)

/**
 * Says whether a value is the name of a code.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isCode = (u: unknown): u is Code => codes.some((code) => code === u)

/**
 * The number of a code: what `Status.code` carries inside an operation (not the HTTP status).
 *
 * @since 0.1.0
 * @category conversions
 */
export const toNumber = (code: Code): number => codes.indexOf(code)

/**
 * The code with this number, or none where `google.rpc.Code` does not define it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromNumber = (number: number): Option.Option<Code> => Option.fromNullable(codes[number])

/**
 * The HTTP status that google/rpc/code.proto maps a code to.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toHttpStatus = (code: Code): number => httpStatuses[code]

/**
 * The code to assume where an HTTP status is all that is known.
 *
 * Follows google-gax, but for 502, which says the same as 503: the one asked was not there to answer.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromHttpStatus = (status: number): Code => {
  const known = fromHttpStatuses[status]
  if (known !== undefined) return known
  if (status >= 200 && status < 300) return "OK"
  if (status >= 400 && status < 500) return "FAILED_PRECONDITION"
  if (status >= 500 && status < 600) return "INTERNAL"
  return "UNKNOWN"
}

const httpStatuses: Record<Code, number> = {
  OK: 200,
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401
}

const fromHttpStatuses: Readonly<Record<number, Code>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  416: "OUT_OF_RANGE",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  501: "UNIMPLEMENTED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED"
}
