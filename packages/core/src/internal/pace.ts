import type * as Clock from "effect/Clock"
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
export class Pace<in In> {
  private readonly clock: Clock.Clock
  private readonly schedule: Schedule.Schedule<unknown, In>
  private readonly deadline: number
  private behind: number
  private state: unknown

  /** `deadline` is in milliseconds of `Elapsed.now`; `Infinity` for none. `steps` of the schedule are behind it already. */
  constructor(clock: Clock.Clock, schedule: Schedule.Schedule<unknown, In>, deadline: number, steps = 0) {
    this.clock = clock
    this.schedule = schedule
    this.deadline = deadline
    this.behind = steps
    this.state = schedule.initial
  }

  /**
   * Sleeps until the next time is due, at least as long as the server asks, and goes on, also where there is no next time.
   * What has been waited for since `since`, in milliseconds of `Elapsed.now`, counts.
   *
   * It is told how to go on, so that nothing but that is kept while it sleeps.
   */
  pause<A, E>(
    input: In,
    advice: Option.Option<Duration.Duration>,
    since: number | undefined,
    goOn: (ended?: Ended) => Effect.Effect<A, E>
  ): Effect.Effect<A, E> {
    const now = Elapsed.of(this.clock)
    const day = this.clock.unsafeCurrentTimeMillis()
    return Effect.flatMap(this.step(day, input), (decision) => {
      if (ScheduleDecision.isDone(decision)) return goOn("ScheduleEnded")
      const waited = since === undefined ? 0 : now - since
      const delay = Math.max(0, ScheduleIntervals.start(decision.intervals) - day - waited)
      const asked = Option.isNone(advice) ? 0 : Duration.toMillis(advice.value)
      if (now + Math.max(asked, delay) < this.deadline) return this.sleep(Math.max(asked, delay), goOn)
      // Nothing can come of waiting any longer where it is the server who will not answer before the deadline.
      return now + asked >= this.deadline ? goOn("Timeout") : this.sleep(this.deadline - now, () => goOn("Timeout"))
    })
  }

  private sleep<A, E>(milliseconds: number, goOn: () => Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.flatMap(this.clock.sleep(Duration.millis(milliseconds)), () => goOn())
  }

  // A schedule goes by the time of day, since some of them name it.
  private step(day: number, input: In): Effect.Effect<ScheduleDecision.ScheduleDecision> {
    return Effect.flatMap(
      this.schedule.step(day, input, this.state),
      ([next, _, decision]: readonly [unknown, unknown, ScheduleDecision.ScheduleDecision]) => {
        this.state = next
        if (this.behind <= 0 || ScheduleDecision.isDone(decision)) return Effect.succeed(decision)
        this.behind -= 1
        return this.step(day, input)
      }
    )
  }
}
