/**
 * `google.longrunning.Operations.WaitOperation` on the wire.
 *
 * @since 0.1.0
 */
import * as ProtoJson from "@effect-lro/core/ProtoJson"
import type * as Status from "@effect-lro/core/Status"
import type * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { invalidArgument } from "./internal/invalidArgument.js"
import * as message from "./internal/message.js"

/**
 * The timeout as ProtoJSON writes it, such as `"30s"`: the value of the field `timeout`, in a body or in a query.
 *
 * @since 0.1.0
 * @category conversions
 */
export const formatTimeout = (timeout: Duration.DurationInput): string =>
  ProtoJson.formatDuration(ProtoJson.durationFromEffect(timeout))

/**
 * The body of a request: `{}` without a timeout, which leaves it to the server.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toBody = (timeout: Option.Option<Duration.DurationInput>): string =>
  Option.match(timeout, {
    onNone: () => "{}",
    onSome: (it) => JSON.stringify({ timeout: formatTimeout(it) })
  })

/**
 * Reads the body of a request: nothing and `{}` have no timeout, a `name` in it counts for nothing beside that of the
 * path.
 *
 * Fails with INVALID_ARGUMENT where it is not a JSON object, where the timeout is negative or no Duration, and for each
 * field that is not known.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromBody = (
  text: string,
  options?: {
    /** Defaults to `"reject"`, as Google's servers do. */
    readonly unknownFields?: "reject" | "ignore" | undefined
  }
): Either.Either<{ readonly timeout: Option.Option<Duration.Duration> }, Status.Status> =>
  Either.flatMap(message.decode(text, ["name", "timeout"], options?.unknownFields), ({ timeout }) => {
    if (timeout === undefined || timeout === null) return Either.right({ timeout: Option.none() })
    const parsed = typeof timeout === "string" ? ProtoJson.parseDuration(timeout) : Option.none()
    return Option.isSome(parsed) && parsed.value.seconds >= 0 && parsed.value.nanos >= 0
      ? Either.right({ timeout: Option.some(ProtoJson.durationToEffect(parsed.value)) })
      : Either.left(invalidArgument([{ field: "timeout", description: "it is no Duration from 0s up, such as 1.5s" }]))
  })
