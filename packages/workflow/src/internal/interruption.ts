import * as DurableDeferred from "@effect/workflow/DurableDeferred"
import { WorkflowEngine, WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import * as Effect from "effect/Effect"

/**
 * Whether somebody has asked for the interruption of the workflow.
 *
 * An engine acts on it only when the workflow suspends, and then there is nothing any more that could tell what has become
 * of the operation. The engine in memory notes it in the instance; that of a cluster keeps it under a name of its own, which
 * is as durable as any other step. Where another engine does neither, finalizers of the workflow still run.
 */
export const isAsked: Effect.Effect<boolean, never, WorkflowEngine | WorkflowInstance> = Effect.gen(function* () {
  const instance = yield* WorkflowInstance
  if (instance.interrupted) return true
  const engine = yield* WorkflowEngine
  return (yield* engine.deferredResult(signal)) !== undefined
})

const signal = DurableDeferred.make("Workflow/InterruptSignal")
