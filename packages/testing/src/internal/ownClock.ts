import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/**
 * A clock that begins at 1970 and goes on to the next sleeper as soon as nothing else is to be done.
 */
export const make = (): Clock.Clock => {
  const sleepers = new Set<Sleeper>()
  let now = 0
  let scheduled = false

  const schedule = () => {
    if (scheduled || sleepers.size === 0) return
    scheduled = true
    afterMicrotasks(() => {
      scheduled = false
      let next: Sleeper | undefined
      for (const sleeper of sleepers) if (next === undefined || sleeper.at < next.at) next = sleeper
      if (next === undefined || next.at === Number.POSITIVE_INFINITY) return
      sleepers.delete(next)
      now = Math.max(now, next.at)
      next.wake()
      schedule()
    })
  }

  const nanos = () => BigInt(Math.round(now * 1_000_000))

  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      Effect.async<void>((resume) => {
        const sleeper = { at: now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
        sleepers.add(sleeper)
        schedule()
        return Effect.sync(() => sleepers.delete(sleeper))
      })
  }
}

/**
 * Fibers and streams of the platform go on in microtasks, so that all that is to be done now is done before. A message takes
 * microseconds, where a timer takes a millisecond at least, and is to be had in browsers too.
 */
const afterMicrotasks = (f: () => void): void => {
  const { port1, port2 } = new MessageChannel()
  const received = () => {
    port1.close()
    f()
  }
  port1.addEventListener("message", received, { once: true })
  port1.start()
  port2.postMessage(undefined)
}
