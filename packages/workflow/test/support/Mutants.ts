import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Poller from "@effect-lro/core/Poller"
import * as Status from "@effect-lro/core/Status"
import { Interrupted } from "@effect-lro/workflow/Interrupted"
import * as RemoteOperation from "@effect-lro/workflow/RemoteOperation"
import * as RunOperation from "@effect-lro/workflow/RunOperation"
import * as Activity from "@effect/workflow/Activity"
import * as DurableDeferred from "@effect/workflow/DurableDeferred"
import * as WorkflowEngine from "@effect/workflow/WorkflowEngine"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as World from "./World.js"

let requestIds = 0

const stopped = Status.make({ code: "CANCELLED", message: "stopped" })

const isInterrupted = Effect.gen(function* () {
  const engine = yield* WorkflowEngine.WorkflowEngine
  return (yield* engine.deferredResult(DurableDeferred.make("Workflow/InterruptSignal"))) !== undefined
})

const interrupted = (operation: string, confirmed?: Operation.Done) =>
  new Interrupted({
    operation,
    confirmed: Option.fromNullable(confirmed),
    cancelAccepted: true,
    failure: Option.none()
  })

const step = <R>(name: string, execute: Effect.Effect<Operation.Done, RunOperation.Failure, R>) =>
  Activity.make({ name, success: Operation.Done, error: RunOperation.Failure, execute })

/** A wait that notices an interruption where it would sleep, and does something about it. */
const stoppingBy =
  (
    stop: (
      name: string
    ) => Effect.Effect<
      Operation.Done | undefined,
      RunOperation.Failure,
      Operations.Operations | WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance
    >
  ): World.Program =>
  ({ onInterrupt }, start) =>
    Effect.gen(function* () {
      const { name } = yield* RemoteOperation.start({ name: "export", request: start })
      if (onInterrupt !== "leave" && (yield* isInterrupted)) return yield* interrupted(name, yield* stop(name))
      return yield* RemoteOperation.awaitDone({ name: "export", operation: name })
    })

const withOperations =
  (change: (operations: Operations.Service) => Operations.Service): World.Program =>
  (scenario, start) =>
    Effect.flatMap(Operations.Operations, (operations) =>
      Effect.provideService(World.program(scenario, start), Operations.Operations, change(operations))
    )

/** Programs that are wrong in one way each. */
export const mutants: Readonly<Record<string, World.Program>> = {
  "a start that is no step": ({ onInterrupt }, start) =>
    Effect.flatMap(start(`id-${requestIds++}`), (started) =>
      RemoteOperation.scoped({ name: "export", request: () => Effect.succeed(started), onInterrupt })
    ),
  "another request id for each attempt": (scenario, start) =>
    World.program(scenario, () => start(`id-${requestIds++}`)),
  "a step whose name is another in each run": ({ onInterrupt }, start) =>
    Effect.suspend(() => RemoteOperation.scoped({ name: `export-${requestIds++}`, request: start, onInterrupt })),
  "an interruption that is forgotten": (_, start) =>
    Effect.flatMap(RemoteOperation.start({ name: "export", request: start }), ({ name }) =>
      RemoteOperation.awaitDone({ name: "export", operation: name })
    ),
  "a wait that is one long step": ({ onInterrupt }, start) =>
    Effect.gen(function* () {
      const { name } = yield* RemoteOperation.start({ name: "export", request: start })
      const done = yield* step("export/await/1", Poller.awaitDone(name))
      if (onInterrupt !== "leave" && (yield* isInterrupted)) {
        yield* RemoteOperation.cancelAndConfirm({ name: "export/stop", operation: name })
      }
      return done
    }),
  "a cancel without an intent": stoppingBy((name) =>
    step(
      "export/stop/cancel",
      Effect.map(Cancellation.cancelAndConfirm(name), ({ operation }) => operation)
    )
  ),
  "a cancel and its confirmation in one step": stoppingBy((name) =>
    Effect.zipRight(
      Activity.make({ name: "export/stop/intent", execute: Effect.void }),
      step(
        "export/stop/confirm",
        Effect.map(Cancellation.cancelAndConfirm(name), ({ operation }) => operation)
      )
    )
  ),
  "a cancel that is taken for an end": stoppingBy((name) =>
    Effect.zipRight(
      Activity.make({ name: "export/stop/intent", execute: Effect.void }),
      step(
        "export/stop/cancel",
        Effect.flatMap(Operations.cancel(name), () => Operations.get(name)).pipe(
          Effect.map((operation): Operation.Done =>
            Operation.isDone(operation)
              ? operation
              : { _tag: "Cancelled", name, metadata: Option.none(), error: stopped }
          )
        )
      )
    )
  ),
  "a cancel that is sent twice": withOperations((operations) =>
    Operations.make({
      ...operations,
      cancel: (name) => Effect.zipRight(operations.cancel(name), operations.cancel(name))
    })
  ),
  "a refused cancel that is taken for an accepted one": withOperations((operations) =>
    Operations.make({
      ...operations,
      cancel: (name) => Effect.catchAll(operations.cancel(name), () => Effect.void)
    })
  ),
  "a failure that is taken for an end by cancelling": withOperations((operations) =>
    Operations.make({
      ...operations,
      get: (name) =>
        Effect.map(operations.get(name), (operation) =>
          operation._tag === "Failed" ? { ...operation, _tag: "Cancelled", error: stopped } : operation
        )
    })
  )
}
