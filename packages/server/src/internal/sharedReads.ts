import type * as Operation from "@effect-lro/core/Operation"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as TokenBuckets from "./tokenBuckets.js"

type Get = (name: string) => Effect.Effect<Operation.Operation, OperationsError>

/**
 * Reads one operation at most `perSecond` times in any second, however many ask: half of that at once, then evenly. Who comes
 * too early waits for the next read, together with all others who do.
 *
 * A read that is shared has not begun when the last of those joins who share it: it is taken off the list in the same step in
 * which it begins. So everybody sees every write that was acknowledged before they asked, as if each had read alone.
 */
export const make = (get: Get, perSecond: number): Get => {
  const capacity = Math.max(1, Math.floor(perSecond / 2))
  const buckets = TokenBuckets.make({ capacity, interval: 1000 / Math.max(1, perSecond - capacity) })
  const next = new Map<string, Deferred.Deferred<Operation.Operation, OperationsError>>()

  const readLater = (name: string, millis: number): Effect.Effect<void> =>
    Effect.sleep(millis).pipe(
      Effect.zipRight(Clock.currentTimeMillis),
      Effect.flatMap((now) => {
        // A timer may be early by a fraction of a millisecond.
        const left = buckets.take(name, now)
        if (left > 0) return readLater(name, left)
        const shared = next.get(name)
        next.delete(name)
        return shared === undefined ? Effect.void : Effect.asVoid(Deferred.complete(shared, get(name)))
      })
    )

  // Whoever asks first must see to it that all who join are answered, even if it is interrupted at once.
  return (name) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const joined = next.get(name)
        if (joined !== undefined) return restore(Deferred.await(joined))
        const millis = buckets.take(name, now)
        if (millis === 0) return restore(get(name))
        const shared = Deferred.unsafeMake<Operation.Operation, OperationsError>(FiberId.none)
        next.set(name, shared)
        return Effect.zipRight(
          Effect.forkDaemon(Effect.interruptible(readLater(name, millis))),
          restore(Deferred.await(shared))
        )
      })
    )
}
