import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { StoreError } from "../OperationStore.js"

/**
 * Does it again and again while the store is away or full: what work came to must not be lost to that. None where the store
 * is broken, which time does not mend; the log has told of it.
 */
export const patiently = <A>(effect: Effect.Effect<A, StoreError>): Effect.Effect<Option.Option<A>> =>
  effect.pipe(
    Effect.tapError((error) => Effect.logWarning("the store failed, and is tried again unless it is broken", error)),
    Effect.retry({ schedule: patience, while: (error) => error.reason !== "Broken" }),
    Effect.asSome,
    // There is nobody else to tell.
    Effect.catchAll((error) => Effect.as(Effect.logError("the operation is lost to its store", error), Option.none()))
  )

const patience = Schedule.exponential("100 millis").pipe(Schedule.union(Schedule.spaced("5 seconds")))
