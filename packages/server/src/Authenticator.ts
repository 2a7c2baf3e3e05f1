/**
 * Who asks: what a server makes of the headers of a request, before it looks at anything else.
 *
 * @since 0.1.0
 */
import { type PermissionDenied, Unauthorized } from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/**
 * Who a request comes from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Principal {
  /**
   * Tells it from all others, also after a restart; empty where nobody asked who it is. Page tokens are bound to it, limits
   * count by it. It is no secret.
   */
  readonly id: string
}

/**
 * What is known of a request before its body.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestHead {
  readonly method: string
  /** The path and the query, as they were sent. */
  readonly url: string
  /** By names in lower case. */
  readonly headers: { readonly [name: string]: string | undefined }
  /** The address that the connection comes from: that of the last proxy. */
  readonly remoteAddress: Option.Option<string>
}

/**
 * Finds out who asks. It fails with `Unauthorized` (401) where it does not know, or with `PermissionDenied` (403) where it
 * knows and that one may not ask for anything.
 *
 * Any function of this type will do, such as one that verifies a signed token.
 *
 * @since 0.1.0
 * @category models
 */
export interface Authenticator<out R = never> {
  (request: RequestHead): Effect.Effect<Principal, Unauthorized | PermissionDenied, R>
}

/**
 * Who asks where nobody asked who it is.
 *
 * @since 0.1.0
 * @category constants
 */
export const anonymous: Principal = { id: "" }

/**
 * Lets everybody pass, as {@link anonymous}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const none: Authenticator = () => Effect.succeed(anonymous)

/**
 * Knows the bearers of tokens, by their ids. How long it takes to refuse a token says nothing about how much of it was
 * right.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as Authenticator from "@effect-lro/server/Authenticator"
 * import * as Redacted from "effect/Redacted"
 *
 * export const authenticate = Authenticator.bearer({ alice: Redacted.make("the token of alice") })
 * ```
 */
export const bearer = (tokens: Readonly<Record<string, Redacted.Redacted>>): Authenticator => {
  const known = Object.entries(tokens).map(([id, token]) => ({
    token: Redacted.value(token),
    success: Effect.succeed<Principal>({ id })
  }))
  return ({ headers }) => {
    const [, presented] = /^bearer +(\S+)$/i.exec(headers["authorization"] ?? "") ?? []
    if (presented === undefined) return missing
    let found: Effect.Effect<Principal> | undefined = undefined
    // No early end: which token it is like must not be told by time.
    for (const { success, token } of known) {
      if (isSame(presented, token)) found = success
    }
    return found ?? wrong
  }
}

/**
 * Refuses a request for want of credentials, with words that may be shown to whoever sent it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const refuse = (message: string): Effect.Effect<never, Unauthorized> => unauthorized("Refused", message)

/**
 * Refuses a request that has no credentials at all. Unlike one with wrong ones, it does not count as a guess
 * (`Limits.Options`).
 *
 * @since 0.1.0
 * @category constructors
 */
export const noCredentials = (message: string): Effect.Effect<never, Unauthorized> =>
  unauthorized("NoCredentials", message)

const unauthorized = (reason: Unauthorized["reason"], message: string): Effect.Effect<never, Unauthorized> =>
  Effect.fail(
    new Unauthorized({
      operation: "",
      method: "get",
      reason,
      status: Status.make({ code: "UNAUTHENTICATED", message })
    })
  )

const missing = noCredentials("The request has no bearer token.")

const wrong = refuse("The bearer token is not one that this server knows.")

// Takes the time that the length of what was presented gives, whatever it is compared with.
const isSame = (presented: string, token: string): boolean => {
  let difference = presented.length ^ token.length
  for (let i = 0; i < presented.length; i++) difference |= presented.charCodeAt(i) ^ token.charCodeAt(i % token.length)
  return difference === 0
}
