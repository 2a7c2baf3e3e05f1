import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/**
 * The time in milliseconds by which waits are measured. Unlike the time of day it goes on evenly when the computer's clock is
 * set, so that no timeout passes early and no look is put off.
 */
export const now: Effect.Effect<number> = Clock.clockWith((clock) => Effect.sync(() => of(clock)))

/** The same, outside of Effect. */
export const of = (clock: Clock.Clock): number =>
  // Not `currentTimeNanos`: that of `TestClock` dies between two nanoseconds.
  Number(clock.unsafeCurrentTimeNanos()) / 1e6

/** Timers and times are rounded apart; what is due in a microsecond is due. */
export const nearly = 1e-3
