import * as OperationRecord from "@effect-lro/host/OperationRecord"
import type * as OperationStore from "@effect-lro/host/OperationStore"
import type * as Runner from "@effect-lro/host/Runner"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** The operations that this process has to bring to their end. */
export interface Duties {
  readonly has: (name: string) => boolean
  /**
   * Runs an operation until it is over. Whoever calls it holds the operation's shard: what interrupts it is the loss of the
   * shard, and makes it stop the body and hand over.
   */
  readonly bringToEnd: (name: string) => Effect.Effect<void>
}

export const make = (runner: Runner.Service, store: OperationStore.Service): Duties => {
  const held = new Map<string, number>()

  const count = (name: string, by: number): Effect.Effect<void> =>
    Effect.sync(() => {
      const callers = (held.get(name) ?? 0) + by
      if (callers === 0) held.delete(name)
      else held.set(name, callers)
    })

  const isOver = (name: string): Effect.Effect<boolean> =>
    store.get(name).pipe(
      Effect.map(Option.match({ onNone: () => true, onSome: OperationRecord.isDone })),
      // It is looked at again after a while.
      Effect.catchAll((error) => Effect.as(Effect.logWarning("an operation could not be looked at", error), false))
    )

  const bringToEnd = (name: string): Effect.Effect<void> =>
    Effect.gen(function* () {
      while (true) {
        yield* runner.run(name)
        if (yield* isOver(name)) return
        // It is somebody else's, though the shard is this process's: either that one or this one will not have it for long.
        yield* Effect.sleep(pause)
      }
    })

  return {
    has: (name) => held.has(name),
    bringToEnd: (name) =>
      Effect.acquireUseRelease(
        count(name, 1),
        () => bringToEnd(name),
        () => count(name, -1)
      )
  }
}

const pause = "2 seconds"
