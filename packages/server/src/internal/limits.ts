import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Principal, RequestHead } from "../Authenticator.js"
import * as Refusal from "./refusal.js"
import * as TokenBuckets from "./tokenBuckets.js"

/**
 * How much is asked at a time.
 */
export interface Limits {
  /** Counts a request against the rate of its principal; the refusal where there were too many. */
  readonly count: (key: string, now: number) => Refusal.Refusal | undefined
  /** Holds a place while a request is answered, or refuses it where all are taken. */
  readonly hold: <A, E>(
    kind: "answer" | "wait",
    key: string,
    answer: Effect.Effect<A, E>
  ) => Effect.Effect<A, E | Refusal.Refusal>
}

export interface Options {
  readonly rate: { readonly limit: number; readonly interval: Duration.DurationInput } | undefined
  readonly maxActive: number
  readonly maxActivePerPrincipal: number
  readonly maxWaiting: number
}

/**
 * Whose requests are counted together: those of one principal, or, of those who are nobody, those of one address.
 */
export const keyOf = (principal: Principal, head: RequestHead): string =>
  principal.id === "" ? `@${Option.getOrElse(head.remoteAddress, () => "")}` : `=${principal.id}`

export const make = (options: Options): Limits => {
  const { rate } = options
  const buckets =
    rate === undefined
      ? undefined
      : TokenBuckets.make({ capacity: rate.limit, interval: Duration.toMillis(rate.interval) / rate.limit })
  const places = { answer: { taken: 0, of: options.maxActive }, wait: { taken: 0, of: options.maxWaiting } }
  const perPrincipal = options.maxActivePerPrincipal
  const byPrincipal = new Map<string, number>()

  return {
    count: (key, now) => {
      if (buckets === undefined) return undefined
      const wait = buckets.take(key, now)
      return wait === 0 ? undefined : Refusal.tooManyRequests(Duration.millis(wait))
    },
    hold: <A, E>(kind: "answer" | "wait", key: string, answer: Effect.Effect<A, E>) =>
      Effect.suspend((): Effect.Effect<A, E | Refusal.Refusal> => {
        const all = places[kind]
        if (all.taken >= all.of) return Effect.fail(Refusal.overloaded)
        const own = perPrincipal === Infinity ? 0 : (byPrincipal.get(key) ?? 0)
        if (own >= perPrincipal) return Effect.fail(Refusal.tooManyAtOnce)
        all.taken++
        if (perPrincipal !== Infinity) byPrincipal.set(key, own + 1)
        return Effect.onExit(answer, () =>
          Effect.sync(() => {
            all.taken--
            if (perPrincipal === Infinity) return
            const left = (byPrincipal.get(key) ?? 1) - 1
            if (left === 0) byPrincipal.delete(key)
            else byPrincipal.set(key, left)
          })
        )
      })
  }
}
