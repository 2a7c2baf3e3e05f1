import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"

/** The life of a process, told by what it does: each request and each step of its workflows is a point at which it may die. */
export interface Lifetime {
  /** Goes on where the process lives. In one that is dead, nothing goes on any more: no finalizer, no timer, no answer. */
  readonly point: Effect.Effect<void>
  readonly died: Effect.Effect<void>
  readonly isDead: () => boolean
  /** How many points it has lived to see. */
  readonly points: () => number
}

/** Dies at its n-th point; `undefined` for one that does not die. */
export const make = (n?: number): Lifetime => {
  const died = Deferred.unsafeMake<void>(FiberId.none)
  let points = 0
  let isDead = false
  return {
    point: Effect.suspend(() => {
      if (isDead) return Effect.never
      points += 1
      if (points !== n) return Effect.void
      isDead = true
      return Effect.zipRight(Deferred.succeed(died, undefined), Effect.never)
    }),
    died: Deferred.await(died),
    isDead: () => isDead,
    points: () => points
  }
}
