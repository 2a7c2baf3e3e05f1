import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
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
import { ByName, type Named } from "./byName.js"
import type { Abandon, Detached } from "./detached.js"
import { type Due, DueHeap } from "./dueHeap.js"
import * as Elapsed from "./elapsed.js"
import * as LookBatch from "./lookBatch.js"
import type { Failure } from "./looker.js"
import * as Steady from "./steady.js"

/** What many waits may have in common. */
export interface Kind {
  readonly schedule: PollSchedule.PollSchedule
  /** Where the schedule need not be walked. */
  readonly delays: Steady.Delays | undefined
  readonly failureBudget: number
  /** Whether to keep what was seen last for the error at the deadline; it may be many times the size of a wait. */
  readonly remembers: boolean
  readonly end: (wait: Wait, result: Either.Either<Operation.Done, Failure>) => void
  /** The end by a defect, of the provider or of the wait's own schedule. */
  readonly die: (wait: Wait, cause: Cause.Cause<never>) => void
}

export const makeKind = (options: Omit<Kind, "delays">): Kind => ({
  schedule: options.schedule,
  delays: Steady.delaysOf(options.schedule),
  failureBudget: options.failureBudget,
  remembers: options.remembers,
  end: options.end,
  die: options.die
})

/** Those under one parent. Where one of them is looked at by a list, the others are on the same pages. */
interface Siblings {
  readonly parent: string
  readonly waits: ByName<Wait>
}

/** One wait among many: a plain record, since a fiber for each would weigh thirty times as much. */
export class Wait implements Due, Named<Wait>, LookBatch.Ask {
  readonly name: string
  readonly kind: Kind
  readonly deadline: number
  dueAt: number
  at = -1
  /** How long after the latest look the next one is due; nothing where the server asked for it. */
  delay = 0
  /** How many looks have gone into the schedule. */
  looks = 0
  /** The schedule's, where it has to be walked. */
  state: unknown = undefined
  failures = 0
  cancelAccepted = false
  phase: "waiting" | "looking" | "ended" = "waiting"
  /** Or that there was something, where its kind does not remember what. */
  lastSeen: Operation.Running | "something" | undefined = undefined
  lastError: OperationsError | undefined = undefined
  /** What is to be done where the deadline comes before the first look. */
  onDeadline: (() => void) | undefined = undefined
  siblings: Siblings | undefined = undefined
  alike: Wait | undefined = undefined
  sweep = 0

  /** `deadline` is in milliseconds of `Elapsed.now`; `Infinity` for none. */
  constructor(name: string, kind: Kind, deadline: number, dueAt: number) {
    this.name = name
    this.kind = kind
    this.deadline = deadline
    this.dueAt = dueAt
    if (kind.delays === undefined) this.state = kind.schedule.initial
  }

  get parent(): string | undefined {
    return this.siblings?.parent
  }
}

export interface Options extends LookBatch.Options {
  readonly window: number
}

export const resolve = (options: SharedPoller.Options | undefined): Options => ({
  concurrency: Math.min(Math.max(1, Math.floor(options?.concurrency ?? 64) || 1), 4096),
  listFrom: options?.listFrom ?? 20,
  pageSize: options?.pageSize ?? 500,
  window: Duration.toMillis(options?.window ?? 10),
  parentOf: options?.parentOf ?? defaultParentOf,
  fields: options?.fields
})

export interface SharedLooks {
  /** Looks at it from `dueAt` on. `now` is for who has just looked at the clock. */
  readonly add: (wait: Wait, now?: number) => void
  /** Ends it at its deadline, and does not look at it before it is added. */
  readonly hold: (wait: Wait) => void
  readonly remove: (wait: Wait) => void
}

const defaultParentOf = (name: string): string | undefined =>
  Option.getOrUndefined(
    Option.filter(
      Option.map(OperationName.view(name), (view) => view.parent),
      (parent) => parent !== ""
    )
  )

/** Looks for all waits from one fiber, which watches the clock; the requests go on by themselves. */
export const make = (
  operations: Operations.Provider,
  options: Options,
  detached: Detached
): Effect.Effect<SharedLooks, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const clock = yield* Effect.clock
    const woken = yield* Effect.makeLatch(false)
    const waits = new DueHeap<Wait>()
    let pausedUntil = 0
    let sleepingUntil = Infinity

    const wake = () => {
      woken.unsafeOpen()
    }

    const place = (wait: Wait) => {
      waits.set(
        wait,
        wait.phase === "looking" ? wait.deadline : Math.min(Math.max(wait.dueAt, pausedUntil), wait.deadline)
      )
      if (waits.firstTime < sleepingUntil) wake()
    }

    // Where no request answers several, nothing is won by waiting for others.
    const isAlone = options.listFrom === Infinity && operations.batch === undefined
    const pending = new Map<string, Siblings>()
    const parentOf = LookBatch.parentFinder(options)

    const join = (wait: Wait, parent: string) => {
      let siblings = pending.get(parent)
      if (siblings === undefined) {
        siblings = { parent, waits: new ByName() }
        pending.set(parent, siblings)
      }
      wait.siblings = siblings
      siblings.waits.add(wait)
    }

    const leave = (wait: Wait, { parent, waits }: Siblings) => {
      waits.remove(wait)
      if (waits.size === 0) pending.delete(parent)
    }

    const add = (wait: Wait, now: number = Elapsed.of(clock)) => {
      const parent = parentOf(wait.name)
      if (Either.isLeft(parent)) return died(wait, Cause.die(parent.left))
      if (parent.right !== undefined) join(wait, parent.right)
      if (isAlone && Math.max(wait.dueAt, pausedUntil) <= now && now < wait.deadline) return lookAt([wait])
      wait.phase = "waiting"
      place(wait)
    }

    const hold = (wait: Wait) => {
      // Then it is where it belongs: its deadline is always the same.
      if (wait.phase === "looking" && wait.at >= 0) return
      wait.phase = "looking"
      place(wait)
    }

    const remove = (wait: Wait) => {
      wait.phase = "ended"
      waits.remove(wait)
      if (wait.siblings !== undefined) leave(wait, wait.siblings)
      wait.siblings = undefined
    }

    /** Those that a list would answer as well, and whose own look is nearer than the one before. */
    const alongWith = (due: ReadonlyArray<Wait>, now: number): ReadonlyArray<Wait> => {
      const counts = new Map<Siblings, number>()
      for (const { siblings } of due) {
        if (siblings !== undefined) counts.set(siblings, (counts.get(siblings) ?? 0) + 1)
      }
      return Array.from(counts).flatMap(([{ parent, waits }, count]) => {
        if (count === waits.size || !batch.lists(parent, waits.size)) return []
        const near = waits.filter(
          ({ delay, dueAt, phase }) => phase === "waiting" && dueAt > now && dueAt - now <= delay / 2
        )
        return batch.lists(parent, count + near.length) ? near : []
      })
    }

    const end = (wait: Wait, result: Either.Either<Operation.Done, Failure>) => {
      if (wait.phase === "ended") return
      remove(wait)
      wait.kind.end(wait, result)
    }

    const died = (wait: Wait, cause: Cause.Cause<never>) => {
      if (wait.phase === "ended") return
      remove(wait)
      wait.kind.die(wait, cause)
    }

    const seen = (wait: Wait, operation: Operation.Operation, now: number) => {
      if (wait.phase === "ended") return
      if (Operation.isDone(operation)) return end(wait, Either.right(operation))
      wait.lastSeen = wait.kind.remembers ? operation : "something"
      wait.lastError = undefined
      wait.failures = 0
      if (wait.kind.delays !== undefined) again(wait, wait.kind.delays(wait.looks++), 0, now)
      else walk(wait, Either.right(operation), 0)
    }

    const failed = (wait: Wait, error: OperationsError, now: number) => {
      if (wait.phase === "ended") return
      if (error._tag === "NotFound" && error.missing === "operation" && (wait.lastSeen || wait.cancelAccepted)) {
        return end(wait, Either.left(vanished(wait, error)))
      }
      wait.lastError = error
      wait.failures += 1
      if (wait.failures > wait.kind.failureBudget || !isRetryable(error)) return end(wait, Either.left(error))
      const asked = Option.match(advice(error), { onNone: () => 0, onSome: Duration.toMillis })
      if (wait.kind.delays !== undefined) again(wait, wait.kind.delays(wait.looks++), asked, now)
      else walk(wait, Either.left(error), asked)
    }

    const again = (wait: Wait, scheduled: number, asked: number, now: number) => {
      if (now + asked >= wait.deadline) return end(wait, Either.left(over(wait, "Timeout")))
      const delay = Math.max(asked, scheduled)
      wait.phase = "waiting"
      wait.delay = asked > 0 ? 0 : delay
      wait.dueAt = now + delay
      place(wait)
    }

    const walk = (wait: Wait, look: PollSchedule.Look, asked: number) => {
      // A schedule goes by the time of day, since some of them name it.
      const day = clock.unsafeCurrentTimeMillis()
      const decided = ([state, _, decision]: readonly [unknown, unknown, ScheduleDecision.ScheduleDecision]) => {
        if (ScheduleDecision.isDone(decision)) return end(wait, Either.left(over(wait, "ScheduleEnded")))
        wait.state = state
        again(wait, ScheduleIntervals.start(decision.intervals) - day, asked, Elapsed.of(clock))
      }
      detached.run(
        Effect.suspend(() => wait.kind.schedule.step(day, look, wait.state)),
        (exit) => {
          if (wait.phase === "ended") return
          if (Exit.isFailure(exit)) return died(wait, exit.cause)
          decided(exit.value)
        }
      )
    }

    const batch = yield* LookBatch.make<Wait>(operations, options, detached, {
      isWanted: (wait) => wait.phase !== "ended",
      named: (parent, name) => pending.get(parent)?.waits.get(name),
      holdBack: (wait) => {
        if (pausedUntil === 0 || Elapsed.of(clock) >= pausedUntil) return false
        wait.phase = "waiting"
        place(wait)
        return true
      },
      // A rate limit is the whole service's, so nobody asks again before it is over.
      troubled: (error, now) => {
        const asked = error._tag === "ResourceExhausted" ? advice(error) : Option.none()
        if (Option.isSome(asked)) pausedUntil = Math.max(pausedUntil, now + Duration.toMillis(asked.value))
      },
      seen,
      failed,
      died
    })

    const lookAt = (due: ReadonlyArray<Wait>) => {
      for (const wait of due) hold(wait)
      batch.answer(due)
    }

    const takeDue = (at: number): ReadonlyArray<Wait> => {
      const now = at + Elapsed.nearly
      const due: Array<Wait> = []
      for (const wait of waits.takeUntil(now)) {
        if (wait.phase === "ended") continue
        if (wait.deadline <= now) end(wait, Either.left(over(wait, "Timeout")))
        else if (Math.max(wait.dueAt, pausedUntil) <= now) due.push(wait)
        else place(wait)
      }
      return due
    }

    // A look may be late for the sake of others, a deadline not, nor a look that the deadline would overtake.
    const alarm = ({ deadline }: Wait, time: number) =>
      deadline - time <= options.window ? time : time + options.window

    // One fiber sleeps for the loop, and is replaced only where something is due before it wakes.
    let alarmAt = Infinity
    let stopAlarm: Abandon = undefined
    const setAlarm = (now: number, at: number) => {
      if (at >= alarmAt) return
      alarmAt = at
      stopAlarm?.()
      stopAlarm = detached.run(clock.sleep(Duration.millis(Math.min(at - now, longestSleep))), () => {
        alarmAt = Infinity
        wake()
      })
    }

    const nap = Effect.suspend(() => {
      const now = Elapsed.of(clock)
      const first = waits.first
      const at = first === undefined ? Infinity : alarm(first, waits.firstTime)
      if (at <= now) return Effect.void
      sleepingUntil = waits.firstTime
      setAlarm(now, at)
      return Effect.map(woken.await, () => {
        sleepingUntil = -Infinity
        woken.unsafeClose()
      })
    })

    yield* Effect.forever(
      Effect.zipRight(
        nap,
        Effect.sync(() => {
          const now = Elapsed.of(clock)
          const due = takeDue(now)
          if (due.length > 0) lookAt(due.concat(alongWith(due, now)))
        })
      )
    ).pipe(Effect.interruptible, Effect.forkIn(scope))

    return { add, hold, remove }
  })

// The platform's timers end at some 24 days; to wake in vain once a day costs nothing.
const longestSleep = 86_400_000

const lastSeenOf = (wait: Wait): Option.Option<Operation.Running> =>
  Option.map(Option.fromNullable(wait.lastSeen), (seen) =>
    seen === "something" ? Operation.running({ name: wait.name }) : seen
  )

const vanished = (wait: Wait, cause: Extract<OperationsError, { readonly _tag: "NotFound" }>): Vanished =>
  new Vanished({
    operation: wait.name,
    lastSeen: lastSeenOf(wait),
    cancelAccepted: wait.cancelAccepted,
    cause
  })

const over = (wait: Wait, reason: StillRunning["reason"]): Failure => {
  if (wait.lastSeen !== undefined || wait.cancelAccepted) {
    return new StillRunning({
      operation: wait.name,
      lastSeen: lastSeenOf(wait),
      cancelAccepted: wait.cancelAccepted,
      reason,
      lastError: Option.fromNullable(wait.lastError)
    })
  }
  return (
    wait.lastError ??
    new TransportError({
      operation: wait.name,
      // Until its first look, what is done at the deadline is to give the cancel up.
      method: wait.onDeadline === undefined ? "get" : "cancel",
      reason: "Timeout",
      description: "no answer within the time for it"
    })
  )
}
