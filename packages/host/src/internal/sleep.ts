import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** A timer of the platform has no more than 24 days, and a sleep that is longer would never end. */
export const sleep = (duration: Duration.DurationInput): Effect.Effect<void> => {
  const millis = Duration.toMillis(duration)
  if (millis <= longest) return Effect.sleep(millis)
  if (millis === Infinity) return Effect.never
  return Effect.zipRight(
    Effect.sleep(longest),
    Effect.suspend(() => sleep(millis - longest))
  )
}

const longest = Duration.toMillis("1 day")
