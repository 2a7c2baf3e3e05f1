import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as OperationRecord from "../OperationRecord.js"
import * as OperationStore from "../OperationStore.js"
import type * as Runner from "../Runner.js"
import * as Attempt from "./attempt.js"
import * as Deadline from "./deadline.js"
import * as Definitions from "./definitions.js"
import type { Entry } from "./entry.js"
import * as Entries from "./entry.js"
import * as Gate from "./gate.js"
import * as Outcome from "./outcome.js"
import { patiently } from "./patience.js"
import * as Restart from "./restart.js"
import * as Retention from "./retention.js"
import { sleep } from "./sleep.js"
import * as Watch from "./watch.js"

type Record = OperationRecord.OperationRecord

/** `Unstarted`: the operation was asked to stop while no attempt ran. */
type Next = { readonly _tag: "Over" | "Unstarted" } | { readonly _tag: "Again"; readonly delay: Duration.Duration }

/** It reads and writes nothing but through the store, so that its word is the store's. */
export const make = (
  store: OperationStore.Service,
  options: Runner.Options
): Effect.Effect<Runner.Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const id = yield* randomId
    const gate = yield* Gate.make(options.maxRunning ?? Infinity)
    const retention = yield* Retention.make(store, options.retention ?? Retention.defaultRetention)
    const definitions = Definitions.make()
    const running = new Map<string, Entry>()
    // Also those whose operation is over while something of the body still runs.
    const fibers = new Set<Fiber.RuntimeFiber<void>>()
    const latency = Duration.decode(options.cancelLatency ?? 0)
    const shutdownTimeout = options.shutdownTimeout ?? "15 seconds"
    const ignoreCancel = options.cancellation === "ignore"
    let isShuttingDown = false

    const write = (
      entry: Entry,
      f: (record: Record, now: DateTime.Utc) => Option.Option<Record>
    ): Effect.Effect<Option.Option<OperationStore.Modified>> =>
      Effect.map(
        patiently(Effect.suspend(() => OperationStore.modify(store, entry.name, f, entry.seen))),
        (written) => {
          const modified = Option.flatten(written)
          entry.seen = Option.getOrUndefined(modified)?.record
          return modified
        }
      )

    /** Writes the end of what this runner holds, or what nobody holds. */
    const end = (entry: Entry, changes: (record: Record) => ReadonlyArray<OperationRecord.Change>) =>
      Effect.flatMap(
        write(entry, (record, now) =>
          record.fence === entry.fence ? retention.advance(record, changes(record), now) : Option.none()
        ),
        onEndOf
      )

    const onEnd = (record: Record): Effect.Effect<void> =>
      Effect.zipRight(Entries.countEnd(record), retention.onEnd(record))

    const onEndOf = (written: Option.Option<OperationStore.Modified>): Effect.Effect<void> => {
      if (Option.isNone(written) || !OperationRecord.isDone(written.value.record)) return Effect.void
      const { changed, record } = written.value
      // Written before, perhaps by this runner without its knowing: then it is counted no more, and still to be removed.
      return changed ? onEnd(record) : retention.onEnd(record)
    }

    /** Claims the record for one more attempt. None where there is nothing to be run (any more, or yet). */
    const claim = (entry: Entry, work: Entries.Work): Effect.Effect<Option.Option<Record>> =>
      Effect.gen(function* () {
        // A write that was made and whose answer was lost looks like this when it is tried again.
        const isClaimed = (record: Record) =>
          record.fence === entry.fence + 1 && Option.contains(record.owner, id) && !OperationRecord.isDone(record)
        const written = yield* write(entry, (record, now) => {
          if (record.fence !== entry.fence) return Option.none()
          switch (record.state) {
            case "PENDING":
              return retention.advance(record, [{ _tag: "Start", owner: id }], now)
            case "RUNNING":
              // Another runner's, who is gone: this one has left it PENDING whenever it stopped running it.
              return retention.advance(
                record,
                work.recovery === "abort" || record.attempt >= work.maxAttempts
                  ? [{ _tag: "Fail", error: Outcome.lost }]
                  : [{ _tag: "Restart" }, { _tag: "Start", owner: id }],
                now
              )
            case "CANCELLING":
              return ignoreCancel ? retention.advance(record, [{ _tag: "StartAnyway", owner: id }], now) : Option.none()
            default:
              return Option.none()
          }
        })
        if (Option.isNone(written)) return Option.none()
        const { record } = written.value
        yield* onEndOf(written)
        if (!isClaimed(record)) return Option.none()
        entry.fence = record.fence
        return record.state === "CANCELLING" && !ignoreCancel ? Option.none() : Option.some(record)
      })

    const settle = (
      entry: Entry,
      exit: Attempt.BodyExit | undefined,
      work: Entries.Work,
      restart: Restart.Restart
    ): Effect.Effect<Next> =>
      Effect.gen(function* () {
        if (entry.isLost) return over
        const halted = yield* Deferred.isDone(entry.halted)
        const outcome: Outcome.Outcome =
          exit === undefined
            ? { _tag: "Interrupted", details: [Outcome.cleanupTimedOut] }
            : Outcome.fromExit(exit, halted)
        if (exit !== undefined && Exit.isFailure(exit)) yield* Attempt.logFailure(exit)
        if (outcome._tag === "Succeeded") {
          yield* end(entry, () => [{ _tag: "Succeed", response: outcome.response }])
          return over
        }
        const isHandedOver = outcome._tag === "Interrupted" && (isShuttingDown || entry.isReleased)
        const error =
          outcome._tag === "Failed"
            ? Outcome.failure(outcome.status)
            : isHandedOver
              ? Outcome.shutDown
              : Outcome.selfInterrupted
        const delay = yield* isHandedOver ? handedOver(entry, work, restart) : restart(error)
        const written = yield* write(entry, (record, now) => {
          if (record.fence !== entry.fence) return Option.none()
          // A body that was interrupted, or says itself that it was cancelled, has no result: if somebody has asked for
          // that, the operation is cancelled.
          if (record.state === "CANCELLING" && (outcome._tag === "Interrupted" || outcome.status.code === 1)) {
            const own = outcome._tag === "Failed" ? Option.some(outcome.status) : Option.none()
            const details = outcome._tag === "Interrupted" ? outcome.details : []
            return retention.advance(record, [Outcome.stopped(record, own, details)], now)
          }
          return Option.isSome(delay) && record.state === "RUNNING"
            ? retention.advance(record, [{ _tag: "Restart" }], now)
            : retention.advance(record, [{ _tag: "Fail", error }], now)
        })
        if (Option.isNone(written) || written.value.record.fence !== entry.fence) return over
        if (written.value.record.state === "PENDING") {
          return { _tag: "Again", delay: Option.getOrElse(delay, () => Duration.zero) }
        }
        yield* onEndOf(written)
        return over
      })

    const attempt = (
      entry: Entry,
      ticket: Gate.Ticket,
      work: Entries.Work,
      restart: Restart.Restart
    ): Effect.Effect<Next> =>
      Effect.gen(function* () {
        if (!(yield* Deferred.isDone(ticket.granted))) {
          yield* Effect.raceFirst(Deferred.await(ticket.granted), Deferred.await(entry.halted))
        }
        if (yield* Deferred.isDone(entry.halted)) return unstarted
        const record = yield* claim(entry, work)
        if (Option.isNone(record)) return unstarted
        yield* Entries.countStart(record.value)
        const exit = yield* Attempt.run(store, entry, record.value, work, options)
        return yield* settle(entry, exit, work, restart)
      })

    /** Ends what was asked to stop while it did not run: it waits for the request to take effect, and says so. */
    const stopUnstarted = (entry: Entry): Effect.Effect<void> =>
      Effect.gen(function* () {
        const found = yield* write(entry, () => Option.none())
        if (Option.isNone(found) || found.value.record.state !== "CANCELLING") return
        if (found.value.record.fence !== entry.fence) return
        // Who asked may have told nobody, because it was not taken up yet: then nobody halts it.
        const effect = entry.isCancelled || ignoreCancel ? Effect.never : sleep(latency)
        yield* Effect.raceFirst(Deferred.await(entry.halted), effect)
        yield* endStopped(entry)
      })

    const endStopped = (entry: Entry) =>
      end(entry, (record) => (record.state === "CANCELLING" ? [Outcome.stopped(record, Option.none(), [])] : []))

    /** Waits for the deadline, and lets it take effect as a cancel request does, only that nobody has asked. */
    const expire = (entry: Entry, left: number): Effect.Effect<void> =>
      Effect.gen(function* () {
        yield* sleep(left)
        const written = yield* write(entry, (record, now) => retention.advance(record, Outcome.expire(record), now))
        if (!Option.exists(written, (_) => _.changed)) return
        entry.isCancelled = true
        yield* onEndOf(written)
        yield* halt(entry)
      })

    const workOf = (entry: Entry, record: Record): Effect.Effect<Option.Option<Entries.Work>> => {
      if (entry.work !== undefined) return Effect.succeedSome(entry.work)
      if (Option.isNone(record.payload)) return Effect.succeedNone
      const { payload } = record
      return Effect.raceFirst(
        Effect.map(definitions.await(Option.getOrElse(record.type, () => "")), (definition) =>
          Option.some(Entries.fromDefinition(definition, payload))
        ),
        Effect.as(Deferred.await(entry.halted), Option.none<Entries.Work>())
      )
    }

    const supervise = (entry: Entry, known: Option.Option<Record>): Effect.Effect<void> =>
      Effect.gen(function* () {
        const first = Option.isSome(known) ? known : Option.flatten(yield* patiently(store.get(entry.name)))
        if (Option.isNone(first) || OperationRecord.isDone(first.value)) return
        const record = first.value
        entry.seen = record
        entry.fence = record.fence
        // Whatever ran of it is gone with its process, or fenced off by who calls this.
        if (record.state === "CANCELLING") {
          yield* endStopped(entry)
          return
        }
        if (Option.isSome(record.deadline)) {
          const left = yield* Deadline.timeLeft(record, record.deadline.value)
          if (left === 0) {
            yield* end(entry, (it) => Outcome.giveUp(it, Outcome.deadlineExceeded([])))
            return
          }
          yield* Effect.fork(expire(entry, left))
        }
        const found = yield* workOf(entry, record)
        if (Option.isNone(found)) {
          // Halted while it waited for its definition, or nobody's any more.
          yield* entry.isHalted ? endStopped(entry) : end(entry, (it) => Outcome.giveUp(it, Outcome.lost))
          return
        }
        const work = found.value
        const restart = yield* Restart.make(work.restart, record.attempt)
        let next: Next = { _tag: "Again", delay: Duration.decode(record.attempt === 0 ? work.startDelay : 0) }
        while (next._tag === "Again") {
          if (Duration.greaterThan(next.delay, Duration.zero)) {
            yield* Effect.raceFirst(sleep(next.delay), Deferred.await(entry.halted))
          }
          next = yield* Effect.acquireUseRelease(
            gate.enter,
            (ticket) => attempt(entry, ticket, work, restart),
            gate.leave
          )
        }
        if (next._tag === "Unstarted") yield* stopUnstarted(entry)
      }).pipe(
        // What an application has given, such as a start delay, may throw; nobody else would ever end the operation.
        Effect.catchAllDefect((defect) =>
          Effect.zipRight(
            Effect.logError("the operation cannot be run", defect),
            end(entry, (record) => Outcome.giveUp(record, Outcome.internalError))
          )
        ),
        Effect.annotateLogs({ operation: entry.name }),
        // Whoever launches it has services, and perhaps a transaction, that are nothing to do with it.
        Effect.mapInputContext(() => Context.empty())
      )

    const launch = (name: string, known: Option.Option<Record>, work?: Entries.Work): Effect.Effect<Entry> =>
      Effect.gen(function* () {
        const present = running.get(name)
        if (present !== undefined) return present
        // Without a step between the look and the entry, where another fiber could come between.
        const entry = Entries.unsafeMake(name, work)
        running.set(name, entry)
        // Accepted before the shutdown began: another process may run it, this one does not.
        if (isShuttingDown) yield* halt(entry)
        const forget = Effect.sync(() => {
          if (running.get(name) === entry) running.delete(name)
        })
        const fiber = yield* supervise(entry, known).pipe(
          Effect.interruptible,
          Effect.ensuring(forget),
          Effect.forkDaemon
        )
        entry.fiber = fiber
        fibers.add(fiber)
        fiber.addObserver(() => {
          fibers.delete(fiber)
        })
        return entry
      }).pipe(Effect.uninterruptible)

    /** Lets a cancel request take effect. */
    const request = (entry: Entry): Effect.Effect<void> =>
      Effect.suspend(() => {
        if (entry.isCancelled || ignoreCancel) return Effect.void
        entry.isCancelled = true
        if (Duration.equals(latency, Duration.zero)) return halt(entry)
        return Effect.zipRight(sleep(latency), halt(entry)).pipe(
          Effect.interruptible,
          Effect.forkIn(scope),
          Effect.asVoid
        )
      })

    const isOver = (name: string): Effect.Effect<boolean> =>
      store.get(name).pipe(
        Effect.map((found) => !Option.exists(found, (record) => !OperationRecord.isDone(record))),
        // It is found again by looking.
        Effect.orElseSucceed(() => false)
      )

    const cancel = (name: string): Effect.Effect<boolean> =>
      Effect.suspend(() => {
        const entry = running.get(name)
        if (entry === undefined) return Effect.succeed(false)
        if (Duration.equals(latency, Duration.zero) && !ignoreCancel) return Effect.as(request(entry), true)
        // What was given up stops at once, whatever becomes of cancel requests.
        return Effect.as(
          Effect.if(isOver(name), {
            onTrue: () => {
              entry.isCancelled = true
              return halt(entry)
            },
            onFalse: () => request(entry)
          }),
          true
        )
      })

    /** Stops it and waits for it, but not for ever: a body that never ends would keep its fiber, and the process, alive. */
    const handOver = (
      entries: Iterable<Entry>,
      awaited: ReadonlyArray<Fiber.RuntimeFiber<void>>
    ): Effect.Effect<void> =>
      Effect.gen(function* () {
        for (const entry of entries) {
          entry.isReleased = true
          yield* halt(entry)
        }
        const stopped = yield* Fiber.awaitAll(awaited).pipe(Effect.interruptible, Effect.timeoutOption(shutdownTimeout))
        if (Option.isSome(stopped)) return
        yield* Effect.logWarning("operations have not stopped within the shutdown timeout")
        yield* Effect.forEach(awaited, Fiber.interruptFork, { discard: true })
      })

    yield* Watch.start({ id, store, running, request, ignoreCancel, interval: options.pollInterval ?? "3 seconds" })
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isShuttingDown = true
        return handOver(running.values(), [...fibers])
      })
    )

    return {
      id,
      register: definitions.register,
      launch: (record, work) =>
        Effect.asVoid(
          launch(record.name, Option.some(record), work === undefined ? undefined : Entries.fromWork(work))
        ),
      run: (name) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(launch(name, Option.none()), (entry) => {
            const { fiber } = entry
            if (fiber === undefined) return Effect.void
            return restore(Fiber.await(fiber)).pipe(
              Effect.onInterrupt(() => handOver([entry], [fiber])),
              Effect.asVoid
            )
          })
        ),
      cancel
    }
  })

const { halt } = Entries

/**
 * What must not run again is not handed over to run again, whatever its schedule says of failures. A function is lost with
 * its process, so its schedule decides as for a failure.
 */
const handedOver = (
  entry: Entry,
  work: Entries.Work,
  restart: Restart.Restart
): Effect.Effect<Option.Option<Duration.Duration>> =>
  work.recovery === "rerun"
    ? Effect.succeedSome(Duration.zero)
    : entry.work === undefined
      ? Effect.succeedNone
      : restart(Outcome.shutDown)

const over: Next = { _tag: "Over" }

const unstarted: Next = { _tag: "Unstarted" }

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

export const randomId: Effect.Effect<string> = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, alphabet.length), 24),
  (digits) => digits.map((digit) => alphabet.charAt(digit)).join("")
)
