import * as Duration from "effect/Duration"
import type { Principal, RequestHead } from "../Authenticator.js"
import * as Address from "./address.js"
import * as Refusal from "./refusal.js"
import * as TokenBuckets from "./tokenBuckets.js"

/**
 * How much is asked at a time.
 */
export interface Limits {
  /**
   * Whose requests are counted together: those of one principal, or, of those who are nobody, those of one address. Empty where
   * nothing is counted.
   */
  readonly keyOf: (principal: Principal, head: RequestHead) => string
  /** Counts a request against the rate of its principal; the refusal where there were too many. */
  readonly count: (key: string, now: number) => Refusal.Refusal | undefined
  /** Takes a place while a request is answered, and answers with how to give it back; or refuses where all are taken. */
  readonly hold: (kind: Kind, key: string) => (() => void) | Refusal.Refusal
}

/** The requests of a batch have places of their own beside that of the batch, which is nobody's in particular. */
export type Kind = "answer" | "wait" | "batch"

export interface Options {
  readonly rate: { readonly limit: number; readonly interval: Duration.DurationInput } | undefined
  readonly maxActive: number
  readonly maxActivePerPrincipal: number
  readonly maxWaiting: number
  readonly maxBatches: number
  readonly trustedProxies: number
}

export const make = (options: Options): Limits => {
  const { rate } = options
  const buckets =
    rate === undefined
      ? undefined
      : TokenBuckets.make({ capacity: rate.limit, interval: Duration.toMillis(rate.interval) / rate.limit })
  const places = {
    answer: placesOf(options.maxActive),
    wait: placesOf(options.maxWaiting),
    batch: placesOf(options.maxBatches)
  }
  const perPrincipal = options.maxActivePerPrincipal
  const byPrincipal = new Map<string, number>()

  const isCounting = rate !== undefined || perPrincipal !== Infinity

  return {
    keyOf: (principal, head) => {
      if (!isCounting) return ""
      return principal.id === ""
        ? `@${Address.networkOf(Address.ofClient(head, options.trustedProxies) ?? "")}`
        : `=${principal.id}`
    },
    count: (key, now) => {
      if (buckets === undefined) return undefined
      const wait = buckets.take(key, now)
      return wait === 0 ? undefined : Refusal.tooManyRequests(Duration.millis(wait))
    },
    hold: (kind, key) => {
      const all = places[kind]
      if (all.taken >= all.of) return Refusal.overloaded
      if (perPrincipal === Infinity || kind === "batch") {
        all.taken++
        return all.giveBack
      }
      const own = byPrincipal.get(key) ?? 0
      if (own >= perPrincipal) return Refusal.tooManyAtOnce
      all.taken++
      byPrincipal.set(key, own + 1)
      return () => {
        all.taken--
        const left = (byPrincipal.get(key) ?? 1) - 1
        if (left === 0) byPrincipal.delete(key)
        else byPrincipal.set(key, left)
      }
    }
  }
}

const placesOf = (of: number) => {
  const places = { taken: 0, of, giveBack: () => void places.taken-- }
  return places
}
