import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Operation from "../Operation.js"
import type * as Operations from "../Operations.js"
import { advice, isRetryable, type Method, type OperationsError, TransportError } from "../OperationsError.js"
import * as PollSchedule from "../PollSchedule.js"
import { StillRunning, Vanished, type WaitError } from "../WaitError.js"
import * as Elapsed from "./elapsed.js"
import { type Ended, Pace } from "./pace.js"

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

export const defaultFailureBudget = 5

/** Begins a wait, whose timeout counts from here on. */
export const make = (
  operations: Operations.Provider,
  name: string,
  options: Options,
  earlier?: Earlier
): Effect.Effect<Looker> => begin(operations, name, options, Effect.succeed, earlier)

/** The same for who knows what to do with it. */
export const begin = <A, E, R>(
  operations: Operations.Provider,
  name: string,
  options: Options,
  use: (looker: Looker) => Effect.Effect<A, E, R>,
  earlier?: Earlier
): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) =>
    use(new Looker(operations, name, options, Context.get(fiber.currentDefaultServices, Clock.Clock), earlier))
  )

/**
 * One wait for one operation: what was learned so far, and how to learn more.
 *
 * It is what a wait weighs while it sleeps, so it keeps no effects, and makes few closures on its way.
 */
export class Looker {
  /** In milliseconds of `Elapsed.now`; `Infinity` for none. */
  readonly deadline: number
  readonly clock: Clock.Clock
  private readonly operations: Operations.Provider
  private readonly name: string
  private readonly options: Options
  private pace: Pace<PollSchedule.Look> | undefined
  private steps: number
  private accepted: boolean
  private lastSeen: Operation.Operation | undefined
  private looked = false
  private asking: Method = "get"
  private lastError: OperationsError | undefined
  private refusal: OperationsError | undefined
  private failures = 0
  private serverWait: Duration.Duration | undefined
  private waitingSince: number | undefined

  constructor(
    operations: Operations.Provider,
    name: string,
    options: Options,
    clock: Clock.Clock,
    earlier: Earlier | undefined
  ) {
    this.operations = operations
    this.name = name
    this.options = options
    this.clock = clock
    this.deadline = options.timeout === undefined ? Infinity : this.now + Duration.toMillis(options.timeout)
    this.serverWait = options.serverWait === undefined ? undefined : Duration.decode(options.serverWait)
    this.steps = earlier?.looks ?? 0
    this.accepted = earlier?.cancelAccepted ?? false
    this.lastSeen = earlier?.lastSeen
  }

  /** The next look that succeeds, when it is due; the first one at once. */
  next(): Effect.Effect<Operation.Operation, Failure> {
    return this.goOn(found)
  }

  /** All looks until one finds the operation done. */
  untilDone(): Effect.Effect<Operation.Done, Failure> {
    const go = (operation: Operation.Operation): Effect.Effect<Operation.Done, Failure> =>
      Operation.isDone(operation) ? Effect.succeed(operation) : this.goOn(go)
    return this.goOn(go)
  }

  /** A single look, at once; what it fails with is no part of the wait. */
  lookOnce(): Effect.Effect<Operation.Operation, Failure> {
    this.asking = "get"
    return Effect.matchEffect(this.guard(this.operations.get(this.name)), {
      onFailure: (error): Effect.Effect<never, Failure> =>
        typeof error === "string" ? this.over(error) : Effect.fail(error),
      onSuccess: (operation) => this.seen(operation, found)
    })
  }

  /** Asks for an end, once and at once. */
  cancel(): Effect.Effect<void, OperationsError | Ended> {
    this.asking = "cancel"
    return this.guard(this.operations.cancel(this.name))
  }

  /** The end of the wait when time or schedule is over, told from what was learned. */
  over(reason: Ended): Effect.Effect<never, Failure> {
    if (this.lastSeen !== undefined || this.accepted) {
      return new StillRunning({
        operation: this.name,
        lastSeen: Option.fromNullable(this.lastSeen),
        cancelAccepted: this.accepted,
        reason,
        lastError: Option.fromNullable(this.lastError)
      })
    }
    return Effect.fail(
      this.refusal ??
        this.lastError ??
        new TransportError({
          operation: this.name,
          method: this.asking,
          reason: "Timeout",
          description: "no answer within the time for it"
        })
    )
  }

  /** From now on the server is known to have accepted a cancel. */
  cancelAccepted(): void {
    this.accepted = true
    this.lastError = undefined
  }

  /** The latest thing known of the server is this error. */
  troubled(error: OperationsError): void {
    this.lastError = error
  }

  /** The cancel was refused with this, which says more than an error of a later look. */
  refused(error: OperationsError): void {
    this.refusal = error
    // The question is what the state is, not what it will be.
    this.serverWait = undefined
  }

  /** Interrupts one request at the deadline, where {@link within} does not do it for all. */
  private guard<A>(request: Effect.Effect<A, OperationsError>): Effect.Effect<A, OperationsError | Ended> {
    return this.isRaced || this.deadline === Infinity || this.now + this.longestRequest < this.deadline
      ? request
      : this.bounded(request, timedOut)
  }

  /** Interrupts what is still under way at the deadline and ends the wait. */
  within<A>(effect: Effect.Effect<A, Failure>): Effect.Effect<A, Failure> {
    return this.isRaced ? this.bounded(effect, () => this.over("Timeout")) : effect
  }

  private get now(): number {
    return Elapsed.of(this.clock)
  }

  private get longestRequest(): number {
    const { requestTimeout } = this.operations
    return requestTimeout === undefined ? Infinity : Duration.toMillis(requestTimeout)
  }

  // A race costs more than a request, so where requests are known to end it is only for those that may cross the deadline.
  private get isRaced(): boolean {
    return this.deadline !== Infinity && (this.longestRequest === Infinity || this.options.onLook !== undefined)
  }

  private goOn<A>(use: (operation: Operation.Operation) => Effect.Effect<A, Failure>): Effect.Effect<A, Failure> {
    return this.looked && this.lastSeen !== undefined && !Operation.isDone(this.lastSeen)
      ? this.lookAfter(Either.right(this.lastSeen), Option.none(), use)
      : this.look(use)
  }

  private look<A>(use: (operation: Operation.Operation) => Effect.Effect<A, Failure>): Effect.Effect<A, Failure> {
    return Effect.matchEffect(this.asked(), {
      onFailure: (error) => this.failed(error, use),
      onSuccess: (operation) => this.seen(operation, use)
    })
  }

  private asked(): Effect.Effect<Operation.Operation, OperationsError | Ended> {
    this.asking = this.serverWait === undefined ? "get" : "wait"
    if (this.serverWait === undefined) return this.guard(this.operations.get(this.name))
    const waiting = this.waitAtServer(this.serverWait)
    return this.isRaced || this.deadline === Infinity ? waiting : this.bounded(waiting, timedOut)
  }

  private waitAtServer(timeout: Duration.Duration): Effect.Effect<Operation.Operation, OperationsError> {
    const { name, operations } = this
    const now = this.now
    this.waitingSince = now
    const limit = Math.min(Duration.toMillis(timeout), Math.max(0, this.deadline - now))
    return Effect.catchIf(
      limit === Infinity ? operations.wait(name) : operations.wait(name, { timeout: limit }),
      isWithoutWait,
      () => {
        this.serverWait = undefined
        this.waitingSince = undefined
        this.asking = "get"
        return operations.get(name)
      }
    )
  }

  private seen<A>(
    operation: Operation.Operation,
    use: (operation: Operation.Operation) => Effect.Effect<A, Failure>
  ): Effect.Effect<A, Failure> {
    const { onLook } = this.options
    this.looked = true
    this.lastSeen = operation
    this.lastError = undefined
    this.failures = 0
    return onLook === undefined ? use(operation) : Effect.flatMap(onLook(operation), () => use(operation))
  }

  private failed<A>(
    error: OperationsError | Ended,
    use: (operation: Operation.Operation) => Effect.Effect<A, Failure>
  ): Effect.Effect<A, Failure> {
    if (typeof error === "string") return this.over(error)
    const wasThere = this.lastSeen !== undefined || this.accepted
    if (wasThere && error._tag === "NotFound" && error.missing === "operation") {
      return new Vanished({
        operation: this.name,
        lastSeen: Option.fromNullable(this.lastSeen),
        cancelAccepted: this.accepted,
        cause: error
      })
    }
    this.lastError = error
    this.failures += 1
    const { failureBudget = defaultFailureBudget } = this.options
    if (this.failures > failureBudget || !isRetryable(error)) return Effect.fail(error)
    return this.lookAfter(Either.left(error), advice(error), use)
  }

  private lookAfter<A>(
    outcome: PollSchedule.Look,
    asked: Option.Option<Duration.Duration>,
    use: (operation: Operation.Operation) => Effect.Effect<A, Failure>
  ): Effect.Effect<A, Failure> {
    this.pace ??= new Pace(this.clock, this.options.schedule ?? PollSchedule.default, this.deadline, this.steps)
    return this.pace.pause(outcome, asked, this.waitingSince, (ended) =>
      ended === undefined ? this.look(use) : this.over(ended)
    )
  }

  private bounded<A, E, E2>(
    effect: Effect.Effect<A, E>,
    onTimeout: () => Effect.Effect<never, E2>
  ): Effect.Effect<A, E | E2> {
    const left = Duration.millis(Math.max(0, this.deadline - this.now))
    let isLate = false
    // In a finalizer what is under way must still end at the deadline, while an interruption must not reach it. It does reach
    // the children of a fiber, even where the fiber itself cannot be interrupted, and so what `Effect.timeout` runs.
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), (work) => {
        const expire = Effect.flatMap(this.clock.sleep(left), () => {
          isLate = true
          return Fiber.interruptFork(work)
        })
        return Effect.flatMap(Effect.forkDaemon(Effect.interruptible(expire)), (timer) =>
          restore(Fiber.await(work)).pipe(
            Effect.onInterrupt(() => Fiber.interrupt(work)),
            Effect.ensuring(Fiber.interruptFork(timer)),
            Effect.flatMap((exit): Effect.Effect<A, E | E2> =>
              isLate && Exit.isInterrupted(exit) ? onTimeout() : Effect.zipRight(Fiber.inheritAll(work), exit)
            )
          )
        )
      })
    )
  }
}

const found = (operation: Operation.Operation): Effect.Effect<Operation.Operation> => Effect.succeed(operation)

const timedOut = (): Effect.Effect<never, Ended> => Effect.fail("Timeout")

// A service that does not offer WaitOperation says UNIMPLEMENTED, or has no such route, or not for POST.
const isWithoutWait = (error: OperationsError): boolean =>
  error._tag === "Unimplemented" ||
  (error._tag === "NotFound" && error.missing === "route") ||
  ("httpStatus" in error && error.httpStatus === 405)
