import * as Operation from "@effect-lro/core/Operation"
import { OperationsError } from "@effect-lro/core/OperationsError"
import * as Activity from "@effect/workflow/Activity"
import type { WorkflowEngine, WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

export interface Options<R> {
  readonly name: string
  readonly request: (requestId: string) => Effect.Effect<Operation.Operation, OperationsError, R>
}

export type Environment<R> =
  | Exclude<R, Scope.Scope | WorkflowEngine | WorkflowInstance>
  | WorkflowEngine
  | WorkflowInstance

/** Starts an operation in a step that is taken once, and repeated under the same request id where that was not written down. */
export const start = <R>(options: Options<R>): Effect.Effect<Operation.Operation, OperationsError, Environment<R>> => {
  const name = `${options.name}/start`
  return Activity.make({
    name,
    success: Operation.Operation,
    error: OperationsError,
    execute: Effect.flatMap(requestId(name), options.request)
  })
}

/**
 * Of the shape of a random UUID, which is what AIP-155 asks for, and made from the execution of the workflow and the name of
 * the step: not from the attempt, since each is one for the same thing.
 */
const requestId = (name: string): Effect.Effect<string, never, WorkflowInstance> =>
  Effect.map(Activity.idempotencyKey(name), (hash) =>
    [hash.slice(0, 8), hash.slice(8, 12), `4${hash.slice(13, 16)}`, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join(
      "-"
    )
  )
