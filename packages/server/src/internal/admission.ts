import type { PermissionDenied, Unauthorized } from "@effect-lro/core/OperationsError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Authenticator, Principal, RequestHead } from "../Authenticator.js"
import type * as Failures from "./failures.js"
import type * as Refusal from "./refusal.js"
import * as Step from "./step.js"

/**
 * Finds out who asks, unless too much of what came from the same address has failed to tell.
 */
export interface Admission {
  (head: RequestHead, now: number): Effect.Effect<Principal, Unauthorized | PermissionDenied | Refusal.Refusal>
}

export const make =
  (authenticate: Authenticator, failures: Failures.Failures): Admission =>
  (head, now) => {
    const refused = failures.refuse(head, now)
    if (refused !== undefined) return Effect.fail(refused)
    const admitted = authenticate(head)
    if (Step.isSuccess(admitted)) {
      const proxy = failures.passed(head)
      return proxy === undefined ? admitted : Effect.zipRight(warnOf(proxy), admitted)
    }
    return Effect.tapBoth(admitted, {
      onFailure: (error) =>
        // Who has nothing to show does not guess.
        error._tag === "Unauthorized" && error.reason === "Refused"
          ? Effect.map(Clock.currentTimeMillis, (now) => failures.failed(head, now))
          : Effect.void,
      onSuccess: () => {
        const proxy = failures.passed(head)
        return proxy === undefined ? Effect.void : warnOf(proxy)
      }
    })
  }

const warnOf = (proxy: string): Effect.Effect<void> =>
  Effect.annotateLogs(
    Effect.logWarning(
      "Requests come through a proxy, so that failed authentications are not limited by address; limits.trustedProxies says how many proxies there are"
    ),
    { "network.peer.address": proxy }
  )
