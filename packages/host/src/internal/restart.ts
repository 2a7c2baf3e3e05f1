import type * as Status from "@effect-lro/core/Status"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import { lost } from "./outcome.js"

/** Says whether there is another attempt after one that failed with a status, and after how long. */
export type Restart = (status: Status.Status) => Effect.Effect<Option.Option<Duration.Duration>>

/**
 * Steps through a schedule without sleeping, which `Schedule.driver` does: the record says PENDING before the pause. Attempts
 * that were made before, in other processes, have had their steps.
 */
export const make = (schedule: Schedule.Schedule<unknown, Status.Status>, attempts: number): Effect.Effect<Restart> => {
  let state: unknown = schedule.initial
  const restart: Restart = (status) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const step = yield* schedule.step(now, status, state)
      const decision = step[2]
      state = step[0]
      if (ScheduleDecision.isDone(decision)) return Option.none()
      return Option.some(Duration.millis(Math.max(0, ScheduleIntervals.start(decision.intervals) - now)))
    }).pipe(
      // It is the application's, and the end of an attempt must be written all the same.
      Effect.catchAllDefect((defect) =>
        Effect.as(Effect.logError("the restart schedule died; there is no other attempt", defect), Option.none())
      )
    )
  return Effect.as(Effect.replicateEffect(restart(lost), attempts, { discard: true }), restart)
}
