import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as Status from "@effect-lro/core/Status"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as HostMetrics from "../HostMetrics.js"
import type * as Job from "../Job.js"
import * as OperationRecord from "../OperationRecord.js"
import * as OperationStore from "../OperationStore.js"
import type * as Runner from "../Runner.js"
import { type Entry, halt, type Work } from "./entry.js"
import { Interruptor } from "./interruptor.js"
import * as Controlled from "./job.js"
import { sleep } from "./sleep.js"

export type BodyExit = Exit.Exit<AnyMessage.AnyMessage | void, Status.Status>

/** Runs the body once, for a record that was claimed for it. Undefined where it has not stopped within the cleanup timeout. */
export const run = (
  store: OperationStore.Service,
  entry: Entry,
  record: OperationRecord.OperationRecord,
  work: Work,
  options: Runner.Options
): Effect.Effect<BodyExit | undefined> =>
  Effect.gen(function* () {
    const interruptor = new Interruptor()
    let isOver = false
    const { abort, job } = Controlled.make({
      name: record.name,
      attempt: record.attempt,
      isCancelRequested: () => entry.isCancelled && entry.isHalted,
      publish: (f) => publish(store, entry, record.fence, f, () => isOver)
    })
    let stoppedAt: bigint | undefined
    const clock = yield* Effect.clock
    entry.stop = (id) => {
      stoppedAt ??= clock.unsafeCurrentTimeNanos()
      abort()
      interruptor.interruptAs(id)
    }
    // The request may have come since the claim, when there was nothing to stop yet.
    if (yield* Deferred.isDone(entry.halted)) {
      entry.stop = undefined
      return Exit.interrupt(yield* Effect.fiberId)
    }
    const fiber = yield* interruptor.fork(
      Effect.suspend(() => work.body(job)).pipe(
        Effect.withSpan("Host.run", {
          root: true,
          links: Option.toArray(work.submittedIn).map((span) => ({ _tag: "SpanLink", span, attributes: {} })),
          captureStackTrace: false,
          attributes: { operation: record.name, attempt: record.attempt }
        })
      )
    )
    yield* Metric.increment(HostMetrics.running)
    const exit = yield* Effect.raceFirst(Fiber.await(fiber), overdue(entry, options)).pipe(
      Effect.ensuring(Metric.incrementBy(HostMetrics.running, -1))
    )
    isOver = true
    entry.stop = undefined
    if (stoppedAt !== undefined && exit !== undefined) {
      yield* Metric.update(HostMetrics.stopDuration, Number(clock.unsafeCurrentTimeNanos() - stoppedAt) / 1e9)
    }
    return exit
  })

const publish = (
  store: OperationStore.Service,
  entry: Entry,
  fence: number,
  f: Parameters<Job.Job["updateWith"]>[0],
  isOver: () => boolean
): Effect.Effect<void> =>
  OperationStore.modify(
    store,
    entry.name,
    (record, now) =>
      record.fence === fence
        ? OperationRecord.advance(record, [{ _tag: "Publish", metadata: f(record.metadata) }], now)
        : Option.none(),
    entry.seen
  ).pipe(
    Effect.flatMap((modified) => {
      entry.seen = Option.getOrUndefined(modified)?.record
      // What a body has left behind says nothing of the attempt that runs now.
      if (isOver()) return Effect.void
      if (Option.exists(modified, ({ record }) => record.fence === fence && !OperationRecord.isDone(record))) {
        return Effect.void
      }
      // Somebody else has the operation, or has ended it: what still runs here is in nobody's interest.
      entry.isLost = true
      return halt(entry)
    }),
    // Progress is not worth stopping the work for, and the next one says more.
    Effect.catchAll((error) => Effect.logWarning("progress could not be published", error))
  )

/** Tells once a body has not stopped for too long, and ends where a cleanup timeout is set and has passed. */
const overdue = (entry: Entry, options: Runner.Options): Effect.Effect<undefined> => {
  const warn = Effect.zipRight(
    Metric.increment(HostMetrics.overdue),
    Effect.logWarning("the body was asked to stop and is still running")
  )
  const warned = sleep(options.cancelGrace ?? defaultGrace).pipe(Effect.zipRight(warn), Effect.zipRight(Effect.never))
  const { cleanupTimeout } = options
  return Effect.zipRight(
    Deferred.await(entry.halted),
    cleanupTimeout === undefined
      ? warned
      : Effect.raceFirst(
          warned,
          Effect.zipRight(
            sleep(cleanupTimeout),
            Effect.as(Effect.logError("the body has not stopped within the cleanup timeout"), undefined)
          )
        )
  )
}

export const logFailure = (exit: Exit.Failure<unknown, unknown>): Effect.Effect<void> =>
  Chunk.isEmpty(Cause.defects(exit.cause))
    ? Effect.logDebug("the body did not succeed", exit.cause)
    : Effect.logError("the body, or a finalizer of it, died", exit.cause)

const defaultGrace = Duration.seconds(30)
