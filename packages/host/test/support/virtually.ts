import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * Runs an effect by a clock of its own that goes on to the next sleeper as soon as nothing else is to be done, so that a
 * battery of real times takes no time. For what is all in memory: work outside of Effect would be overtaken.
 */
export const virtually = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => Effect.withClock(effect, make()))

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

const make = (): Clock.Clock => {
  const sleepers = new Set<Sleeper>()
  let now = 0
  let scheduled = false

  const schedule = () => {
    if (scheduled || sleepers.size === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      const next = [...sleepers].reduce<Sleeper | undefined>(
        (first, it) => (first === undefined || it.at < first.at ? it : first),
        undefined
      )
      if (next === undefined || next.at === Number.POSITIVE_INFINITY) return
      sleepers.delete(next)
      now = Math.max(now, next.at)
      next.wake()
      schedule()
    })
  }

  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: () => BigInt(Math.round(now * 1_000_000)),
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(() => BigInt(Math.round(now * 1_000_000))),
    sleep: (duration) =>
      Effect.async<void>((resume) => {
        const sleeper = { at: now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
        sleepers.add(sleeper)
        schedule()
        return Effect.sync(() => sleepers.delete(sleeper))
      })
  }
}
