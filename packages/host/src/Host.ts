/**
 * Runs Effects as long-running operations.
 *
 * An operation is CANCELLED only after its body, with all its finalizers, has stopped. A body that comes to a result in spite
 * of a cancel request ends with that result.
 *
 * @since 0.1.0
 */
import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as Operation from "@effect-lro/core/Operation"
import type * as Operations from "@effect-lro/core/Operations"
import type * as OperationsError from "@effect-lro/core/OperationsError"
import type * as Status from "@effect-lro/core/Status"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Executor from "./Executor.js"
import * as internal from "./internal/host.js"
import type * as Job from "./Job.js"
import type { OperationRecord } from "./OperationRecord.js"
import * as OperationStore from "./OperationStore.js"
import * as Runner from "./Runner.js"

/**
 * How a host behaves. Everything has a default that suits a service; some of it is there for emulators.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Runner.Options {
  /** The parent of operations that name none, such as `projects/demo`. None by default: names are `operations/ID`. */
  readonly parent?: string | undefined
  /** How long a submitted operation stays PENDING at least. Zero by default. */
  readonly startDelay?: Duration.DurationInput | undefined
  /**
   * What the cancelling of something that is over answers: success and no change (`"lenient"`, the default), or
   * `FailedPrecondition` (`"strict"`, AIP-216).
   */
  readonly cancelDone?: "lenient" | "strict" | undefined
  /** How long `wait` waits at most. 55 seconds by default, which is below the limit of common proxies. */
  readonly waitLimit?: Duration.DurationInput | undefined
  /**
   * Whether, and after how long, a failed attempt is followed by another: the schedule sees the status it failed with, and
   * `Schedule.recurs(4)` makes five attempts. One attempt by default. None follows a cancel request.
   */
  readonly restart?: Schedule.Schedule<unknown, Status.Status> | undefined
  /** What stands in `Operation.metadata` at every read. What the body published last by default. */
  readonly describe?: ((record: OperationRecord) => AnyMessage.AnyMessage | undefined) | undefined
  /**
   * Makes the last segment of a name. 24 characters of A–Z and 2–7 from `Random` by default. Where it is taken another one is
   * made; a start for which that happens a hundred times fails with `Internal`.
   */
  readonly generateId?: Effect.Effect<string> | undefined
  /** What page tokens are encrypted with. Random by default, so that they end with the host. */
  readonly pageTokenKey?: Redacted.Redacted | undefined
}

/**
 * What every start of an operation can say.
 *
 * @since 0.1.0
 * @category models
 */
export interface StartOptions {
  /** The host's by default. */
  readonly parent?: string | undefined
  /** The whole name. The parent, `operations` and a new id by default. */
  readonly name?: string | undefined
  /**
   * Starting it again under the same parent answers the same operation, and runs nothing (AIP-155). With another payload, or
   * as another kind, it fails with `InvalidArgument`. 128 printable characters at most.
   */
  readonly requestId?: string | undefined
  /**
   * How long it may take. Then it is asked to stop as by a cancel request, but since nobody has asked, what stops for it is
   * FAILED with DEADLINE_EXCEEDED. The time while its process is down counts. Unbounded by default.
   */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * Work to be run as an operation.
 *
 * @since 0.1.0
 * @category models
 */
export interface Submission<in out E = never, in out R = never> extends StartOptions {
  /**
   * The work. Its success is the operation's response (`google.protobuf.Empty` where it is void), its failure the
   * operation's error. What it requires is taken from where it is submitted, but for a `Scope`, which each attempt has of
   * its own. What it ends with belongs to the operation, as metadata does (`Job.update`), and is not to be changed any more.
   *
   * It lives as long as the process: what is to survive that is started by a `HostedOperation`.
   */
  readonly body: (job: Job.Job) => Effect.Effect<AnyMessage.AnyMessage | void, E, R>
  /** An open string that tells kinds of work apart; the record keeps it. */
  readonly type?: string | undefined
  /** What is published before the body publishes anything. */
  readonly metadata?: AnyMessage.AnyMessage | undefined
  /** The status a failure stands for. `StatusError.toStatus` by default. */
  readonly toStatus?: ((error: NoInfer<E>) => Status.Status) | undefined
  /** The host's by default. */
  readonly startDelay?: Duration.DurationInput | undefined
  /** The host's by default. */
  readonly restart?: Schedule.Schedule<unknown, Status.Status> | undefined
}

/**
 * The start of an operation that has a definition, in the form that is stored. `HostedOperation.start` makes it.
 *
 * @since 0.1.0
 * @category models
 */
export interface StartRequest extends StartOptions {
  readonly type: string
  /** JSON. */
  readonly payload: unknown
  readonly metadata?: AnyMessage.AnyMessage | undefined
  /** Says whether the payload of an earlier request with the same id is the same. */
  readonly isSame: (payload: unknown) => boolean
}

/**
 * What a start can fail with: a name that cannot be one (`InvalidName`) or is taken (`AlreadyExists`), a request id that
 * cannot be one or was used for something else (`InvalidArgument`, with the reason REQUEST_ID_REUSED), a host that shuts down or a store that is away (`Unavailable`), is full (`ResourceExhausted`) or broken (`Internal`).
 *
 * @since 0.1.0
 * @category models
 */
export type SubmitError =
  | OperationsError.InvalidName
  | OperationsError.AlreadyExists
  | OperationsError.InvalidArgument
  | OperationsError.ResourceExhausted
  | OperationsError.Unavailable
  | OperationsError.Internal

/**
 * What a host offers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Accepts work and answers its operation as soon as it is stored. The work goes on whatever becomes of the submitter, until
   * the host's scope is closed.
   */
  readonly submit: <E, R>(
    submission: Submission<E, R>
  ) => Effect.Effect<Operation.Operation, SubmitError, Exclude<R, Scope.Scope>>
  /** Accepts an operation of a definition, and answers it as soon as it is stored. */
  readonly start: (request: StartRequest) => Effect.Effect<Operation.Operation, SubmitError>
  /** Runs the operations of a definition in this process until the scope closes, those that are stored already as well. */
  readonly register: (definition: Runner.Definition) => Effect.Effect<void, never, Scope.Scope>
  /**
   * Ends an operation without waiting for its body, which is interrupted but may go on: it is FAILED with ABORTED, never
   * CANCELLED, and what the body still comes to is refused. For an administrator, and for bodies that do not stop.
   * False where it was over already.
   */
  readonly kill: (name: string) => Effect.Effect<boolean, OperationsError.OperationsError>
  /** google.longrunning.Operations over what this host runs. */
  readonly operations: Operations.Service
}

/**
 * What runs Effects as operations.
 *
 * @since 0.1.0
 * @category tags
 */
export class Host extends Context.Tag("@effect-lro/host/Host")<Host, Service>() {}

/**
 * Makes a host over a store that no other process works on. What an earlier process left unfinished is taken up, as
 * `Executor.makeLocal` says.
 *
 * When its scope closes, it refuses new work (`Unavailable`), interrupts what runs and waits for it within `shutdownTimeout`:
 * what was asked to stop is then CANCELLED, what is to be run again goes back to PENDING, and everything else that ran is
 * FAILED with UNAVAILABLE.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options?: Options): Effect.Effect<Service, never, OperationStore.OperationStore | Scope.Scope> =>
  Effect.gen(function* () {
    const runner = yield* Runner.make(options)
    const executor = yield* Effect.provideService(Executor.makeLocal, Runner.Runner, runner)
    return yield* makeWith(options).pipe(
      Effect.provideService(Runner.Runner, runner),
      Effect.provideService(Executor.Executor, executor)
    )
  })

/**
 * Makes a host whose operations are run by an executor of your own. Its runner has to have the same options.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeWith = (
  options?: Options
): Effect.Effect<Service, never, OperationStore.OperationStore | Runner.Runner | Executor.Executor | Scope.Scope> =>
  internal.make(options ?? {})

/**
 * A host over a store that no other process works on.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Host, never, OperationStore.OperationStore> =>
  Layer.scoped(Host, make(options))

/**
 * A host whose operations are run by an executor of your own.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (
  options?: Options
): Layer.Layer<Host, never, OperationStore.OperationStore | Runner.Runner | Executor.Executor> =>
  Layer.scoped(Host, makeWith(options))

/**
 * A host that keeps its operations in memory.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory = (options?: Options): Layer.Layer<Host> =>
  // This store loses nothing, and nobody else writes to it.
  Layer.provide(layer({ pollInterval: Duration.infinity, ...options }), OperationStore.layerMemory)

/**
 * Accepts work and answers its operation as soon as it is stored.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import * as Operations from "@effect-lro/core/Operations"
 * import * as Host from "@effect-lro/host/Host"
 * import * as HostOperations from "@effect-lro/host/HostOperations"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const { name } = yield* Host.submit({
 *     parent: "projects/demo",
 *     body: () => Effect.as(Effect.sleep("1 hour"), { "@type": "type.googleapis.com/google.protobuf.Empty" })
 *   })
 *   yield* Operations.cancel(name)
 *   return yield* Operations.wait(name)
 * }).pipe(Effect.provide(HostOperations.layerMemory()))
 *
 * Effect.runPromise(program).then((operation) => console.log(operation._tag)) // Cancelled
 * ```
 */
export const submit = <E, R>(
  submission: Submission<E, R>
): Effect.Effect<Operation.Operation, SubmitError, Host | Exclude<R, Scope.Scope>> =>
  Effect.flatMap(Host, (host) => host.submit(submission))
