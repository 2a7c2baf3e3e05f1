/**
 * A ready workflow that runs one remote operation: starts it, waits for it, and stops it where it is interrupted.
 *
 * @since 0.1.0
 */
import type * as Operation from "@effect-lro/core/Operation"
import type { Operations } from "@effect-lro/core/Operations"
import { OperationsError } from "@effect-lro/core/OperationsError"
import * as OperationType from "@effect-lro/core/OperationType"
import { WaitError } from "@effect-lro/core/WaitError"
import * as Workflow from "@effect/workflow/Workflow"
import type { WorkflowEngine, WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { Interrupted } from "./Interrupted.js"
import * as RemoteOperation from "./RemoteOperation.js"

/**
 * What the workflow may fail with. An operation that failed is no failure of it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Failure = Schema.Union(OperationsError, WaitError, Interrupted)

/**
 * What the workflow may fail with.
 *
 * @since 0.1.0
 * @category models
 */
export type Failure = typeof Failure.Type

/**
 * The workflow that runs operations of one type, and how to serve it.
 *
 * @since 0.1.0
 * @category models
 */
export interface RunOperation<Name extends string, Fields extends Schema.Struct.Fields, M, T> {
  /**
   * The workflow itself, to be executed, polled and interrupted. It succeeds with how the operation ended; where it was
   * interrupted, it fails with `Interrupted`, which says what was confirmed.
   */
  readonly workflow: Workflow.Workflow<
    Name,
    Schema.Struct<Fields>,
    Schema.Schema<Operation.Done<OperationType.Message<M>, OperationType.Message<T>>, Operation.Wire>,
    typeof Failure
  >
  /** Registers the workflow with the engine. `request` is sent as `RemoteOperation.start` does it. */
  readonly layer: <R>(
    request: (
      payload: Schema.Struct<Fields>["Type"],
      requestId: string
    ) => Effect.Effect<Operation.Operation, OperationsError, R>
  ) => Layer.Layer<
    never,
    never,
    | Exclude<R, WorkflowEngine | WorkflowInstance | Workflow.Execution<Name> | Scope.Scope>
    | Operations
    | WorkflowEngine
    | Schema.Schema.Context<Schema.Struct<Fields>>
  >
}

/**
 * What to run, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<Name extends string, Fields extends Schema.Struct.Fields>
  extends RemoteOperation.WaitOptions, Pick<RemoteOperation.ScopedOptions, "onInterrupt" | "stop"> {
  /** The name of the workflow. */
  readonly name: Name
  /** What it takes to start the operation. */
  readonly payload: Fields
  /** What tells one execution from another: the same key is the same execution, and the same operation. */
  readonly idempotencyKey: (payload: Schema.Struct<Fields>["Type"]) => string
  /** How often `execute` asks for the result of a suspended workflow. Defaults to that of `Workflow.make`. */
  readonly suspendedRetrySchedule?: Schedule.Schedule<unknown> | undefined
  /** None by default. */
  readonly annotations?: Context.Context<never> | undefined
}

/**
 * Makes a workflow that runs operations of a type. Its payload, its success and its failure are typed by their schemas, so
 * that it can be asked for by name over a wire, as by `WorkflowProxy`.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import type * as Operation from "@effect-lro/core/Operation"
 * import type { OperationsError } from "@effect-lro/core/OperationsError"
 * import * as OperationType from "@effect-lro/core/OperationType"
 * import * as RunOperation from "@effect-lro/workflow/RunOperation"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * declare const startExport: (request: {
 *   readonly image: string
 *   readonly requestId: string
 * }) => Effect.Effect<Operation.Operation, OperationsError>
 *
 * const Export = OperationType.make({
 *   metadata: OperationType.anything,
 *   response: OperationType.message({
 *     typeName: "example.v1.ExportResponse",
 *     schema: Schema.Struct({ uri: Schema.String })
 *   })
 * })
 *
 * export const ExportImage = RunOperation.make(Export, {
 *   name: "ExportImage",
 *   payload: { image: Schema.String },
 *   idempotencyKey: ({ image }) => image,
 *   onInterrupt: "cancelAndConfirm"
 * })
 *
 * export const ExportImageLive = ExportImage.layer(({ image }, requestId) => startExport({ image, requestId }))
 *
 * export const program = Effect.gen(function* () {
 *   const done = yield* ExportImage.workflow.execute({ image: "elevation" })
 *   return OperationType.response(done) // Option<{ readonly uri: string }>
 * })
 * ```
 */
export const make = <const Name extends string, Fields extends Schema.Struct.Fields, M, T>(
  type: OperationType.OperationType<M, T>,
  options: Options<Name, Fields>
): RunOperation<Name, Fields, M, T> => {
  const workflow = Workflow.make({
    name: options.name,
    payload: Schema.Struct(options.payload),
    idempotencyKey: options.idempotencyKey,
    success: OperationType.Done(type),
    error: Failure,
    suspendedRetrySchedule: options.suspendedRetrySchedule,
    ...(options.annotations === undefined ? {} : { annotations: options.annotations })
  })
  const { longestStretch, failureBudget, onInterrupt, schedule, serverWait, stop, timeout } = options
  return {
    workflow,
    layer: (request) =>
      workflow.toLayer((payload) =>
        RemoteOperation.scoped({
          name: "operation",
          request: (requestId) => request(payload, requestId),
          onInterrupt,
          stop,
          type,
          schedule,
          failureBudget,
          serverWait,
          timeout,
          longestStretch
        })
      )
  }
}
