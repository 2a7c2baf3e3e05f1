import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as Status from "@effect-lro/core/Status"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Tracer from "effect/Tracer"
import * as HostMetrics from "../HostMetrics.js"
import type * as Job from "../Job.js"
import type * as OperationRecord from "../OperationRecord.js"
import type * as Runner from "../Runner.js"

/** A body with everything it needs, be it a function or a definition with the payload of a record. */
export interface Work {
  readonly body: (job: Job.Job) => Effect.Effect<AnyMessage.AnyMessage | void, Status.Status>
  readonly startDelay: Duration.DurationInput
  readonly restart: Schedule.Schedule<unknown, Status.Status>
  readonly recovery: Runner.Recovery
  readonly maxAttempts: number
  readonly submittedIn: Option.Option<Tracer.AnySpan>
}

/** One operation that a runner has taken up. */
export interface Entry {
  readonly name: string
  /** What no definition knows. */
  readonly work: Work | undefined
  /** Done when the body is to stop, whatever the reason. */
  readonly halted: Deferred.Deferred<void>
  fiber: Fiber.RuntimeFiber<void> | undefined
  /** The record as it was seen last, which is mostly the newest. */
  seen: OperationRecord.OperationRecord | undefined
  /** Interrupts the body that runs. */
  stop: ((id: FiberId.FiberId) => void) | undefined
  isHalted: boolean
  /** A cancel request is known here, and takes effect once it is halted. */
  isCancelled: boolean
  /** The runner gives it back. */
  isReleased: boolean
  /** Somebody else has it: whatever this runner could write of it is refused. */
  isLost: boolean
  /** The fence of the attempt that runs, or of the last one before; who finds another in the store has lost the operation. */
  fence: number
}

export const unsafeMake = (name: string, work: Work | undefined): Entry => ({
  name,
  work,
  halted: Deferred.unsafeMake<void>(FiberId.none),
  fiber: undefined,
  seen: undefined,
  stop: undefined,
  isHalted: false,
  isCancelled: false,
  isReleased: false,
  isLost: false,
  fence: 0
})

export const halt = (entry: Entry): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    entry.isHalted = true
    Deferred.unsafeDone(entry.halted, Effect.void)
    entry.stop?.(fiber.id())
    return Effect.void
  })

// A function is lost with its process. What its schedule leaves of it is a restart in the same one.
export const fromWork = (work: Runner.Work): Work => ({ ...work, recovery: "abort", maxAttempts: 1 })

export const fromDefinition = (definition: Runner.Definition, payload: Option.Option<unknown>): Work => ({
  body: (job) => definition.body(Option.getOrUndefined(payload), job),
  startDelay: definition.startDelay?.(Option.getOrUndefined(payload)) ?? 0,
  restart: definition.restart,
  recovery: definition.recovery,
  maxAttempts: definition.maxAttempts,
  submittedIn: Option.none()
})

export const countStart = (record: OperationRecord.OperationRecord): Effect.Effect<void> =>
  Metric.update(Metric.tagged(HostMetrics.started, "lro.operation.type", typeOf(record)), 1)

export const countEnd = (record: OperationRecord.OperationRecord): Effect.Effect<void> =>
  Metric.update(
    HostMetrics.ended.pipe(
      Metric.tagged("lro.operation.type", typeOf(record)),
      Metric.tagged("lro.operation.state", record.state)
    ),
    1
  )

const typeOf = (record: OperationRecord.OperationRecord): string => Option.getOrElse(record.type, () => "")
