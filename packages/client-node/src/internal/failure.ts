import * as Predicate from "effect/Predicate"
import { type Reason, TransportFailure } from "../TransportFailure.js"

const codeOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : ""

const reasons: Readonly<Record<string, Reason>> = {
  UND_ERR_CONNECT_TIMEOUT: "Timeout",
  UND_ERR_HEADERS_TIMEOUT: "Timeout",
  UND_ERR_BODY_TIMEOUT: "Timeout",
  ETIMEDOUT: "Timeout",
  UND_ERR_HEADERS_OVERFLOW: "TooLarge",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "TooLarge",
  UND_ERR_INVALID_ARG: "InvalidRequest",
  UND_ERR_NOT_SUPPORTED: "InvalidRequest",
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: "InvalidRequest"
}

/** What an error of undici, or of the socket below it, amounts to. */
export const fromCause = (cause: Error, status: number | undefined): TransportFailure => {
  const code = codeOf(cause)
  return new TransportFailure({
    reason: reasons[code] ?? "Connection",
    description: cause.message === "" ? code : cause.message,
    ...(status === undefined ? {} : { status }),
    cause
  })
}

/** A failure that was found here, not by undici. */
export const make = (reason: Reason, description: string, status?: number): TransportFailure =>
  new TransportFailure({ reason, description, ...(status === undefined ? {} : { status }) })
