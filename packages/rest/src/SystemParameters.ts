/**
 * The query parameters that every method of a Google API takes beside its own, such as `$alt` and `prettyPrint`.
 *
 * @since 0.1.0
 */
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Status from "@effect-lro/core/Status"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Query } from "./Query.js"

/**
 * What a request asks of its answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface SystemParameters {
  /** Whether JSON is written over several lines: `true` where the request does not say. */
  readonly prettyPrint: boolean
  /** The field mask of `fields`; without one, everything is answered. */
  readonly fields: Option.Option<string>
  /** Whether errors carry the `errors` of the older format (`$.xgafv=1`). */
  readonly legacyErrors: boolean
  /** Whether enums are written as numbers (`$alt=json;enum-encoding=int`, as gax asks). */
  readonly enumsAsNumbers: boolean
  /** Of `key`. */
  readonly apiKey: Option.Option<Redacted.Redacted>
  /** Of `access_token` or `oauth_token`, which stand in for the header `Authorization`. */
  readonly accessToken: Option.Option<Redacted.Redacted>
  /** Of `quotaUser`. */
  readonly quotaUser: Option.Option<string>
}

/**
 * What a request without any of these parameters asks.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults: SystemParameters = {
  prettyPrint: true,
  fields: Option.none(),
  legacyErrors: false,
  enumsAsNumbers: false,
  apiKey: Option.none(),
  accessToken: Option.none(),
  quotaUser: Option.none()
}

/**
 * Takes the system parameters out of a query; what is left are the fields of the request.
 *
 * Fails with INVALID_ARGUMENT and the reason `SYSTEM_PARAMETER_UNSUPPORTED` where a value is none that the parameter has,
 * and for answers other than JSON (`alt=proto`, `alt=media`, `callback`).
 *
 * @since 0.1.0
 * @category conversions
 */
export const take = (
  query: Query
): Either.Either<{ readonly system: SystemParameters; readonly fields: Query }, Status.Status> => {
  const system: { -readonly [K in keyof SystemParameters]: SystemParameters[K] } = { ...defaults }
  const fields: Array<readonly [string, string]> = []
  for (const parameter of query) {
    const [name, value] = parameter
    const canonical = bare.has(name) ? name : name.startsWith("$") && bare.has(name.slice(1)) ? name.slice(1) : name
    if (!bare.has(canonical) && !dollar.has(canonical)) {
      fields.push(parameter)
      continue
    }
    const change = read(canonical, value)
    if (change === undefined) return Either.left(unsupported(name))
    Object.assign(system, change)
  }
  return Either.right({ system, fields })
}

// Those that may be written without a dollar sign, and those that may not.
const bare: ReadonlySet<string> = new Set([
  "access_token",
  "alt",
  "callback",
  "fields",
  "key",
  "oauth_token",
  "passwd",
  "password",
  "prettyPrint",
  "quotaUser",
  "uploadType",
  "upload_protocol"
])

const dollar: ReadonlySet<string> = new Set(["$.xgafv", "$apiVersion", "$ct", "$outputDefaults", "$unique"])

const read = (name: string, value: string): Partial<SystemParameters> | undefined => {
  switch (name) {
    case "alt": {
      const [format, ...parameters] = value.split(";").map((part) => part.trim())
      return format === "" || format === "json"
        ? { enumsAsNumbers: parameters.includes("enum-encoding=int") }
        : undefined
    }
    case "callback":
      return value === "" ? {} : undefined
    case "prettyPrint":
      return /^(?:true|1|)$/i.test(value)
        ? { prettyPrint: true }
        : /^(?:false|0)$/i.test(value)
          ? { prettyPrint: false }
          : undefined
    case "fields":
      return { fields: nonEmpty(value) }
    case "$.xgafv":
      return value === "1" || value === "2" || value === "" ? { legacyErrors: value === "1" } : undefined
    case "key":
      return { apiKey: Option.map(nonEmpty(value), Redacted.make) }
    case "access_token":
    case "oauth_token":
      return { accessToken: Option.map(nonEmpty(value), Redacted.make) }
    case "quotaUser":
      return { quotaUser: nonEmpty(value) }
    default:
      // The rest has no meaning for these methods and is known only so that it is not taken for a field.
      return {}
  }
}

const nonEmpty = (value: string): Option.Option<string> => (value === "" ? Option.none() : Option.some(value))

const unsupported = (parameter: string): Status.Status =>
  Status.make({
    code: "INVALID_ARGUMENT",
    message: `the value of the system parameter ${parameter} is not supported`,
    details: [
      ErrorDetails.errorInfo({
        reason: "SYSTEM_PARAMETER_UNSUPPORTED",
        domain: "googleapis.com",
        metadata: { parameter }
      })
    ]
  })
