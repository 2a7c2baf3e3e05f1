/**
 * What a simulated task does with its time.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as ErrorDetails from "@effect-lro/core/ErrorDetails"
import * as Status from "@effect-lro/core/Status"
import type * as Job from "@effect-lro/host/Job"
import * as StatusError from "@effect-lro/host/StatusError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Destination from "./Destination.js"
import * as plan from "./internal/plan.js"
import type * as StartBody from "./StartBody.js"

/**
 * The request that a task is simulated for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** `projects/PROJECT`. */
  readonly parent: string
  /** `EXPORT_IMAGE`, `EXPORT_FEATURES` and so on. */
  readonly type: string
  readonly body: StartBody.StartBody
}

/**
 * What is told of a task and does not depend on what it does.
 *
 * @since 0.1.0
 * @category models
 */
export interface About extends Pick<StartBody.StartBody, "description" | "priority"> {}

/**
 * How a task ends, if nobody stops it.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome =
  | { readonly _tag: "Succeed"; readonly response: AnyMessage.AnyMessage }
  | { readonly _tag: "Fail"; readonly status: Status.Status }

/**
 * A stage of the work.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stage {
  readonly displayName: string
  readonly description?: string | undefined
  readonly totalWorkUnits: number
  /** How much of the duration it takes, compared with the other stages. */
  readonly share: number
}

/**
 * What a task does.
 *
 * @since 0.1.0
 * @category models
 */
export interface Simulation {
  /** How long it stays PENDING at least. */
  readonly startDelay: Duration.DurationInput
  /** How long an attempt works. One of `Duration.infinity` ends only by being cancelled. */
  readonly duration: Duration.DurationInput
  readonly stages: ReadonlyArray<Stage>
  readonly outcome: Outcome
  /** Attempts that fail with UNAVAILABLE half-way and are made again, before the one that comes to the outcome. */
  readonly failedAttempts: number
  /** Whether it stops when it is cancelled. One that does not stays CANCELLING until it ends by itself. */
  readonly honoursCancel: boolean
  /** How long it cleans up after it was stopped; so long it stays CANCELLING. */
  readonly cleanup: Duration.DurationInput
  /** Where the results are. */
  readonly destinationUris: ReadonlyArray<string>
}

/**
 * A task that succeeds after ten seconds, in the two stages of an image export, and does as it is told.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (request: Request, options?: Partial<Simulation>): Simulation => ({
  startDelay: Duration.zero,
  duration: defaultDuration,
  stages: [
    { displayName: "Create List of Assets", totalWorkUnits: 1, share: 1 },
    { displayName: "Write Files", totalWorkUnits: 20, share: 9 }
  ],
  outcome: { _tag: "Succeed", response: AnyMessage.empty },
  failedAttempts: 0,
  honoursCancel: true,
  cleanup: Duration.zero,
  destinationUris: Destination.uris(request.body.message),
  ...options
})

/**
 * Ten seconds: long enough to watch, short enough to wait for.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultDuration: Duration.Duration = Duration.seconds(10)

/**
 * The body that a host runs. The failure of one of the `failedAttempts` is not the last one: the host must be told to make
 * another attempt where {@link isWorkerLost} says so.
 *
 * Once `ending` completes, it stops whatever the simulation says, so that nothing outlives its emulator.
 *
 * @since 0.1.0
 * @category conversions
 */
export const body =
  (about: About, simulation: Simulation, ending: Effect.Effect<void>) =>
  (job: Job.Job): Effect.Effect<AnyMessage.AnyMessage, StatusError.StatusError> =>
    Effect.gen(function* () {
      const attemptTime = yield* Clock.currentTimeMillis
      yield* job.update(plan.encode(plan.of(about, simulation, attemptTime)))
      const fails = job.attempt <= simulation.failedAttempts
      const duration = Duration.decode(simulation.duration)
      yield* work(simulation, fails ? Duration.times(duration, 0.5) : duration, ending)
      if (fails) return yield* new StatusError.StatusError({ status: workerLost })
      return simulation.outcome._tag === "Succeed"
        ? simulation.outcome.response
        : yield* new StatusError.StatusError({ status: simulation.outcome.status })
    })

/**
 * Says whether an attempt failed only because its simulated worker went away.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isWorkerLost = (status: Status.Status): boolean =>
  Option.contains(ErrorDetails.reason(status.details), workerLostReason)

const workerLostReason = "WORKER_LOST"

const workerLost = Status.make({
  code: "UNAVAILABLE",
  message: "The worker went away.",
  details: [ErrorDetails.errorInfo({ reason: workerLostReason, domain: "effect-lro.emulator" })]
})

const work = (simulation: Simulation, duration: Duration.Duration, ending: Effect.Effect<void>): Effect.Effect<void> =>
  simulation.honoursCancel
    ? Effect.onInterrupt(sleep(duration), () => sleepUnlessEnding(Duration.decode(simulation.cleanup), ending))
    : Effect.uninterruptible(sleepUnlessEnding(duration, ending))

const sleep = (duration: Duration.Duration): Effect.Effect<void> =>
  Duration.isFinite(duration) ? Effect.sleep(duration) : Effect.never

// Nothing else interrupts this, so what is raced must let itself be interrupted by its rival.
const sleepUnlessEnding = (duration: Duration.Duration, ending: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.raceFirst(
    Effect.interruptible(sleep(duration)),
    Effect.interruptible(Effect.zipRight(ending, Effect.interrupt))
  )
