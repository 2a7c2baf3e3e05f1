import type * as Executor from "@effect-lro/host/Executor"
import { StoreError } from "@effect-lro/host/OperationStore"
import type * as Sharding from "@effect/cluster/Sharding"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { idOf, OperationEntity } from "./operationEntity.js"

/** Has operations run by the entity of each, wherever that is. */
export const make: Effect.Effect<Executor.Service, never, Sharding.Sharding | Scope.Scope> = Effect.gen(function* () {
  const client = yield* OperationEntity.client
  const scope = yield* Effect.scope

  const run = (name: string, created: Parameters<ReturnType<typeof client>["Run"]>[0]["created"]) =>
    Effect.flatMap(idOf(name), (id) => client(id).Run({ name, created }, { discard: true }))

  return {
    start: ({ createTime, name }) =>
      run(name, createTime).pipe(
        // It was told before, and is at it.
        Effect.catchTag("AlreadyProcessingMessage", () => Effect.void),
        Effect.mapError((cause) => new StoreError({ reason: "Unavailable", operation: `start ${name}`, cause })),
        // As in a store: whoever waits may go, and the statement is left alone.
        Effect.uninterruptible,
        Effect.disconnect,
        Effect.timeoutFail({
          duration: timeout,
          onTimeout: () => new StoreError({ reason: "Unavailable", operation: `start ${name}` })
        })
      ),
    cancel: (name) =>
      Effect.flatMap(idOf(name), (id) => client(id).Cancel({ name }, { discard: true })).pipe(
        // The runner that has it looks for itself before long.
        Effect.catchAll((error) => Effect.logWarning(`the cancelling of ${name} could not be told`, error)),
        Effect.uninterruptible,
        Effect.forkIn(scope),
        Effect.asVoid
      ),
    // What is here already waits for it.
    resume: () => Effect.void
  }
})

const timeout = "10 seconds"
