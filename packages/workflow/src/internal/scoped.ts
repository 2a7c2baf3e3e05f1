import type * as Cancellation from "@effect-lro/core/Cancellation"
import * as Checkpoint from "@effect-lro/core/Checkpoint"
import * as Operation from "@effect-lro/core/Operation"
import type * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as Workflow from "@effect/workflow/Workflow"
import { type WorkflowEngine, WorkflowInstance } from "@effect/workflow/WorkflowEngine"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { Interrupted } from "../Interrupted.js"
import * as Cancel from "./cancel.js"
import { type Failure, initial } from "./progress.js"
import * as Start from "./start.js"
import * as Stretches from "./stretches.js"

export interface Options<R> extends Start.Options<R>, Stretches.Options {
  readonly onInterrupt: Operations.OnInterrupt
  readonly stop?: Omit<Cancellation.Options, "onLook"> | undefined
}

type Environment = Operations.Operations | WorkflowEngine | WorkflowInstance

/** Starts, waits, and leaves or stops the operation where the workflow ends before. */
export const run = <R>(
  options: Options<R>
): Effect.Effect<Operation.Done, OperationsError | Failure | Interrupted, Start.Environment<R> | Environment> =>
  options.onInterrupt === "leave"
    ? Effect.flatMap(Start.start(options), (started) =>
        Operation.isDone(started)
          ? Effect.succeed(started)
          : Effect.flatMap(untilDone(started, options), Option.match({ onNone: () => suspend, onSome: Effect.succeed }))
      )
    : orStopped(options)

const orStopped = <R>(
  options: Options<R>
): Effect.Effect<Operation.Done, OperationsError | Failure | Interrupted, Start.Environment<R> | Environment> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const instance = yield* WorkflowInstance
      let running: string | undefined
      const settled = Effect.sync(() => {
        running = undefined
      })
      // Before anything can have interrupted this fiber: a finalizer runs as the fiber was that has added it.
      yield* Workflow.addFinalizer((exit) =>
        running === undefined || !isEnd(exit, instance) ? Effect.void : Effect.asVoid(stop(running, options))
      )
      // Another branch of the workflow that fails must not interrupt a start: what has no name cannot be stopped. An activity
      // can be interrupted wherever it is waited for, so it is a fiber of its own that waits.
      const started = yield* Effect.flatMap(Effect.forkDaemon(Start.start(options)), Fiber.join)
      if (Operation.isDone(started)) return started
      running = started.name
      const done = yield* restore(Effect.tapErrorTag(untilDone(started, options), "Vanished", () => settled))
      if (Option.isSome(done)) return yield* Effect.as(settled, done.value)
      // Where this does not come to an end either, the finalizer goes on with the same steps.
      return yield* yield* Effect.zipLeft(restore(stop(started.name, options)), settled)
    })
  )

/** Waits for what was just seen to run. */
const untilDone = (started: Operation.Running, options: Stretches.Options) =>
  Stretches.untilDone(
    initial({
      ...Checkpoint.make({ operation: started.name, intent: "await" }),
      lastSeen: Option.some(started)
    }),
    { ...options, name: `${options.name}/await` }
  )

/** Leaves it to the engine to interrupt the workflow, which it does once it suspends. */
export const suspend: Effect.Effect<never, never, WorkflowInstance> = Effect.flatMap(WorkflowInstance, Workflow.suspend)

/**
 * Whether the workflow is over. A process that shuts down interrupts its workflows as well, and another one goes on with
 * them: it is no reason to stop anything.
 */
const isEnd = (exit: Exit.Exit<unknown, unknown>, instance: WorkflowInstance["Type"]): boolean =>
  Exit.isFailure(exit) && (instance.interrupted || !Cause.isInterruptedOnly(exit.cause))

/** Stops the operation without suspending, which an interrupted workflow cannot any more, and says what came of it. */
const stop = <R>(operation: string, options: Options<R>): Effect.Effect<Interrupted, never, Environment> => {
  const how = { ...options.stop, name: `${options.name}/stop`, operation, atOnce: true }
  const stopping: Stretches.Durable<Option.Option<Operation.Done>> =
    options.onInterrupt === "cancelAndConfirm"
      ? Cancel.confirm(how)
      : Effect.map(Cancel.request(how), (result) =>
          result._tag === "Over" ? Option.some(result.operation) : Option.none()
        )
  return Effect.matchEffect(stopping, {
    onFailure: (failure) =>
      Effect.as(
        Effect.logWarning("a remote operation may go on running after its workflow has ended", failure).pipe(
          Effect.annotateLogs({ operation })
        ),
        new Interrupted({
          operation,
          confirmed: Option.none(),
          cancelAccepted: "cancelAccepted" in failure && failure.cancelAccepted,
          failure: Option.some(failure)
        })
      ),
    onSuccess: (confirmed) =>
      Effect.succeed(new Interrupted({ operation, confirmed, cancelAccepted: true, failure: Option.none() }))
  })
}
