import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Operation from "../Operation.js"
import type * as Operations from "../Operations.js"
import { advice, isRetryable, type OperationsError, TransportError } from "../OperationsError.js"
import * as PollSchedule from "../PollSchedule.js"
import { StillRunning, Vanished, type WaitError } from "../WaitError.js"
import * as Elapsed from "./elapsed.js"
import * as Pace from "./pace.js"

export interface Options {
  readonly schedule?: PollSchedule.PollSchedule | undefined
  readonly failureBudget?: number | undefined
  readonly timeout?: Duration.DurationInput | undefined
  readonly serverWait?: Duration.DurationInput | undefined
  readonly onLook?: ((operation: Operation.Operation) => Effect.Effect<void>) | undefined
}

/** What an earlier wait for the same operation has learned. */
export interface Earlier {
  readonly looks: number
  readonly cancelAccepted: boolean
  readonly lastSeen: Operation.Operation | undefined
}

export type Failure = OperationsError | WaitError

/** One wait for one operation: what was learned so far, and how to learn more. */
export interface Looker {
  /** The next look that succeeds, when it is due; the first one at once. */
  readonly next: Effect.Effect<Operation.Operation, Failure>
  /** A single look, at once; what it fails with is no part of the wait. */
  readonly lookOnce: Effect.Effect<Operation.Operation, Failure>
  /** Interrupts one request at the deadline, where {@link within} does not do it for all. */
  readonly guard: <A>(request: Effect.Effect<A, OperationsError>) => Effect.Effect<A, OperationsError | Pace.Ended>
  /** All looks until one finds the operation done. */
  readonly untilDone: Effect.Effect<Operation.Done, Failure>
  /** From now on the server is known to have accepted a cancel. */
  readonly cancelAccepted: () => void
  /** The latest thing known of the server is this error. */
  readonly troubled: (error: OperationsError) => void
  /** The cancel was refused with this, which says more than an error of a later look. */
  readonly refused: (error: OperationsError) => void
  /** The end of the wait when time or schedule is over, told from what was learned. */
  readonly over: (reason: Pace.Ended) => Effect.Effect<never, Failure>
  /** Interrupts what is still under way at the deadline and ends the wait. */
  readonly within: <A>(effect: Effect.Effect<A, Failure>) => Effect.Effect<A, Failure>
  /** In milliseconds of `Elapsed.now`; `Infinity` for none. */
  readonly deadline: number
}

export const defaultFailureBudget = 5

export const make = (operations: Operations.Provider, name: string, options: Options): Effect.Effect<Looker> =>
  Effect.map(deadlineOf(options.timeout), (deadline) => makeUntil(operations, name, options, deadline))

/** When a timeout that begins now is over. */
export const deadlineOf = (timeout: Duration.DurationInput | undefined): Effect.Effect<number> =>
  timeout === undefined ? Effect.succeed(Infinity) : Effect.map(Elapsed.now, (now) => now + Duration.toMillis(timeout))

/** `deadline` is in milliseconds of `Elapsed.now`; `Infinity` for none. */
export const makeUntil = (
  operations: Operations.Provider,
  name: string,
  options: Options,
  deadline: number,
  earlier?: Earlier
): Looker => {
  const { failureBudget = defaultFailureBudget, onLook, schedule = PollSchedule.default } = options
  const pace = Pace.make(schedule, deadline, earlier?.looks)
  let cancelAccepted = earlier?.cancelAccepted ?? false
  let lastSeen: Operation.Operation | undefined = earlier?.lastSeen
  let looked = false
  let lastError: OperationsError | undefined
  let refusal: OperationsError | undefined
  let failures = 0
  let serverWait = options.serverWait === undefined ? undefined : Duration.decode(options.serverWait)
  let waitingSince: number | undefined

  const over: Looker["over"] = (reason) => {
    if (lastSeen !== undefined || cancelAccepted) {
      return new StillRunning({
        operation: name,
        lastSeen: Option.fromNullable(lastSeen),
        cancelAccepted,
        reason,
        lastError: Option.fromNullable(lastError)
      })
    }
    return Effect.fail(
      refusal ??
        lastError ??
        new TransportError({
          operation: name,
          method: "get",
          reason: "Timeout",
          description: "no answer within the time for it"
        })
    )
  }

  const failed = (error: OperationsError | Pace.Ended): Effect.Effect<Operation.Operation, Failure> => {
    if (typeof error === "string") return over(error)
    if (error._tag === "NotFound" && error.missing === "operation" && (lastSeen !== undefined || cancelAccepted)) {
      return new Vanished({
        operation: name,
        lastSeen: Option.fromNullable(lastSeen),
        cancelAccepted,
        cause: error
      })
    }
    lastError = error
    failures += 1
    if (failures > failureBudget || !isRetryable(error)) return Effect.fail(error)
    return Effect.zipRight(pause(Either.left(error), advice(error)), look)
  }

  const seen = (operation: Operation.Operation): Effect.Effect<Operation.Operation> => {
    looked = true
    lastSeen = operation
    lastError = undefined
    failures = 0
    return onLook === undefined ? Effect.succeed(operation) : Effect.as(onLook(operation), operation)
  }

  const longest = operations.requestTimeout === undefined ? Infinity : Duration.toMillis(operations.requestTimeout)
  // A race costs more than a request, so where requests are known to end it is only for those that may cross the deadline.
  const raced = deadline !== Infinity && (longest === Infinity || onLook !== undefined)
  const bounded = <A, E, E2>(effect: Effect.Effect<A, E>, onTimeout: () => Effect.Effect<never, E2>) =>
    Effect.flatMap(Elapsed.now, (now) =>
      // In a finalizer what is under way must still end at the deadline; the fiber itself stays uninterruptible there.
      Effect.timeoutTo(Effect.interruptible(Effect.either(effect)), {
        duration: Math.max(0, deadline - now),
        onSuccess: (result): Effect.Effect<A, E | E2> => result,
        onTimeout
      }).pipe(Effect.flatten)
    )
  const guard: Looker["guard"] = (request) =>
    raced || deadline === Infinity
      ? request
      : Effect.flatMap(Elapsed.now, (now) => (now + longest < deadline ? request : bounded(request, timedOut)))

  const waitAtServer = (timeout: Duration.Duration): Effect.Effect<Operation.Operation, OperationsError> =>
    Effect.flatMap(Elapsed.now, (now) => {
      waitingSince = now
      const limit = Math.min(Duration.toMillis(timeout), Math.max(0, deadline - now))
      return Effect.catchIf(
        limit === Infinity ? operations.wait(name) : operations.wait(name, { timeout: limit }),
        isWithoutWait,
        () => {
          serverWait = undefined
          waitingSince = undefined
          return operations.get(name)
        }
      )
    })

  const look: Effect.Effect<Operation.Operation, Failure> = Effect.matchEffect(
    Effect.suspend((): Effect.Effect<Operation.Operation, OperationsError | Pace.Ended> => {
      if (serverWait === undefined) return guard(operations.get(name))
      const waiting = waitAtServer(serverWait)
      return raced || deadline === Infinity ? waiting : bounded(waiting, timedOut)
    }),
    { onFailure: failed, onSuccess: seen }
  )

  const pause = (outcome: PollSchedule.Look, asked: Option.Option<Duration.Duration>) =>
    Effect.catchAll(
      waitingSince === undefined ? pace.pause(outcome, asked) : pace.pause(outcome, asked, waitingSince),
      over
    )

  const next = Effect.suspend(() =>
    looked && lastSeen !== undefined && !Operation.isDone(lastSeen)
      ? Effect.zipRight(pause(Either.right(lastSeen), Option.none()), look)
      : look
  )

  const untilDone: Looker["untilDone"] = Effect.flatMap(next, (operation) =>
    Operation.isDone(operation) ? Effect.succeed(operation) : untilDone
  )

  return {
    next,
    lookOnce: Effect.matchEffect(
      Effect.suspend(() => guard(operations.get(name))),
      {
        onFailure: (error): Effect.Effect<never, Failure> =>
          typeof error === "string" ? over(error) : Effect.fail(error),
        onSuccess: seen
      }
    ),
    untilDone,
    over,
    deadline,
    cancelAccepted: () => {
      cancelAccepted = true
      lastError = undefined
    },
    troubled: (error) => {
      lastError = error
    },
    refused: (error) => {
      refusal = error
      // The question is what the state is, not what it will be.
      serverWait = undefined
    },
    guard,
    within: (effect) => (raced ? bounded(effect, () => over("Timeout")) : effect)
  }
}

const timedOut = (): Effect.Effect<never, Pace.Ended> => Effect.fail("Timeout")

// A service that does not offer WaitOperation says UNIMPLEMENTED, or has no such route, or not for POST.
const isWithoutWait = (error: OperationsError): boolean =>
  error._tag === "Unimplemented" ||
  (error._tag === "NotFound" && error.missing === "route") ||
  ("httpStatus" in error && error.httpStatus === 405)
