/**
 * Runs stored operations in this process: claims them, runs their bodies, stops them, and writes how they ended.
 *
 * A `Host` has one and applications never see it. Who decides which process runs an operation (`Executor`) calls it.
 *
 * @since 0.1.0
 */
import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Bounds from "@effect-lro/core/Bounds"
import type * as Status from "@effect-lro/core/Status"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import * as internal from "./internal/runner.js"
import type * as Job from "./Job.js"
import type { OperationRecord } from "./OperationRecord.js"
import * as OperationStore from "./OperationStore.js"

/**
 * How bodies are run and stopped.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How many bodies run at once; the others stay PENDING, first come, first served. Unbounded by default; less than 1 is a
   * defect.
   */
  readonly maxRunning?: number | undefined
  /** How long it takes for a cancel request to take effect. Zero by default. */
  readonly cancelLatency?: Duration.DurationInput | undefined
  /**
   * `"ignore"` accepts cancel requests and shows CANCELLING, but interrupts nothing, tells the body nothing, and starts
   * what is still pending. `"interrupt"` by default.
   */
  readonly cancellation?: "interrupt" | "ignore" | undefined
  /**
   * How long a body may take to stop once it was asked to, until the log and `HostMetrics.overdue` tell of it. 30 seconds by
   * default.
   */
  readonly cancelGrace?: Duration.DurationInput | undefined
  /**
   * How long a body may take to stop once it was asked to, after which its operation is CANCELLED though something of it
   * may still run. Unbounded by default, since it weakens what CANCELLED says.
   */
  readonly cleanupTimeout?: Duration.DurationInput | undefined
  /** How long the record of an operation is kept after its end. 30 days by default; `Duration.infinity` is for ever. */
  readonly retention?: Duration.DurationInput | undefined
  /** How long the closing of the scope waits for bodies to stop. 15 seconds by default. */
  readonly shutdownTimeout?: Duration.DurationInput | undefined
  /**
   * How often the store is asked for cancel requests that nobody told of, and whether what runs here is still this
   * runner's. 3 seconds by default. It is two queries, however much runs, and none where nothing does. `Duration.infinity`
   * is never, which is right only for a store that loses nothing and that nobody else writes to.
   */
  readonly pollInterval?: Duration.DurationInput | undefined
}

/**
 * What becomes of an operation that was running when its process went away: it runs again, as a new attempt, or it is FAILED
 * with ABORTED.
 *
 * @since 0.1.0
 * @category models
 */
export type Recovery = "rerun" | "abort"

/**
 * What a runner needs to know of a kind of operation to run one from its record.
 *
 * @since 0.1.0
 * @category models
 */
export interface Definition {
  /** What `OperationRecord.type` says of the operations that it runs. */
  readonly type: string
  readonly recovery: Recovery
  /** Up to which attempt, of whatever kind those before were, one that is lost with its process is followed by another. */
  readonly maxAttempts: number
  readonly restart: Schedule.Schedule<unknown, Status.Status>
  /** How long an operation with this payload stays PENDING at least before its first attempt. Zero by default. */
  readonly startDelay?: ((payload: unknown) => Duration.DurationInput) | undefined
  /** `payload` is what the record has, as JSON. It is interrupted only in those parts of it that are `Effect.interruptible`. */
  readonly body: (payload: unknown, job: Job.Job) => Effect.Effect<AnyMessage.AnyMessage | void, Status.Status>
}

/**
 * Work that only this process can do, since it is a function and not a definition.
 *
 * @since 0.1.0
 * @category models
 */
export interface Work {
  /** Interrupted only in those parts of it that are `Effect.interruptible`. */
  readonly body: (job: Job.Job) => Effect.Effect<AnyMessage.AnyMessage | void, Status.Status>
  readonly startDelay: Duration.DurationInput
  readonly restart: Schedule.Schedule<unknown, Status.Status>
  readonly submittedIn: Option.Option<Tracer.AnySpan>
}

/**
 * What a runner offers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Stands in the records that it claims. No two runners of a store have the same. */
  readonly id: string
  /** Makes a kind of operation known until the scope closes. A second of the same type is a defect. */
  readonly register: (definition: Definition) => Effect.Effect<void, never, Scope.Scope>
  /**
   * Takes up an operation in whatever state it is, and completes when it is done, or is somebody else's. What is PENDING is
   * run; what is CANCELLING is ended without running it; what is RUNNING was another runner's, who is gone, and its
   * definition's `recovery` decides. Where its definition is not registered here it waits for that.
   *
   * The caller sees to it that no two runners do this for one operation at the same time. Of an interruption it makes a
   * handing over: the body is stopped and awaited within `shutdownTimeout`, and what is to be run again goes back to PENDING.
   *
   * What runs here already is joined.
   */
  readonly run: (name: string) => Effect.Effect<void>
  /** The same in the background, from a record just written, with work that has no definition where there is some. */
  readonly launch: (record: OperationRecord, work?: Work) => Effect.Effect<void>
  /**
   * Lets a cancel request take effect on what runs here under a name: it ends once its body has stopped. False where nothing
   * of that name is here.
   */
  readonly cancel: (name: string) => Effect.Effect<boolean>
}

/**
 * The runner of this process.
 *
 * @since 0.1.0
 * @category tags
 */
export class Runner extends Context.Tag("@effect-lro/host/Runner")<Runner, Service>() {}

/**
 * Makes a runner over a store. When its scope closes it interrupts what runs and waits for it within `shutdownTimeout`: what
 * was asked to stop is then CANCELLED, what is to be run again goes back to PENDING, and everything else that ran is FAILED
 * with UNAVAILABLE.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: Options): Effect.Effect<Service, never, OperationStore.OperationStore | Scope.Scope> =>
  Bounds.check({ maxRunning: [options?.maxRunning, 1] }).pipe(
    Effect.zipRight(OperationStore.OperationStore),
    Effect.flatMap((store) => internal.make(store, options ?? {}))
  )

/**
 * A runner over a store.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Runner, never, OperationStore.OperationStore> =>
  Layer.scoped(Runner, make(options))
