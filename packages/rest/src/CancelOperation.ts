/**
 * `google.longrunning.Operations.CancelOperation` on the wire.
 *
 * @since 0.1.0
 */
import type * as Status from "@effect-lro/core/Status"
import * as Either from "effect/Either"
import * as message from "./internal/message.js"

/**
 * The body that a client sends: Earth Engine's documentation asks for none, its own clients send this, and both are
 * accepted everywhere.
 *
 * @since 0.1.0
 * @category constants
 */
export const body = "{}"

/**
 * Checks the body of a request: nothing and `{}` are accepted, a `name` in it counts for nothing beside that of the path.
 *
 * Fails with INVALID_ARGUMENT where it is not a JSON object, and for each field that is not known.
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
): Either.Either<void, Status.Status> => Either.map(message.decode(text, ["name"], options?.unknownFields), () => {})
