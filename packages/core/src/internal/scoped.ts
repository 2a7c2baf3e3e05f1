import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Operation from "../Operation.js"
import type * as Operations from "../Operations.js"
import * as Confirm from "./confirm.js"
import type { Failure } from "./looker.js"
import * as Looker from "./looker.js"

/** Starts, waits, and on interruption leaves the operation, asks it to stop, or sees it stopped. */
export const run = <E, R>(
  operations: Operations.Provider,
  start: Effect.Effect<Operation.Operation, E, R>,
  options: Operations.ScopedOptions
): Effect.Effect<Operation.Done, E | Failure, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(
      // What was started must be named before it can be stopped, so a policy that stops it lets the request finish.
      options.onInterrupt === "leave" ? restore(start) : start,
      (operation) =>
        Operation.isDone(operation)
          ? Effect.succeed(operation)
          : Effect.onExit(restore(untilDone(operations, operation, options)), (exit) =>
              // Not only where it was interrupted and nothing else: a finalizer of the wait may have a defect besides.
              Exit.isFailure(exit) && Cause.isInterrupted(exit.cause)
                ? stop(operations, operation.name, options)
                : Effect.void
            )
    )
  )

const untilDone = (
  operations: Operations.Provider,
  started: Operation.Running,
  options: Operations.ScopedOptions
): Effect.Effect<Operation.Done, Failure> =>
  Looker.begin(operations, started.name, options, (looker) => looker.within(looker.untilDone()), {
    looks: 0,
    cancelAccepted: false,
    lastSeen: started
  })

const stop = (
  operations: Operations.Provider,
  name: string,
  options: Operations.ScopedOptions
): Effect.Effect<void> => {
  if (options.onInterrupt === "leave") return Effect.void
  const stopping =
    options.onInterrupt === "cancel"
      ? Effect.asVoid(Confirm.accepted(operations, name, options.stop ?? {}))
      : Effect.asVoid(Confirm.confirm(operations, name, options.stop ?? {}))
  return Effect.flatMap(Effect.exit(stopping), (exit) =>
    Effect.zipRight(
      Exit.isFailure(exit)
        ? Effect.logWarning("a remote operation may go on running after its fiber was interrupted", exit.cause).pipe(
            Effect.annotateLogs({ operation: name })
          )
        : Effect.void,
      options.onStopped === undefined ? Effect.void : options.onStopped(name, exit)
    )
  )
}
