/**
 * Why there is no token, in words that say what was tried and what to do next, without anything secret.
 *
 * @since 0.1.0
 */
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/**
 * What kind of trouble it is.
 *
 * - `Missing`: there are no such credentials here; another source may have some.
 * - `Unreadable`: a file that was named, or is there, cannot be read.
 * - `Malformed`: what was read is not what it should be.
 * - `Unsupported`: the credentials are of a kind that this library does not know.
 * - `Refused`: whoever gives the tokens has refused (`invalid_grant` and its like). A repetition does not help.
 * - `Unavailable`: nobody answered, or nobody with sense: a dead endpoint, 5xx, 429. A repetition may help.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = "Missing" | "Unreadable" | "Malformed" | "Unsupported" | "Refused" | "Unavailable"

/**
 * There is no token to be had from a source.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialsError extends Schema.TaggedError<CredentialsError>("@effect-lro/google-auth/CredentialsError")(
  "CredentialsError",
  {
    reason: Schema.Literal("Missing", "Unreadable", "Malformed", "Unsupported", "Refused", "Unavailable"),
    /** Whose credentials they are or where they were looked for, such as the path of a file. */
    source: Schema.String,
    /** What is wrong with them. */
    problem: Schema.String,
    /** What to do about it. */
    next: Schema.String
  }
) {
  override get message(): string {
    return `no credentials: ${this.source}: ${this.problem}. ${this.next}`
  }
}

/**
 * The domain of the `ErrorInfo` that {@link toUnauthorized} adds.
 *
 * @since 0.1.0
 * @category constants
 */
export const domain = "google-auth.effect-lro"

/**
 * The error of a request that cannot be sent for want of credentials: `NoCredentials`, with an `ErrorInfo` whose reason is
 * `CREDENTIALS_` and the reason in capitals. `Unavailable` has a `RetryInfo` besides, by which a wait looks again.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toUnauthorized = (error: CredentialsError): OperationsError.Unauthorized =>
  new OperationsError.Unauthorized({
    operation: "",
    method: "get",
    reason: "NoCredentials",
    status: Status.make({
      code: "UNAUTHENTICATED",
      message: error.message,
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: `CREDENTIALS_${error.reason.toUpperCase()}`,
          domain,
          metadata: { source: error.source }
        },
        ...(error.reason === "Unavailable" ? [ErrorDetails.retryInfo(pause)] : [])
      ]
    })
  })

// It was asked several times already.
const pause = Duration.seconds(5)
