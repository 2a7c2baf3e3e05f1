/**
 * One poller for any number of waits: what is due together is asked for together.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Detached from "./internal/detached.js"
import * as Elapsed from "./internal/elapsed.js"
import { defaultFailureBudget } from "./internal/looker.js"
import * as internal from "./internal/sharedLooks.js"
import type * as Operation from "./Operation.js"
import * as Operations from "./Operations.js"
import type { OperationsError } from "./OperationsError.js"
import type * as OperationType from "./OperationType.js"
import type * as Poller from "./Poller.js"
import * as PollSchedule from "./PollSchedule.js"
import type { WaitError } from "./WaitError.js"

/**
 * How looks are shared.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How many GETs are under way at most, from 1 to 4096. Defaults to 64. */
  readonly concurrency?: number | undefined
  /**
   * From how many looks that are due together under one parent they are answered by pages of a list instead of a GET
   * each. Defaults to 20; `Infinity` never lists. Where the service takes batches, only more than one batch holds are
   * listed. A parent that cannot be listed is not tried again.
   */
  readonly listFrom?: number | undefined
  /** How many operations are asked for in one page. Defaults to 500. */
  readonly pageSize?: number | undefined
  /**
   * A field mask for the pages, such as `operations(name,done,error,response),nextPageToken` where no metadata is needed: a
   * page is then a tenth of the size. It must have `name`, `done`, `error`, `response` and `nextPageToken`: without
   * `response` what succeeded is taken for `DoneWithoutResult`. None by default.
   */
  readonly fields?: string | undefined
  /** By how much a look may be late so that more of them are due together. Defaults to 10 milliseconds. */
  readonly window?: Duration.DurationInput | undefined
  /** What to list in order to find an operation. Defaults to what stands before `/operations/` in its name. */
  readonly parentOf?: ((name: string) => string | undefined) | undefined
}

/**
 * How to wait: each wait has a schedule, a failure budget and a timeout of its own, with the defaults of
 * `Poller.awaitDone`.
 *
 * @since 0.1.0
 * @category models
 */
export interface WaitOptions extends Pick<Poller.Options, "schedule" | "failureBudget" | "timeout"> {}

/**
 * Waits whose looks are shared.
 *
 * @since 0.1.0
 * @category tags
 */
export class SharedPoller extends Context.Tag("@effect-lro/core/SharedPoller")<
  SharedPoller,
  {
    /** Waits as `Poller.awaitDone` does. An interruption takes the wait out at once. */
    readonly awaitDone: (
      name: string,
      options?: WaitOptions
    ) => Effect.Effect<Operation.Done, OperationsError | WaitError>
    /** How many waits there are now. */
    readonly size: Effect.Effect<number>
  }
>() {}

/**
 * Makes a poller over `Operations`; it ends with its scope, and the waits that are left then are interrupted.
 *
 * A rate limit (RESOURCE_EXHAUSTED that says when to come back) holds back the looks of all waits, and the timeout of each
 * of them still counts.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  operations: Operations.Provider,
  options?: Options
): Effect.Effect<Context.Tag.Service<SharedPoller>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const detached = yield* Detached.make
    const looks = yield* internal.make(operations, internal.resolve(options), detached)
    const waits = new Set<internal.Wait>()
    let closed = false
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        closed = true
        for (const wait of waits) wait.kind.die(wait, Cause.interrupt(FiberId.none))
      })
    )
    return {
      size: Effect.sync(() => waits.size),
      awaitDone: (name, waiting) =>
        Effect.flatMap(Elapsed.now, (now) =>
          Effect.async<Operation.Done, OperationsError | WaitError>((resume) => {
            if (closed) return resume(Effect.interrupt)
            const over = (how: Effect.Effect<Operation.Done, OperationsError | WaitError>) => {
              waits.delete(wait)
              resume(how)
            }
            const kind = internal.makeKind({
              schedule: waiting?.schedule ?? PollSchedule.default,
              failureBudget: waiting?.failureBudget ?? defaultFailureBudget,
              remembers: true,
              end: (_, result) => over(result),
              die: (_, cause) => over(Effect.failCause(cause))
            })
            const deadline = waiting?.timeout === undefined ? Infinity : now + Duration.toMillis(waiting.timeout)
            const wait = new internal.Wait(name, kind, deadline, now)
            waits.add(wait)
            looks.add(wait)
            return Effect.sync(() => {
              waits.delete(wait)
              looks.remove(wait)
            })
          })
        )
    }
  })

/**
 * Provides the poller over the `Operations` below it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<SharedPoller, never, Operations.Operations> =>
  Layer.scoped(
    SharedPoller,
    Effect.flatMap(Operations.Operations, (operations) => make(operations, options))
  )

/**
 * Waits until an operation is done, as `Poller.awaitDone` does, with looks that are shared.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import * as SharedPoller from "@effect-lro/core/SharedPoller"
 * import * as Effect from "effect/Effect"
 *
 * export const program = (names: ReadonlyArray<string>) =>
 *   Effect.forEach(names, (name) => SharedPoller.awaitDone(name), { concurrency: "unbounded" }).pipe(
 *     Effect.provide(SharedPoller.layer())
 *   )
 * ```
 */
export function awaitDone<M, R>(
  name: string,
  options: WaitOptions & Poller.Typed<M, R>
): Effect.Effect<
  Operation.Done<OperationType.Message<M>, OperationType.Message<R>>,
  OperationsError | WaitError,
  SharedPoller
>
export function awaitDone(
  name: string,
  options?: WaitOptions
): Effect.Effect<Operation.Done, OperationsError | WaitError, SharedPoller>
export function awaitDone<M, R>(name: string, options?: WaitOptions & Partial<Poller.Typed<M, R>>) {
  const done = Effect.flatMap(SharedPoller, (poller) => poller.awaitDone(name, options))
  return options?.type === undefined ? done : Effect.map(done, options.type.decodeDone)
}
