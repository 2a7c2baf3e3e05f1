import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import type * as Scope from "effect/Scope"
import * as Operation from "../Operation.js"
import * as OperationName from "../OperationName.js"
import type * as Operations from "../Operations.js"
import { advice, isRetryable, type OperationsError, TransportError } from "../OperationsError.js"
import type * as PollSchedule from "../PollSchedule.js"
import type * as SharedPoller from "../SharedPoller.js"
import { StillRunning, Vanished } from "../WaitError.js"
import { DueHeap } from "./dueHeap.js"
import * as Elapsed from "./elapsed.js"
import * as LookBatch from "./lookBatch.js"
import type { Failure } from "./looker.js"

/** One wait among many: a plain record, since a fiber for each would weigh thirty times as much. */
export interface Wait {
  readonly name: string
  readonly schedule: PollSchedule.PollSchedule
  readonly deadline: number
  readonly failureBudget: number
  readonly cancelAccepted: boolean
  /** Whether to keep what was seen last for the error at the deadline; it may be many times the size of this record. */
  readonly remembers: boolean
  readonly end: (result: Either.Either<Operation.Done, Failure>) => void
  /** The end by a defect, of the provider or of the wait's own schedule. */
  readonly die: (cause: Cause.Cause<never>) => void
  state: unknown
  dueAt: number
  /** How long after the latest look the next one is due; nothing where the server asked for it. */
  delay: number
  parent: string | undefined
  failures: number
  lastSeen: Operation.Running | undefined
  lastError: OperationsError | undefined
  looking: boolean
  ended: boolean
  time: number
  at: number
}

export interface Options extends LookBatch.Options {
  readonly window: number
}

export const resolve = (options: SharedPoller.Options | undefined): Options => ({
  concurrency: Math.min(Math.max(1, Math.floor(options?.concurrency ?? 64)), 4096),
  listFrom: options?.listFrom ?? 20,
  pageSize: options?.pageSize ?? 500,
  window: Duration.toMillis(options?.window ?? 10),
  parentOf: options?.parentOf ?? defaultParentOf,
  fields: options?.fields
})

export interface SharedLooks {
  readonly add: (wait: Wait) => void
  readonly remove: (wait: Wait) => void
}

const defaultParentOf = (name: string): string | undefined =>
  Option.getOrUndefined(
    Option.filter(
      Option.map(OperationName.view(name), (view) => view.parent),
      (parent) => parent !== ""
    )
  )

export const makeWait = (
  options: Pick<
    Wait,
    "name" | "schedule" | "deadline" | "failureBudget" | "cancelAccepted" | "remembers" | "end" | "die"
  > & { readonly now: number }
): Wait => ({
  name: options.name,
  schedule: options.schedule,
  deadline: options.deadline,
  failureBudget: options.failureBudget,
  cancelAccepted: options.cancelAccepted,
  remembers: options.remembers,
  end: options.end,
  die: options.die,
  state: options.schedule.initial,
  dueAt: options.now,
  delay: 0,
  parent: undefined,
  failures: 0,
  lastSeen: undefined,
  lastError: undefined,
  looking: false,
  ended: false,
  time: 0,
  at: -1
})

/** Looks for all waits from one fiber that watches the clock and at most `concurrency` that send requests. */
export const make = (
  operations: Operations.Provider,
  options: Options
): Effect.Effect<SharedLooks, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const woken = yield* Effect.makeLatch(false)
    const waits = new DueHeap<Wait>()
    let pausedUntil = 0
    let sleepingUntil = Infinity

    const wake = () => {
      woken.unsafeOpen()
    }

    const place = (wait: Wait) => {
      waits.set(wait, wait.looking ? wait.deadline : Math.min(Math.max(wait.dueAt, pausedUntil), wait.deadline))
      if (wait.time < sleepingUntil) wake()
    }

    // Where one pending operation of a parent is looked at by a list, the others are on the same pages.
    const pending = new Map<string, Set<Wait>>()
    const parentOf = Option.liftThrowable(options.parentOf)

    const add = (wait: Wait) => {
      wait.parent = options.listFrom === Infinity ? undefined : Option.getOrUndefined(parentOf(wait.name))
      if (wait.parent !== undefined) {
        const siblings = pending.get(wait.parent)
        if (siblings === undefined) pending.set(wait.parent, new Set([wait]))
        else siblings.add(wait)
      }
      place(wait)
    }

    const remove = (wait: Wait) => {
      wait.ended = true
      waits.remove(wait)
      if (wait.parent === undefined) return
      const siblings = pending.get(wait.parent)
      siblings?.delete(wait)
      if (siblings?.size === 0) pending.delete(wait.parent)
    }

    /** Those that a list would answer as well, and whose own look is nearer than the one before. */
    const alongWith = (due: ReadonlyArray<Wait>, now: number): ReadonlyArray<Wait> => {
      const counts = new Map<string, number>()
      for (const { parent } of due) if (parent !== undefined) counts.set(parent, (counts.get(parent) ?? 0) + 1)
      return Array.from(counts).flatMap(([parent, count]) => {
        const siblings = pending.get(parent)
        if (siblings === undefined || !batch.lists(parent, siblings.size)) return []
        const near = Array.from(siblings).filter(
          (wait) => !wait.looking && wait.dueAt > now && wait.dueAt - now <= wait.delay / 2
        )
        return batch.lists(parent, count + near.length) ? near : []
      })
    }

    const end = (wait: Wait, result: Either.Either<Operation.Done, Failure>) => {
      if (wait.ended) return
      remove(wait)
      wait.end(result)
    }

    const died = (wait: Wait, cause: Cause.Cause<never>) => {
      if (wait.ended) return
      remove(wait)
      wait.die(cause)
    }

    const seen = (wait: Wait, operation: Operation.Operation): Effect.Effect<void> => {
      if (wait.ended) return Effect.void
      if (Operation.isDone(operation)) return Effect.sync(() => end(wait, Either.right(operation)))
      wait.lastSeen = wait.remembers ? operation : Operation.running({ name: wait.name })
      wait.lastError = undefined
      wait.failures = 0
      return again(wait, Either.right(operation), 0)
    }

    const failed = (wait: Wait, error: OperationsError): Effect.Effect<void> => {
      if (wait.ended) return Effect.void
      if (error._tag === "NotFound" && error.missing === "operation" && (wait.lastSeen || wait.cancelAccepted)) {
        end(wait, Either.left(vanished(wait, error)))
        return Effect.void
      }
      wait.lastError = error
      wait.failures += 1
      if (wait.failures > wait.failureBudget || !isRetryable(error)) {
        end(wait, Either.left(error))
        return Effect.void
      }
      return again(
        wait,
        Either.left(error),
        Option.match(advice(error), { onNone: () => 0, onSome: Duration.toMillis })
      )
    }

    const again = (wait: Wait, look: PollSchedule.Look, asked: number): Effect.Effect<void> =>
      Effect.flatMap(Effect.zip(Elapsed.now, Clock.currentTimeMillis), ([now, day]) =>
        Effect.map(
          wait.schedule.step(day, look, wait.state),
          ([state, _, decision]: readonly [unknown, unknown, ScheduleDecision.ScheduleDecision]) => {
            if (wait.ended) return
            if (ScheduleDecision.isDone(decision)) return end(wait, Either.left(over(wait, "ScheduleEnded")))
            if (now + asked >= wait.deadline) return end(wait, Either.left(over(wait, "Timeout")))
            wait.state = state
            wait.looking = false
            const delay = Math.max(asked, ScheduleIntervals.start(decision.intervals) - day)
            wait.delay = asked > 0 ? 0 : delay
            wait.dueAt = now + delay
            place(wait)
          }
        )
      ).pipe(Effect.catchAllCause((cause) => Effect.sync(() => died(wait, cause))))

    const batch = yield* LookBatch.make<Wait>(operations, options, {
      isWanted: (wait) => !wait.ended,
      holdBack: (wait, now) => {
        if (now >= pausedUntil) return false
        wait.looking = false
        place(wait)
        return true
      },
      // A rate limit is the whole service's, so nobody asks again before it is over.
      troubled: (error) =>
        Effect.map(Elapsed.now, (now) => {
          const asked = error._tag === "ResourceExhausted" ? advice(error) : Option.none()
          if (Option.isSome(asked)) pausedUntil = Math.max(pausedUntil, now + Duration.toMillis(asked.value))
        }),
      seen,
      failed,
      died
    })

    const lookAt = (due: ReadonlyArray<Wait>): Effect.Effect<void> =>
      Effect.suspend(() => {
        for (const wait of due) {
          wait.looking = true
          place(wait)
        }
        return batch.answer(due)
      }).pipe(
        // What can be wrong here is `parentOf`.
        Effect.catchAllCause((cause) =>
          Effect.sync(() => {
            for (const wait of due) died(wait, cause)
          })
        )
      )

    const takeDue = (at: number): ReadonlyArray<Wait> => {
      const now = at + Elapsed.nearly
      const due: Array<Wait> = []
      for (let wait = waits.first; wait !== undefined && wait.time <= now; wait = waits.first) {
        waits.remove(wait)
        if (wait.deadline <= now) end(wait, Either.left(over(wait, "Timeout")))
        else if (Math.max(wait.dueAt, pausedUntil) <= now) due.push(wait)
        else place(wait)
      }
      return due
    }

    // A look may be late for the sake of others, a deadline not, nor a look that the deadline would overtake.
    const alarm = (wait: Wait) => (wait.deadline - wait.time <= options.window ? wait.time : wait.time + options.window)

    // One fiber sleeps for the loop, and is replaced only where something is due before it wakes.
    let alarmAt = Infinity
    let sleeper: Fiber.RuntimeFiber<void> | undefined
    const setAlarm = (now: number, at: number): Effect.Effect<void> => {
      if (at >= alarmAt) return Effect.void
      alarmAt = at
      const ring = Effect.sync(() => {
        alarmAt = Infinity
        wake()
      })
      const replace = sleeper === undefined ? Effect.void : Fiber.interruptFork(sleeper)
      return Effect.zipRight(
        replace,
        Effect.map(
          Effect.delay(ring, Math.min(at - now, longestSleep)).pipe(Effect.interruptible, Effect.forkIn(scope)),
          (fiber) => {
            sleeper = fiber
          }
        )
      )
    }

    const nap = Effect.flatMap(Elapsed.now, (now) => {
      const first = waits.first
      const at = first === undefined ? Infinity : alarm(first)
      if (at <= now) return Effect.void
      sleepingUntil = first === undefined ? Infinity : first.time
      return setAlarm(now, at).pipe(
        Effect.zipRight(woken.await),
        Effect.zipRight(
          Effect.sync(() => {
            sleepingUntil = -Infinity
            woken.unsafeClose()
          })
        )
      )
    })

    yield* Effect.forever(
      Effect.zipRight(
        nap,
        Effect.flatMap(Elapsed.now, (now) => {
          const due = takeDue(now)
          return due.length === 0 ? Effect.void : lookAt([...due, ...alongWith(due, now)])
        })
      )
    ).pipe(Effect.interruptible, Effect.forkIn(scope))

    return { add, remove }
  })

// The platform's timers end at some 24 days; to wake in vain once a day costs nothing.
const longestSleep = 86_400_000

const vanished = (wait: Wait, cause: Extract<OperationsError, { readonly _tag: "NotFound" }>): Vanished =>
  new Vanished({
    operation: wait.name,
    lastSeen: Option.fromNullable(wait.lastSeen),
    cancelAccepted: wait.cancelAccepted,
    cause
  })

const over = (wait: Wait, reason: StillRunning["reason"]): Failure => {
  if (wait.lastSeen !== undefined || wait.cancelAccepted) {
    return new StillRunning({
      operation: wait.name,
      lastSeen: Option.fromNullable(wait.lastSeen),
      cancelAccepted: wait.cancelAccepted,
      reason,
      lastError: Option.fromNullable(wait.lastError)
    })
  }
  return (
    wait.lastError ??
    new TransportError({
      operation: wait.name,
      method: "get",
      reason: "Timeout",
      description: "no answer within the time for it"
    })
  )
}
