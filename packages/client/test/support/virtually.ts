import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** A clock that begins at 1970 and goes on to the next sleeper as soon as nothing else is to be done. */
const make = (): Clock.Clock => {
  const sleepers = new Set<Sleeper>()
  let now = 0
  let scheduled = false

  const schedule = () => {
    if (scheduled || sleepers.size === 0) return
    scheduled = true
    // All that is to be done now is done in microtasks, also by streams of the platform.
    setImmediate(() => {
      scheduled = false
      let next: Sleeper | undefined
      for (const sleeper of sleepers) if (next === undefined || sleeper.at < next.at) next = sleeper
      if (next === undefined || next.at === Infinity) return
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

/** Runs an effect that does nothing outside of memory by a clock of its own, on which hours take no time. */
export const virtually = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => Effect.withClock(effect, make()))
