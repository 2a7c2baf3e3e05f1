import type * as Operation from "@effect-lro/core/Operation"
import type { Operations } from "@effect-lro/core/Operations"
import * as Activity from "@effect/workflow/Activity"
import * as DurableClock from "@effect/workflow/DurableClock"
import { WorkflowEngine, type WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Interruption from "./interruption.js"
import { Failure, type Progress, Stretch } from "./progress.js"
import * as internal from "./stretch.js"

export interface Options extends internal.Options {
  /** What the names of the steps begin with. */
  readonly name: string
  readonly timeout?: Duration.DurationInput | undefined
  readonly longestStretch?: Duration.DurationInput | undefined
  /** Does not suspend, and so looks to the end in one step. */
  readonly atOnce?: boolean | undefined
}

/** How a wait goes on inside of a workflow. */
export type Durable<A> = Effect.Effect<A, Failure, Operations | WorkflowEngine | WorkflowInstance>

/**
 * Looks until the operation is done: a stretch of looks in one activity, then a durable sleep until the next look is due,
 * and so on. Without a value where the interruption of the workflow was asked for.
 *
 * The n-th stretch is always followed by the n-th sleep, so the sleeps that are over say how far an earlier run of the
 * workflow has come, and only the result of the stretch before the last of them is read again. A replay costs some reads
 * more each time the number of stretches has doubled, not some for each.
 */
export const untilDone = (progress: Progress, options: Options): Durable<Option.Option<Operation.Done>> => {
  if (options.atOnce === true) {
    return Effect.flatMap(stretch(progress, options, 1, Duration.infinity), (result) =>
      result._tag === "Over" ? Effect.succeedSome(result.operation) : Effect.dieMessage("a wait without end has paused")
    )
  }
  const longest = Duration.decode(options.longestStretch ?? defaultLongestStretch)
  const goOn = (progress: Progress, n: number): Durable<Option.Option<Operation.Done>> =>
    Effect.gen(function* () {
      if (yield* Interruption.isAsked) return Option.none()
      const result = yield* stretch(progress, options, n, durationOf(n, longest))
      if (result._tag === "Over") return Option.some(result.operation)
      if (yield* Interruption.isAsked) return Option.none()
      yield* DurableClock.sleep({
        name: nameOf(options, n),
        // Without any time there would be no sleep, and nothing to tell that it is over.
        duration: Duration.max(result.next, Duration.millis(1)),
        // The number would be taken for none, and a minute or less would pass in memory, where it cannot be interrupted.
        inMemoryThreshold: Duration.zero
      })
      return yield* goOn(result.progress, n + 1)
    })
  return Effect.flatMap(slept(options), (n) => {
    if (n === 0) return goOn(progress, 1)
    return Effect.flatMap(stretch(progress, options, n, longest), (result) =>
      result._tag === "Over" ? Effect.succeedSome(result.operation) : goOn(result.progress, n + 1)
    )
  })
}

/** The n-th step, which is executed once and then remembered. */
const stretch = (progress: Progress, options: Options, n: number, duration: Duration.Duration) =>
  // That of the workflow: an activity has an instance of its own, which does not hear of anything.
  Effect.flatMap(Effect.context<WorkflowEngine | WorkflowInstance>(), (workflow) => {
    const isAsked = options.atOnce === true ? Effect.succeed(false) : Effect.provide(Interruption.isAsked, workflow)
    return Activity.make({
      name: nameOf(options, n),
      success: Stretch,
      error: Failure,
      execute: Effect.flatMap(begun(progress, options), (progress) =>
        internal.run(progress, options, duration, isAsked)
      )
    })
  })

/** The time that the wait may take counts from its first look, and is written down with what that has found. */
const begun = (progress: Progress, options: Options): Effect.Effect<Progress> => {
  const timeout = options.timeout === undefined ? Duration.infinity : Duration.decode(options.timeout)
  return progress.deadline !== undefined || !Duration.isFinite(timeout)
    ? Effect.succeed(progress)
    : Effect.map(Clock.currentTimeMillis, (now) => ({ ...progress, deadline: now + Duration.toMillis(timeout) }))
}

/** How many sleeps are over; it asks for about twice as many as that number has binary digits. */
const slept = (options: Options): Effect.Effect<number, never, WorkflowEngine | WorkflowInstance> =>
  Effect.gen(function* () {
    const engine = yield* WorkflowEngine
    const isOver = (n: number) =>
      Effect.map(
        engine.deferredResult(DurableClock.make({ name: nameOf(options, n), duration: Duration.zero }).deferred),
        (exit) => exit !== undefined
      )
    let over = 0
    let sleeping = 1
    while (yield* isOver(sleeping)) {
      over = sleeping
      sleeping *= 2
    }
    while (sleeping - over > 1) {
      const middle = Math.floor((over + sleeping) / 2)
      if (yield* isOver(middle)) over = middle
      else sleeping = middle
    }
    return over
  })

const nameOf = (options: Options, n: number): string => `${options.name}/${n}`

/** Each stretch is an eighth longer than the one before, so their number grows with the logarithm of the time. */
const durationOf = (n: number, longest: Duration.Duration): Duration.Duration =>
  Duration.min(longest, Duration.times(firstStretch, 1.125 ** (n - 1)))

const firstStretch = Duration.seconds(10)

const defaultLongestStretch = Duration.minutes(5)
