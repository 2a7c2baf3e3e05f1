import * as Checkpoint from "@effect-lro/core/Checkpoint"
import type * as Operation from "@effect-lro/core/Operation"
import type { Operations } from "@effect-lro/core/Operations"
import * as OperationsError from "@effect-lro/core/OperationsError"
import type * as Poller from "@effect-lro/core/Poller"
import * as PollSchedule from "@effect-lro/core/PollSchedule"
import { StillRunning } from "@effect-lro/core/WaitError"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import type { Failure, Paused, Progress, Stretch } from "./progress.js"

export type Options = Pick<Poller.Options, "schedule" | "failureBudget" | "serverWait">

/**
 * Goes on with a wait until it is over, or until its next look is due only after `duration`. The first look is made at
 * once, however long nobody has looked. Where `isAsked` says so, which is asked now and then, it is over too.
 */
export const run = (
  progress: Progress,
  options: Options,
  duration: Duration.Duration,
  isAsked: Effect.Effect<boolean>
): Effect.Effect<Stretch, Failure, Operations> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    progress.deadline !== undefined && progress.deadline <= now
      ? lastLook(progress, options)
      : Effect.flatMap(Deferred.make<Paused, OperationsError.OperationsError>(), (paused) => {
          const cut = cutAt(progress, options, now, now + Duration.toMillis(duration), paused, isAsked)
          const { serverWait } = options
          const { timeLeft: _, ...checkpoint } = progress.checkpoint
          const waiting = Checkpoint.resume(
            {
              ...checkpoint,
              // The schedule below stands where it stood, so there is nothing that the wait would have to catch up with.
              looks: 0,
              ...(progress.deadline === undefined ? {} : { timeLeft: Duration.millis(progress.deadline - now) })
            },
            {
              schedule: cut.schedule,
              failureBudget: options.failureBudget,
              serverWait: serverWait === undefined ? undefined : Duration.min(serverWait, duration),
              save: cut.save
            }
          )
          return Effect.raceFirst(Effect.map(waiting, over), Deferred.await(paused))
        })
  )

/**
 * The schedule of a wait, going on where it stood, that hands the rest over once a look is due only after `end`, or somebody has
 * asked for that.
 */
const cutAt = (
  progress: Progress,
  options: Options,
  begin: number,
  end: number,
  paused: Deferred.Deferred<Paused, OperationsError.OperationsError>,
  isAsked: Effect.Effect<boolean>
): {
  readonly schedule: PollSchedule.PollSchedule
  readonly save: (checkpoint: Checkpoint.Checkpoint) => Effect.Effect<void>
} => {
  const schedule: PollSchedule.PollSchedule = options.schedule ?? PollSchedule.default
  const failureBudget = options.failureBudget ?? defaultFailureBudget
  const deadline = progress.deadline ?? Infinity
  let checkpoint = progress.checkpoint
  let behind = progress.steps
  let steps = progress.steps
  let failures = progress.failures
  let askedAt = begin

  const step = (
    now: number,
    look: PollSchedule.Look,
    state: unknown
  ): Effect.Effect<readonly [unknown, unknown, ScheduleDecision.ScheduleDecision]> =>
    Effect.flatMap(
      schedule.step(now, look, state),
      (walked: readonly [unknown, unknown, ScheduleDecision.ScheduleDecision]) => {
        const [next, _, decision] = walked
        if (ScheduleDecision.isDone(decision)) return Effect.succeed(walked)
        if (behind > 0) {
          behind -= 1
          return step(now, look, next)
        }
        steps += 1
        failures = Either.isLeft(look) ? failures + 1 : 0
        // The wait itself counts those of this stretch only.
        if (Either.isLeft(look) && failures > failureBudget) return handOver(Deferred.fail(paused, look.left))
        const asked = Either.isLeft(look)
          ? Option.getOrElse(OperationsError.advice(look.left), () => Duration.zero)
          : Duration.zero
        // What the server asks for is too late: it is for the wait to say that it ends.
        if (now + Duration.toMillis(asked) >= deadline) return Effect.succeed(walked)
        const delay = Math.max(0, ScheduleIntervals.start(decision.intervals) - now, Duration.toMillis(asked))
        const rest: Paused = {
          _tag: "Paused",
          progress: { ...progress, checkpoint, steps, failures },
          next: Duration.millis(Math.min(delay, deadline - now))
        }
        const hand = handOver(Deferred.succeed(paused, rest))
        if (now + delay >= end) return hand
        if (now - askedAt < askEvery) return Effect.succeed(walked)
        askedAt = now
        return Effect.flatMap(isAsked, (asked) => (asked ? hand : Effect.succeed(walked)))
      }
    )

  return {
    schedule: Schedule.makeWithState(schedule.initial, step),
    save: (next) =>
      Effect.sync(() => {
        checkpoint = { ...next, looks: progress.checkpoint.looks + next.looks }
      })
  }
}

/** The race is decided by it, and interrupts what waits for the schedule. */
const handOver = (decided: Effect.Effect<boolean>): Effect.Effect<never> => Effect.zipRight(decided, Effect.never)

/** Time has passed while nobody looked, so what was seen before is no reason to say that it still runs. */
const lastLook = (progress: Progress, options: Options): Effect.Effect<Stretch, Failure, Operations> => {
  const { timeLeft: _, ...checkpoint } = progress.checkpoint
  return Checkpoint.resume(checkpoint, {
    schedule: Schedule.stop,
    failureBudget: options.failureBudget,
    save: () => Effect.void
  }).pipe(
    Effect.map(over),
    Effect.catchTag(
      "StillRunning",
      ({ cancelAccepted, lastError, lastSeen, operation }) =>
        new StillRunning({ operation, lastSeen, cancelAccepted, lastError, reason: "Timeout" })
    )
  )
}

const over = (operation: Operation.Done): Stretch => ({ _tag: "Over", operation })

/** In milliseconds. The answer is where the steps are, so it is not asked for with every look. */
const askEvery = 30_000

/** That of `Poller.Options`. */
const defaultFailureBudget = 5
