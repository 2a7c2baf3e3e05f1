import { Unauthorized } from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Renewable } from "../Credentials.js"

export const missing = (message: string): Unauthorized =>
  new Unauthorized({
    operation: "",
    method: "get",
    reason: "NoCredentials",
    status: Status.make({ code: "UNAUTHENTICATED", message })
  })

export const headerValue = (token: Redacted.Redacted): Exit.Exit<string, Unauthorized> => {
  const text = Redacted.value(token)
  // An error about a header that cannot be sent would show its value.
  return /^[\u0021-\u007e]+$/.test(text)
    ? Exit.succeed(`Bearer ${text}`)
    : Exit.fail(missing(text === "" ? "the token is empty" : "the token has characters that no header can hold"))
}

/** Another token than one that a server refused, where there is one. */
export const renewed = (
  token: Renewable,
  refused: Redacted.Redacted
): Effect.Effect<Option.Option<Redacted.Redacted>, Unauthorized> =>
  Effect.mapBoth(token.renew(refused), {
    onSuccess: (fresh) => (Redacted.value(fresh) === Redacted.value(refused) ? Option.none() : Option.some(fresh)),
    onFailure: ({ method, operation, status }) =>
      new Unauthorized({
        operation,
        method,
        reason: "Refused",
        status: {
          ...status,
          message: `the server refused the token (401), which could not be renewed: ${status.message}`
        },
        httpStatus: 401
      })
  })
