/**
 * Remote operations inside of a workflow: each start, each cancel and each stretch of a wait is a step that is written down,
 * so that whatever process goes on with the workflow neither starts nor cancels anything twice.
 *
 * The `name` of each of them is that of its steps. Give each use in a workflow one of its own, and keep it from one version of
 * the workflow to the next.
 *
 * @since 0.1.0
 */
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Checkpoint from "@effect-lro/core/Checkpoint"
import type * as Operation from "@effect-lro/core/Operation"
import type * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import type * as OperationType from "@effect-lro/core/OperationType"
import type * as Poller from "@effect-lro/core/Poller"
import type { WaitError } from "@effect-lro/core/WaitError"
import type { WorkflowEngine, WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as internalCancel from "./internal/cancel.js"
import { initial } from "./internal/progress.js"
import * as internalScoped from "./internal/scoped.js"
import * as internalStart from "./internal/start.js"
import * as internal from "./internal/stretches.js"
import type { Interrupted } from "./Interrupted.js"

/**
 * How to start an operation.
 *
 * @since 0.1.0
 * @category models
 */
export interface StartOptions<R = never> {
  /** The name of the step, unique in its workflow. */
  readonly name: string
  /**
   * Sends the request with this request id, which is the same in every attempt of every process. A service that knows request
   * ids (AIP-155) answers a repetition with the operation that it has started already.
   */
  readonly request: (requestId: string) => Effect.Effect<Operation.Operation, OperationsError, R>
}

/**
 * How to wait in a workflow. A `schedule` goes on by its steps from one stretch, and one process, to the next; a time of its
 * own, such as that of `Schedule.recurUpTo`, begins anew with each, so that `timeout` alone limits the whole.
 *
 * @since 0.1.0
 * @category models
 */
export interface WaitOptions extends Omit<Poller.Options, "onLook"> {
  /**
   * How long the looks of one step may go on. The first takes up to 10 seconds and each one an eighth more than the one
   * before, up to this. An interruption of the workflow is seen between two steps, and in one after each half a minute. Defaults
   * to 5 minutes.
   */
  readonly longestStretch?: Duration.DurationInput | undefined
}

/**
 * Which operation to wait for, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface AwaitOptions extends WaitOptions {
  /** What the names of the steps begin with, unique in its workflow. */
  readonly name: string
  /** The name of the operation. */
  readonly operation: string
}

/**
 * Which operation to cancel, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface CancelOptions
  extends Omit<Cancellation.Options, "onLook">, Pick<AwaitOptions, "name" | "operation" | "longestStretch"> {}

/**
 * How to tie a remote operation to a workflow.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScopedOptions<R = never> extends StartOptions<R>, WaitOptions {
  /**
   * What becomes of the operation when the workflow is interrupted, or fails, before it is done. There is no default: either
   * way somebody pays for it.
   */
  readonly onInterrupt: Operations.OnInterrupt
  /** How the stopping goes about it, in one step. Defaults as for `Cancellation.cancelAndConfirm`. */
  readonly stop?: Omit<Cancellation.Options, "onLook"> | undefined
}

/**
 * Starts an operation once, whatever happens to the process.
 *
 * The step is written down when the answer is there. Where a process ends before that, the next one sends the request again
 * with the same request id. It is not sent again after an error, which fails the step: `request` may repeat it, or
 * `Activity.retry` around this, which both keep the request id.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import type * as Operation from "@effect-lro/core/Operation"
 * import type { OperationsError } from "@effect-lro/core/OperationsError"
 * import * as RemoteOperation from "@effect-lro/workflow/RemoteOperation"
 * import * as Effect from "effect/Effect"
 *
 * declare const startExport: (request: {
 *   readonly requestId: string
 * }) => Effect.Effect<Operation.Operation, OperationsError>
 *
 * export const steps = Effect.gen(function* () {
 *   const started = yield* RemoteOperation.start({
 *     name: "export",
 *     request: (requestId) => startExport({ requestId })
 *   })
 *   return yield* RemoteOperation.awaitDone({ name: "export", operation: started.name, timeout: "3 days" })
 * })
 * ```
 */
export const start = <R = never>(
  options: StartOptions<R>
): Effect.Effect<
  Operation.Operation,
  OperationsError,
  Exclude<R, Scope.Scope | WorkflowEngine | WorkflowInstance> | WorkflowEngine | WorkflowInstance
> => internalStart.start(options)

/**
 * Looks at an operation until it is done, however it ends, for days where it takes days.
 *
 * It looks in stretches, each of them one step of the workflow, and sleeps durably in between. A stretch that a process did not
 * live to end is begun again by the next one; what was written down is not looked for again. The timeout counts from the
 * first look by the time of day, whether or not anybody looked in the meantime; where it is over when a process comes back,
 * one last look decides.
 *
 * Fails as `Poller.awaitDone` does. An interruption of the workflow leaves the operation running; {@link scoped} does not.
 *
 * @since 0.1.0
 * @category programs
 */
export function awaitDone<M, R>(
  options: AwaitOptions & Poller.Typed<M, R>
): Effect.Effect<
  Operation.Done<OperationType.Message<M>, OperationType.Message<R>>,
  OperationsError | WaitError,
  Operations.Operations | WorkflowEngine | WorkflowInstance
>
export function awaitDone(
  options: AwaitOptions
): Effect.Effect<Operation.Done, OperationsError | WaitError, Operations.Operations | WorkflowEngine | WorkflowInstance>
export function awaitDone<M, R>(options: AwaitOptions & Partial<Poller.Typed<M, R>>) {
  const checkpoint = Checkpoint.make({ operation: options.operation, intent: "await" })
  const done = orSuspend(internal.untilDone(initial(checkpoint), { ...options, name: `${options.name}/await` }))
  return options.type === undefined ? done : Effect.map(done, options.type.decodeDone)
}

/**
 * Asks for an operation to be cancelled, then looks at it until it is over, and says how it ended.
 *
 * The intent is durable: it is a step of its own, before the cancel is sent, and the server's answer is another. A process
 * that dies in between leaves it to the next one to finish. The cancel is repeated as `Cancellation.cancelAndConfirm` repeats
 * it, and where a process died before it could write down that it was accepted.
 *
 * Fails as `Cancellation.cancelAndConfirm` does; its timeout, 10 minutes by default, counts from the intent by the time of day.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import * as RemoteOperation from "@effect-lro/workflow/RemoteOperation"
 * import * as Effect from "effect/Effect"
 *
 * export const step = RemoteOperation.cancelAndConfirm({
 *   name: "give up",
 *   operation: "projects/demo/operations/ABC",
 *   timeout: "1 hour"
 * }).pipe(Effect.map((outcome) => outcome._tag === "Cancelled"))
 * ```
 */
export function cancelAndConfirm<M, R>(
  options: CancelOptions & Poller.Typed<M, R>
): Effect.Effect<
  Cancellation.Outcome<OperationType.Message<M>, OperationType.Message<R>>,
  OperationsError | WaitError,
  Operations.Operations | WorkflowEngine | WorkflowInstance
>
export function cancelAndConfirm(
  options: CancelOptions
): Effect.Effect<
  Cancellation.Outcome,
  OperationsError | WaitError,
  Operations.Operations | WorkflowEngine | WorkflowInstance
>
export function cancelAndConfirm<M, R>(options: CancelOptions & Partial<Poller.Typed<M, R>>) {
  const done = orSuspend(internalCancel.confirm(options))
  const { type } = options
  return type === undefined
    ? Effect.map(done, (operation) => Cancellation.outcome(operation))
    : Effect.map(done, (operation) => Cancellation.outcome(type.decodeDone(operation)))
}

/**
 * Starts an operation, waits until it is done, and sees to it where the workflow ends before: it is left running, asked to
 * stop, or asked to stop and looked at until it has.
 *
 * Where the interruption of the workflow is noticed in here, this fails with `Interrupted`, which says what has become of the
 * operation; with `"leave"` there is nothing to say, and the workflow is just interrupted. Where the workflow ends elsewhere,
 * by a failure or an interruption, a finalizer of the workflow does the same, and a warning is logged where it does not
 * succeed. A process that shuts down ends no workflow, and stops nothing.
 *
 * Fails otherwise as `start` and `awaitDone` do. Where it is the wait that fails, the operation is stopped when that fails the
 * workflow, and not if the workflow goes on.
 *
 * @since 0.1.0
 * @category programs
 * @example
 * ```ts
 * import type * as Operation from "@effect-lro/core/Operation"
 * import type { OperationsError } from "@effect-lro/core/OperationsError"
 * import * as RemoteOperation from "@effect-lro/workflow/RemoteOperation"
 * import type * as Effect from "effect/Effect"
 *
 * declare const startExport: (request: {
 *   readonly requestId: string
 * }) => Effect.Effect<Operation.Operation, OperationsError>
 *
 * export const step = RemoteOperation.scoped({
 *   name: "export",
 *   request: (requestId) => startExport({ requestId }),
 *   onInterrupt: "cancelAndConfirm"
 * })
 * ```
 */
export function scoped<M, T, R = never>(
  options: ScopedOptions<R> & Poller.Typed<M, T>
): Effect.Effect<
  Operation.Done<OperationType.Message<M>, OperationType.Message<T>>,
  OperationsError | WaitError | Interrupted,
  | Exclude<R, Scope.Scope | WorkflowEngine | WorkflowInstance>
  | Operations.Operations
  | WorkflowEngine
  | WorkflowInstance
>
export function scoped<R = never>(
  options: ScopedOptions<R>
): Effect.Effect<
  Operation.Done,
  OperationsError | WaitError | Interrupted,
  | Exclude<R, Scope.Scope | WorkflowEngine | WorkflowInstance>
  | Operations.Operations
  | WorkflowEngine
  | WorkflowInstance
>
export function scoped<M, T, R = never>(options: ScopedOptions<R> & Partial<Poller.Typed<M, T>>) {
  const done = internalScoped.run(options)
  return options.type === undefined ? done : Effect.map(done, options.type.decodeDone)
}

const orSuspend = <A>(done: internal.Durable<Option.Option<A>>): internal.Durable<A> =>
  Effect.flatMap(
    done,
    Option.match({ onNone: (): internal.Durable<A> => internalScoped.suspend, onSome: Effect.succeed })
  )
