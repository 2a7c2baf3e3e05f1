/**
 * Many operations at once: one result for each, whatever becomes of the others.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as Cancellation from "./Cancellation.js"
import * as internal from "./internal/bulk.js"
import * as BulkBegin from "./internal/bulkBegin.js"
import type * as Operation from "./Operation.js"
import * as Operations from "./Operations.js"
import type { OperationsError } from "./OperationsError.js"
import type * as OperationType from "./OperationType.js"
import type * as Poller from "./Poller.js"
import type * as SharedPoller from "./SharedPoller.js"
import type { WaitError } from "./WaitError.js"

/**
 * Which operations: their names, as they come, or all that a list request finds.
 *
 * @since 0.1.0
 * @category models
 */
export type Source<E = never, R = never> = Iterable<string> | Stream.Stream<string, E, R>

/**
 * What became of one of them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Result<out A> {
  readonly name: string
  readonly result: Either.Either<A, OperationsError | WaitError>
}

/**
 * How to go about many waits. `concurrency` bounds the looks that are under way, and the cancels that are under way, not
 * the waits. As to memory, `lastSeen` of a `StillRunning` or a `Vanished` is here without its metadata.
 *
 * @since 0.1.0
 * @category models
 */
export interface AwaitOptions extends SharedPoller.Options, SharedPoller.WaitOptions {
  /**
   * How many operations are taken on at most before one of them is over: the source is asked for no more names until
   * then. Defaults to 100,000.
   */
  readonly maxPending?: number | undefined
  /**
   * How many results may lie unread before no more names are taken from the source. Those of operations that were taken on
   * before still come. Defaults to 1,024.
   */
  readonly maxUnread?: number | undefined
}

/**
 * How to go about many cancels. The timeout, 10 minutes by default, counts for each operation from its own cancel.
 *
 * @since 0.1.0
 * @category models
 */
export interface CancelOptions extends AwaitOptions, Pick<Cancellation.Options, "retry"> {}

function await_<M, T, E = never, R = never>(
  source: Source<E, R>,
  options: AwaitOptions & Poller.Typed<M, T>
): Stream.Stream<
  Result<Operation.Done<OperationType.Message<M>, OperationType.Message<T>>>,
  E,
  R | Operations.Operations
>
function await_<E = never, R = never>(
  source: Source<E, R>,
  options?: AwaitOptions
): Stream.Stream<Result<Operation.Done>, E, R | Operations.Operations>
function await_<M, T, E = never, R = never>(
  source: Source<E, R>,
  options?: AwaitOptions & Partial<Poller.Typed<M, T>>
) {
  const results = Stream.unwrapScoped(
    Effect.flatMap(Operations.Operations, (operations) =>
      internal.run(operations, source, options ?? {}, BulkBegin.nothing)
    )
  )
  return options?.type === undefined ? results : mapResults(results, options.type.decodeDone)
}

export {
  /**
   * Waits for all operations of a source and emits a result for each as it is done. It never fails for the sake of one of
   * them; it fails as the source does.
   *
   * @since 0.1.0
   * @category programs
   */
  await_ as await
}

/**
 * Cancels all operations of a source, looks at them until they are over, with looks that are shared, and emits an outcome
 * for each as it is confirmed. It never fails for the sake of one of them; it fails as the source does.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import * as Bulk from "@effect-lro/core/Bulk"
 *
 * export const program = Bulk.cancel(Bulk.running({ name: "projects/demo" }), { timeout: "5 minutes" }).pipe(
 *   Bulk.summarize
 * )
 * ```
 */
export function cancel<M, T, E = never, R = never>(
  source: Source<E, R>,
  options: CancelOptions & Poller.Typed<M, T>
): Stream.Stream<
  Result<Cancellation.Outcome<OperationType.Message<M>, OperationType.Message<T>>>,
  E,
  R | Operations.Operations
>
export function cancel<E = never, R = never>(
  source: Source<E, R>,
  options?: CancelOptions
): Stream.Stream<Result<Cancellation.Outcome>, E, R | Operations.Operations>
export function cancel<M, T, E = never, R = never>(
  source: Source<E, R>,
  options?: CancelOptions & Partial<Poller.Typed<M, T>>
) {
  const results = Stream.unwrapScoped(
    Effect.flatMap(Operations.Operations, (operations) =>
      internal.run(
        operations,
        source,
        { ...options, timeout: options?.timeout ?? "10 minutes" },
        BulkBegin.cancel(options ?? {})
      )
    )
  )
  const type = options?.type
  return type === undefined
    ? mapResults(results, (done) => Cancellation.outcome(done))
    : mapResults(results, (done) => Cancellation.outcome(type.decodeDone(done)))
}

/**
 * The names of the operations that a list request finds and that are not done.
 *
 * @since 0.1.0
 * @category programs
 */
export const running = (
  request: Operations.ListRequest
): Stream.Stream<string, OperationsError, Operations.Operations> =>
  Operations.list(request).pipe(
    Stream.filter((operation) => operation._tag === "Running"),
    Stream.map((operation) => operation.name)
  )

/**
 * How many there were and how each of them ended: `ends` counts them by the tag of their outcome or error.
 *
 * @since 0.1.0
 * @category models
 */
export interface Summary {
  readonly total: number
  /** Those that were found to be over, however they ended. */
  readonly confirmed: number
  /** Those of which it is not known. */
  readonly unconfirmed: number
  readonly ends: { readonly [tag: string]: number }
}

/**
 * Counts results as they come: the summary so far after each of them. Its last one is the summary.
 *
 * @since 0.1.0
 * @category combinators
 */
export const progress = <A extends { readonly _tag: string }, E, R>(
  results: Stream.Stream<Result<A>, E, R>
): Stream.Stream<Summary, E, R> => Stream.drop(Stream.scan(results, nothing, count), 1)

/**
 * Runs a bulk and tells what it came to.
 *
 * @since 0.1.0
 * @category combinators
 */
export const summarize = <A extends { readonly _tag: string }, E, R>(
  results: Stream.Stream<Result<A>, E, R>
): Effect.Effect<Summary, E, R> => Stream.runFold(results, nothing, count)

const mapResults = <A, B, E, R>(
  results: Stream.Stream<Result<A>, E, R>,
  f: (a: A) => B
): Stream.Stream<Result<B>, E, R> =>
  Stream.map(results, ({ name, result }) => ({ name, result: Either.map(result, f) }))

const nothing: Summary = { total: 0, confirmed: 0, unconfirmed: 0, ends: {} }

const count = (summary: Summary, { result }: Result<{ readonly _tag: string }>): Summary => {
  const tag = Either.merge(result)._tag
  return {
    total: summary.total + 1,
    confirmed: summary.confirmed + (Either.isRight(result) ? 1 : 0),
    unconfirmed: summary.unconfirmed + (Either.isLeft(result) ? 1 : 0),
    ends: { ...summary.ends, [tag]: (summary.ends[tag] ?? 0) + 1 }
  }
}
