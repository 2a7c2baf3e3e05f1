import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import * as Elapsed from "./elapsed.js"

/** Why there is no next time. */
export type Ended = "Timeout" | "ScheduleEnded"

/** A schedule that is being walked through, up to a deadline. */
export interface Pace<in In> {
  /**
   * Sleeps until the next time is due, at least as long as the server asks. Fails where there is no next time. What has
   * been waited for since `since`, in milliseconds of `Elapsed.now`, counts.
   */
  readonly pause: (input: In, advice: Option.Option<Duration.Duration>, since?: number) => Effect.Effect<void, Ended>
}

/** `deadline` is in milliseconds of `Elapsed.now`; `Infinity` for none. `steps` of the schedule are behind it already. */
export const make = <In>(schedule: Schedule.Schedule<unknown, In>, deadline: number, steps = 0): Pace<In> => {
  let state: unknown = schedule.initial
  let behind = steps
  // A schedule goes by the time of day, since some of them name it.
  const step = (day: number, input: In): Effect.Effect<ScheduleDecision.ScheduleDecision> =>
    Effect.flatMap(
      schedule.step(day, input, state),
      ([next, _, decision]: readonly [unknown, unknown, ScheduleDecision.ScheduleDecision]) => {
        state = next
        if (behind <= 0 || ScheduleDecision.isDone(decision)) return Effect.succeed(decision)
        behind -= 1
        return step(day, input)
      }
    )
  return {
    pause: (input, advice, since) =>
      Effect.flatMap(Effect.zip(Elapsed.now, Clock.currentTimeMillis), ([now, day]) =>
        Effect.flatMap(step(day, input), (decision) => {
          if (ScheduleDecision.isDone(decision)) return Effect.fail<Ended>("ScheduleEnded")
          const waited = since === undefined ? 0 : now - since
          const delay = Math.max(0, ScheduleIntervals.start(decision.intervals) - day - waited)
          const asked = Option.isNone(advice) ? 0 : Duration.toMillis(advice.value)
          if (now + Math.max(asked, delay) < deadline) return Effect.sleep(Math.max(asked, delay))
          // Nothing can come of waiting any longer where it is the server who will not answer before the deadline.
          return now + asked >= deadline
            ? Effect.fail<Ended>("Timeout")
            : Effect.zipRight(Effect.sleep(deadline - now), Effect.fail<Ended>("Timeout"))
        })
      )
  }
}
