import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as OperationName from "@effect-lro/core/OperationName"
import type * as Status from "@effect-lro/core/Status"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import type * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Tracer from "effect/Tracer"
import type * as Job from "../Job.js"
import * as OperationRecord from "../OperationRecord.js"
import * as OperationStore from "../OperationStore.js"
import * as Gate from "./gate.js"
import { Interruptor } from "./interruptor.js"
import * as Controlled from "./job.js"
import * as Outcome from "./outcome.js"
import * as Restart from "./restart.js"

/** A body with everything it needs. */
export type Body = (job: Job.Job) => Effect.Effect<AnyMessage.AnyMessage | void, Status.Status>

export interface Work {
  readonly name: OperationName.OperationName
  readonly body: Body
  readonly submittedIn: Option.Option<Tracer.AnySpan>
  readonly startDelay: Duration.DurationInput
  readonly restart: Schedule.Schedule<unknown, Status.Status>
}

export interface Options {
  /** What is written as the owner of what runs here. */
  readonly id: string
  readonly store: OperationStore.Service
  readonly maxRunning: number
  readonly ignoreCancel: boolean
  readonly cleanupTimeout: Duration.DurationInput | undefined
  readonly shutdownTimeout: Duration.DurationInput
  /** Called when a write has ended an operation. */
  readonly onEnd: (record: OperationRecord.OperationRecord) => Effect.Effect<void>
}

/** Runs bodies. It reads and writes nothing but through the store, so that its word is the store's. */
export interface Runner {
  /** Runs work in the background, from the record that was created for it to its end. */
  readonly start: (work: Work) => Effect.Effect<void>
  /** Lets a cancel request take effect on what runs here under a name: it ends once its body has stopped. */
  readonly cancel: (name: string) => Effect.Effect<void>
  /** Interrupts everything, and waits for its end within bounds. */
  readonly shutdown: Effect.Effect<void>
}

type BodyExit = Exit.Exit<AnyMessage.AnyMessage | void, Status.Status>

interface Running {
  readonly work: Work
  /** Done when the body is to stop, because it is cancelled or because the host shuts down. */
  readonly halted: Deferred.Deferred<void>
  isCancelled: boolean
  stop: ((id: FiberId.FiberId) => void) | undefined
  /** The fence of the attempt that runs; whoever finds another one in the store has lost the operation. */
  fence: number
}

/** `Unstarted`: the operation was asked to stop while no attempt ran. */
type Next = { readonly _tag: "Over" | "Unstarted" } | { readonly _tag: "Again"; readonly delay: Duration.Duration }

export const make = (options: Options): Effect.Effect<Runner> =>
  Effect.gen(function* () {
    const { store } = options
    const gate = yield* Gate.make(options.maxRunning)
    const running = new Map<string, Running>()
    const supervisors = new Set<Fiber.RuntimeFiber<void>>()
    let isShuttingDown = false

    const halt = (entry: Running): Effect.Effect<void> =>
      Effect.withFiberRuntime((fiber) => {
        Deferred.unsafeDone(entry.halted, Effect.void)
        entry.stop?.(fiber.id())
        return Effect.void
      })

    const write = (
      name: string,
      f: (record: OperationRecord.OperationRecord, now: DateTime.Utc) => Option.Option<OperationRecord.OperationRecord>
    ): Effect.Effect<Option.Option<OperationStore.Modified>> =>
      OperationStore.modify(store, name, f).pipe(
        Effect.tapError((error) => Effect.logWarning("a write failed and is tried again", error)),
        // What the work came to must not be lost to a store that is away for a while.
        Effect.retry({ schedule: patience, while: (error) => error.reason !== "Broken" }),
        // A record that cannot be read cannot be written either; there is nobody else to tell.
        Effect.catchAll((error) =>
          Effect.as(Effect.logError("the operation is lost to its store", error), Option.none())
        )
      )

    const end = (entry: Running, changes: ReadonlyArray<OperationRecord.Change>) =>
      Effect.flatMap(
        write(entry.work.name, (record, now) =>
          record.fence === entry.fence ? OperationRecord.advance(record, changes, now) : Option.none()
        ),
        Option.match({
          onNone: () => Effect.void,
          onSome: ({ changed, record }) => (changed ? options.onEnd(record) : Effect.void)
        })
      )

    /** Claims the record for one more attempt. None where there is nothing to be run (any more, or yet). */
    const claim = (entry: Running) =>
      Effect.map(
        write(entry.work.name, (record, now) =>
          Option.orElse(OperationRecord.advance(record, [{ _tag: "Start", owner: options.id }], now), () =>
            options.ignoreCancel
              ? OperationRecord.advance(record, [{ _tag: "StartAnyway", owner: options.id }], now)
              : Option.none()
          )
        ),
        Option.flatMap(({ changed, record }) => (changed ? Option.some(record) : Option.none()))
      )

    const publish = (entry: Running, fence: number, f: Parameters<Job.Job["updateWith"]>[0]): Effect.Effect<void> =>
      OperationStore.modify(store, entry.work.name, (record, now) =>
        record.fence === fence
          ? OperationRecord.advance(record, [{ _tag: "Publish", metadata: f(record.metadata) }], now)
          : Option.none()
      ).pipe(
        // Progress is not worth stopping the work for, and the next one says more.
        Effect.catchAll((error) => Effect.logWarning("progress could not be published", error)),
        Effect.asVoid
      )

    const runBody = (entry: Running, attempt: number): Effect.Effect<BodyExit | undefined> =>
      Effect.gen(function* () {
        const interruptor = new Interruptor()
        const { fence } = entry
        const { abort, job } = Controlled.make({
          name: entry.work.name,
          attempt,
          isCancelRequested: () => entry.isCancelled,
          publish: (f) => publish(entry, fence, f)
        })
        entry.stop = (id) => {
          abort()
          interruptor.interruptAs(id)
        }
        // The request may have come since the claim, when there was nothing to stop yet.
        if (yield* Deferred.isDone(entry.halted)) return Exit.interrupt(yield* Effect.fiberId)
        const fiber = yield* interruptor.fork(
          Effect.suspend(() => entry.work.body(job)).pipe(
            Effect.withSpan("Host.run", {
              root: true,
              links: Option.toArray(entry.work.submittedIn).map((span) => ({ _tag: "SpanLink", span, attributes: {} })),
              captureStackTrace: false,
              attributes: { operation: entry.work.name, attempt }
            })
          )
        )
        const exit = yield* Effect.raceFirst(Fiber.await(fiber), overdue(entry, options.cleanupTimeout))
        entry.stop = undefined
        return exit
      })

    const settle = (entry: Running, exit: BodyExit | undefined, restart: Restart.Restart): Effect.Effect<Next> =>
      Effect.gen(function* () {
        const halted = yield* Deferred.isDone(entry.halted)
        const outcome: Outcome.Outcome =
          exit === undefined
            ? { _tag: "Interrupted", details: [Outcome.cleanupTimedOut] }
            : Outcome.fromExit(exit, halted)
        if (exit !== undefined && Exit.isFailure(exit)) yield* logFailure(exit)
        if (outcome._tag === "Succeeded") {
          yield* end(entry, [{ _tag: "Succeed", response: outcome.response }])
          return over
        }
        // A body that was interrupted, or says itself that it was cancelled, has no result: if somebody has asked for
        // that, the operation is cancelled.
        const error =
          outcome._tag === "Failed"
            ? Outcome.failure(outcome.status)
            : isShuttingDown
              ? Outcome.shutDown
              : Outcome.selfInterrupted
        const stopped =
          outcome._tag === "Interrupted"
            ? Outcome.cancelled(outcome.details)
            : outcome.status.code === 1
              ? outcome.status
              : undefined
        const delay = yield* restart(error)
        const written = yield* write(entry.work.name, (record, now) => {
          if (record.fence !== entry.fence) return Option.none()
          if (record.state === "CANCELLING" && stopped !== undefined) {
            return OperationRecord.advance(record, [{ _tag: "Stop", error: stopped }], now)
          }
          return Option.isSome(delay) && record.state === "RUNNING"
            ? OperationRecord.advance(record, [{ _tag: "Restart" }], now)
            : OperationRecord.advance(record, [{ _tag: "Fail", error }], now)
        })
        if (Option.isNone(written) || !written.value.changed) return over
        const { record } = written.value
        if (record.state === "PENDING") return { _tag: "Again", delay: Option.getOrElse(delay, () => Duration.zero) }
        yield* options.onEnd(record)
        return over
      })

    const attempt = (entry: Running, ticket: Gate.Ticket, restart: Restart.Restart): Effect.Effect<Next> =>
      Effect.gen(function* () {
        if (!(yield* Deferred.isDone(ticket.granted))) {
          yield* Effect.raceFirst(Deferred.await(ticket.granted), Deferred.await(entry.halted))
        }
        if (yield* Deferred.isDone(entry.halted)) return unstarted
        const record = yield* claim(entry)
        if (Option.isNone(record)) return unstarted
        entry.fence = record.value.fence
        return yield* settle(entry, yield* runBody(entry, record.value.attempt), restart)
      })

    const supervise = (entry: Running): Effect.Effect<void> =>
      Effect.gen(function* () {
        const restart = Restart.make(entry.work.restart)
        let next: Next = { _tag: "Again", delay: Duration.decode(entry.work.startDelay) }
        while (next._tag === "Again") {
          if (Duration.greaterThan(next.delay, Duration.zero)) {
            yield* Effect.raceFirst(Effect.sleep(next.delay), Deferred.await(entry.halted))
          }
          next = yield* Effect.acquireUseRelease(gate.enter, (ticket) => attempt(entry, ticket, restart), gate.leave)
        }
        if (next._tag === "Unstarted") yield* stopUnstarted(entry)
      }).pipe(Effect.annotateLogs({ operation: entry.work.name }))

    /** Ends what was asked to stop while it did not run: it waits for the request to take effect, and says so. */
    const stopUnstarted = (entry: Running): Effect.Effect<void> =>
      Effect.gen(function* () {
        const found = yield* write(entry.work.name, () => Option.none())
        if (Option.isNone(found) || found.value.record.state !== "CANCELLING") return
        if (found.value.record.fence !== entry.fence) return
        yield* Deferred.await(entry.halted)
        yield* end(entry, [{ _tag: "Stop", error: Outcome.cancelled([]) }])
      })

    return {
      start: (work) =>
        Effect.gen(function* () {
          const entry: Running = {
            work,
            halted: yield* Deferred.make<void>(),
            isCancelled: false,
            stop: undefined,
            fence: 0
          }
          running.set(work.name, entry)
          // Accepted before the host began to shut down: another host may run it, this one does not.
          if (isShuttingDown) yield* halt(entry)
          const fiber = yield* Effect.forkDaemon(Effect.interruptible(supervise(entry)))
          supervisors.add(fiber)
          fiber.addObserver(() => {
            supervisors.delete(fiber)
            if (running.get(work.name) === entry) running.delete(work.name)
          })
        }).pipe(Effect.uninterruptible),

      cancel: (name) =>
        Effect.suspend(() => {
          const entry = running.get(name)
          if (entry === undefined) return Effect.void
          entry.isCancelled = true
          return halt(entry)
        }),

      shutdown: Effect.gen(function* () {
        isShuttingDown = true
        yield* Effect.forEach([...running.values()], halt, { discard: true })
        const fibers = [...supervisors]
        const stopped = yield* Fiber.awaitAll(fibers).pipe(
          Effect.interruptible,
          Effect.timeoutOption(options.shutdownTimeout)
        )
        if (Option.isSome(stopped)) return
        yield* Effect.logWarning(`${supervisors.size} operations have not stopped within the shutdown timeout`)
        // Without this a body that never ends would keep its operation's fiber, and the process, alive.
        yield* Effect.forEach(supervisors, Fiber.interruptFork, { discard: true })
      })
    }
  })

const over: Next = { _tag: "Over" }

const unstarted: Next = { _tag: "Unstarted" }

const patience = Schedule.exponential("100 millis").pipe(Schedule.union(Schedule.spaced("5 seconds")))

// How long a body may go on after it was asked to stop before the log mentions it.
const grace = Duration.seconds(30)

/** Ends, where a cleanup timeout is set, once a body has had that long to stop. */
const overdue = (entry: Running, cleanupTimeout: Duration.DurationInput | undefined): Effect.Effect<undefined> =>
  Effect.zipRight(
    Deferred.await(entry.halted),
    cleanupTimeout === undefined
      ? Effect.delay(Effect.logWarning("the body was asked to stop and is still running"), grace).pipe(
          Effect.zipRight(Effect.never)
        )
      : Effect.delay(
          Effect.as(Effect.logError("the body has not stopped within the cleanup timeout"), undefined),
          cleanupTimeout
        )
  )

const logFailure = (exit: Exit.Failure<unknown, unknown>): Effect.Effect<void> =>
  Chunk.isEmpty(Cause.defects(exit.cause))
    ? Effect.logDebug("the body did not succeed", exit.cause)
    : Effect.logError("the body, or a finalizer of it, died", exit.cause)
