/**
 * The service that everything turns on: google.longrunning.Operations as Effects.
 *
 * A client provides it over HTTP, a host provides it by running Effects itself, a test provides it from a script; the
 * programs of this package and a server's routes consume it.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Cancellation from "./Cancellation.js"
import * as internalScoped from "./internal/scoped.js"
import type * as Operation from "./Operation.js"
import { MalformedResponse, type Method, type OperationsError } from "./OperationsError.js"
import type * as OperationType from "./OperationType.js"
import type * as Poller from "./Poller.js"
import type { WaitError } from "./WaitError.js"

/**
 * What `list` asks for.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListRequest {
  /** The parent whose operations are listed, such as `projects/my-project`; some services want its collection instead. */
  readonly name: string
  /** An AIP-160 filter, handed to the service as it is. Everything by default. */
  readonly filter?: string | undefined
  /** How many at most in one page. The service's own default where it is absent or 0; it may always return fewer. */
  readonly pageSize?: number | undefined
  /** Where to go on: the `nextPageToken` of a page of the otherwise same request. */
  readonly pageToken?: string | undefined
  /** Leave out what cannot be reached instead of failing. `false` by default, and not supported by many services. */
  readonly returnPartialSuccess?: boolean | undefined
  /**
   * Which members the answer is to have, as a field mask over the page (AIP-157), such as
   * `operations(name,done,error),nextPageToken`. A service may ignore it; a mask without `nextPageToken` reads one page.
   * Everything by default.
   */
  readonly fields?: string | undefined
}

/**
 * One page of operations. It may be empty and not be the last: only a missing token says that there are no more
 * (AIP-158).
 *
 * @since 0.1.0
 * @category models
 */
export interface ListPage {
  readonly operations: ReadonlyArray<Operation.Operation>
  readonly nextPageToken: Option.Option<string>
  /** Names of what was left out because it could not be reached. */
  readonly unreachable: ReadonlyArray<string>
}

/**
 * What a provider implements: each method sends its request exactly once, validates the name before it does, and
 * classifies what comes back.
 *
 * @since 0.1.0
 * @category models
 */
export interface Provider {
  /** Reads the latest state. An operation that failed is a success of this method. */
  readonly get: (name: string) => Effect.Effect<Operation.Operation, OperationsError>
  /** Reads one page. */
  readonly listPage: (request: ListRequest) => Effect.Effect<ListPage, OperationsError>
  /** Asks for an end. Success says that the request was accepted, not that the work has stopped. */
  readonly cancel: (name: string) => Effect.Effect<void, OperationsError>
  /** Gives up interest in the result. It cancels nothing. */
  readonly delete: (name: string) => Effect.Effect<void, OperationsError>
  /**
   * Waits until the operation is done or `timeout` is over, whichever is first, and reads its latest state. It may
   * return earlier than both, and a timeout is no error. The server's own limit by default.
   */
  readonly wait: (
    name: string,
    options?: { readonly timeout?: Duration.DurationInput | undefined }
  ) => Effect.Effect<Operation.Operation, OperationsError>
  /** Present where the service answers many requests in one. `SharedPoller` and `Bulk` make use of it. */
  readonly batch?: Batch | undefined
  /**
   * After how long at most each of `get` and `cancel` ends by itself. Where it is known, a wait need not guard every request
   * with a timer of its own. Unknown by default.
   */
  readonly requestTimeout?: Duration.Duration | undefined
}

/**
 * Many requests in one, where a service offers that (Google's `/batch`). Each request in it has an answer of its own, in
 * the order of the names; only where the whole was refused or lost does it fail.
 *
 * @since 0.1.0
 * @category models
 */
export interface Batch {
  /** How many requests one batch may hold. */
  readonly size: number
  readonly get: (
    names: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Either.Either<Operation.Operation, OperationsError>>, OperationsError>
  readonly cancel: (
    names: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Either.Either<void, OperationsError>>, OperationsError>
}

/**
 * A provider with what follows from it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends Provider {
  /**
   * Reads all pages, each when it is needed. Fails with `MalformedResponse` where the server repeats a page token, which
   * would have no end. What is `unreachable` is told by `listPage` only.
   */
  readonly list: (request: ListRequest) => Stream.Stream<Operation.Operation, OperationsError>
}

/**
 * google.longrunning.Operations.
 *
 * @since 0.1.0
 * @category tags
 */
export class Operations extends Context.Tag("@effect-lro/core/Operations")<Operations, Service>() {}

/**
 * Makes the service from what a provider implements.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (provider: Provider): Service => ({
  get: provider.get,
  listPage: provider.listPage,
  cancel: provider.cancel,
  delete: provider.delete,
  wait: provider.wait,
  batch: provider.batch,
  requestTimeout: provider.requestTimeout,
  list: (request) => pages(provider, request)
})

/**
 * Makes the service whose every request is that of `provider` with something around it: the way to write a transformer.
 * A batch is one request, about no name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const around = (
  provider: Provider,
  wrap: <A>(
    request: Effect.Effect<A, OperationsError>,
    method: Method,
    name: string
  ) => Effect.Effect<A, OperationsError>
): Service => {
  const { batch } = provider
  return make({
    get: (name) => wrap(provider.get(name), "get", name),
    listPage: (request) => wrap(provider.listPage(request), "list", request.name),
    cancel: (name) => wrap(provider.cancel(name), "cancel", name),
    delete: (name) => wrap(provider.delete(name), "delete", name),
    wait: (name, options) => wrap(provider.wait(name, options), "wait", name),
    batch: batch && {
      size: batch.size,
      get: (names) => wrap(batch.get(names), "get", ""),
      cancel: (names) => wrap(batch.cancel(names), "cancel", "")
    }
  })
}

/**
 * Reads the latest state of an operation.
 *
 * A failed or cancelled operation is a success here; it fails only where the state could not be read.
 *
 * @since 0.1.0
 * @category programs
 */
export const get = (name: string): Effect.Effect<Operation.Operation, OperationsError, Operations> =>
  Effect.flatMap(Operations, (operations) => operations.get(name))

/**
 * Asks for an operation to be cancelled, once. That it succeeds does not say that the work has stopped, or that it will:
 * `Cancellation.cancelAndConfirm` finds out.
 *
 * @since 0.1.0
 * @category programs
 */
export const cancel = (name: string): Effect.Effect<void, OperationsError, Operations> =>
  Effect.flatMap(Operations, (operations) => operations.cancel(name))

/**
 * Waits at the server, where the service offers it, and reads the latest state, which may well not be done.
 *
 * @since 0.1.0
 * @category programs
 */
export const wait = (
  name: string,
  options?: {
    /** How long the server may wait. Its own limit by default. */
    readonly timeout?: Duration.DurationInput | undefined
  }
): Effect.Effect<Operation.Operation, OperationsError, Operations> =>
  Effect.flatMap(Operations, (operations) => operations.wait(name, options))

/**
 * Reads one page of operations.
 *
 * @since 0.1.0
 * @category programs
 */
export const listPage = (request: ListRequest): Effect.Effect<ListPage, OperationsError, Operations> =>
  Effect.flatMap(Operations, (operations) => operations.listPage(request))

/**
 * Reads all operations, page by page as they are needed.
 *
 * @since 0.1.0
 * @category programs
 */
export const list = (request: ListRequest): Stream.Stream<Operation.Operation, OperationsError, Operations> =>
  Stream.unwrap(Effect.map(Operations, (operations) => operations.list(request)))

/**
 * What becomes of a remote operation when the fiber that started it is interrupted: it is left running, asked to stop, or
 * asked to stop and looked at until it has.
 *
 * @since 0.1.0
 * @category models
 */
export type OnInterrupt = "leave" | "cancel" | "cancelAndConfirm"

/**
 * How to tie a remote operation to a fiber.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScopedOptions extends Poller.Options {
  /** There is no default: either way somebody pays for it. */
  readonly onInterrupt: OnInterrupt
  /** How the stopping goes about it; its `timeout` bounds how long an interruption takes. Defaults as for `cancelAndConfirm`. */
  readonly stop?: Cancellation.Options | undefined
  /**
   * Is run after an interruption with how the stopping went; a failure means that the operation may go on running, and is
   * logged as a warning too.
   */
  readonly onStopped?:
    | ((name: string, exit: Exit.Exit<void, OperationsError | WaitError>) => Effect.Effect<void>)
    | undefined
}

/**
 * Starts a remote operation and waits until it is done, as one piece of structured work: an interruption of the fiber is
 * passed on to the operation as `onInterrupt` says.
 *
 * Before `start` runs nothing is sent. While it runs, an interruption waits for its answer, since what has no name cannot
 * be stopped (with `"leave"` it does not). Afterwards the cancel is sent before the interruption ends, and no further
 * interruption cuts that short. That the fiber was interrupted is never reported as an operation that was cancelled: the
 * former has no value, the latter is a `Done`.
 *
 * Only an interruption is passed on. Where the wait **fails** (its own `timeout`, a look that is refused) the operation
 * goes on, and the error says which; a limit of time that is to stop it is `Effect.timeout` around this, which interrupts.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import type * as Operation from "@effect-lro/core/Operation"
 * import * as Operations from "@effect-lro/core/Operations"
 * import type { OperationsError } from "@effect-lro/core/OperationsError"
 * import * as Effect from "effect/Effect"
 *
 * declare const startExport: Effect.Effect<Operation.Operation, OperationsError>
 *
 * export const program = Operations.scoped(startExport, { onInterrupt: "cancelAndConfirm" }).pipe(
 *   Effect.timeout("1 hour")
 * )
 * ```
 */
export function scoped<E, R, M, T>(
  start: Effect.Effect<Operation.Operation, E, R>,
  options: ScopedOptions & Poller.Typed<M, T>
): Effect.Effect<
  Operation.Done<OperationType.Message<M>, OperationType.Message<T>>,
  E | OperationsError | WaitError,
  R | Operations
>
export function scoped<E, R>(
  start: Effect.Effect<Operation.Operation, E, R>,
  options: ScopedOptions
): Effect.Effect<Operation.Done, E | OperationsError | WaitError, R | Operations>
export function scoped<E, R, M, T>(
  start: Effect.Effect<Operation.Operation, E, R>,
  options: ScopedOptions & Partial<Poller.Typed<M, T>>
) {
  const done = Effect.flatMap(Operations, (operations) => internalScoped.run(operations, start, options))
  return options.type === undefined ? done : Effect.map(done, options.type.decodeDone)
}

const delete_ = (name: string): Effect.Effect<void, OperationsError, Operations> =>
  Effect.flatMap(Operations, (operations) => operations.delete(name))

export {
  /**
   * Tells the service that nobody is interested in an operation's result any more. It does not cancel it.
   *
   * @since 0.1.0
   * @category programs
   */
  delete_ as delete
}

const pages = (provider: Provider, request: ListRequest): Stream.Stream<Operation.Operation, OperationsError> =>
  Stream.suspend(() => {
    const asked = new Set<string | undefined>()
    return Stream.paginateChunkEffect(request, (current) => {
      asked.add(current.pageToken)
      return Effect.flatMap(provider.listPage(current), (page) => {
        const operations = Chunk.unsafeFromArray(page.operations)
        if (Option.isNone(page.nextPageToken)) return Effect.succeed([operations, Option.none<ListRequest>()] as const)
        return asked.has(page.nextPageToken.value)
          ? Effect.fail(
              new MalformedResponse({
                operation: current.name,
                method: "list",
                reason: "the page ends with a token that was asked for before, so the list would never end",
                excerpt: ""
              })
            )
          : Effect.succeed([operations, Option.some({ ...current, pageToken: page.nextPageToken.value })] as const)
      })
    })
  })
