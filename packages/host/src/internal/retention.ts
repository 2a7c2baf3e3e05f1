import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as OperationRecord from "../OperationRecord.js"
import type * as OperationStore from "../OperationStore.js"

/** Decides how long the record of an operation that has ended is kept. */
export interface Retention {
  readonly keep: (record: OperationRecord.OperationRecord) => Effect.Effect<void>
}

interface Kept {
  readonly name: string
  readonly until: bigint
}

export const make = (
  store: OperationStore.Service,
  retention: Duration.DurationInput | undefined
): Effect.Effect<Retention, never, Scope.Scope> =>
  Effect.gen(function* () {
    // All are kept for the same time, so they fall due in the order in which they came and one fiber sees to all.
    const queue = yield* Queue.unbounded<Kept>()
    const remove = (name: string): Effect.Effect<void> =>
      Effect.flatMap(store.get(name), (found) =>
        Option.isSome(found) && OperationRecord.isDone(found.value) ? store.delete(found.value) : Effect.void
      ).pipe(
        Effect.asVoid,
        Effect.catchAll((error) => Effect.logWarning(`the record of ${name} could not be removed`, error))
      )
    if (retention !== undefined) {
      yield* Queue.take(queue).pipe(
        Effect.tap(({ until }) =>
          Effect.flatMap(Clock.currentTimeNanos, (now) => Effect.sleep(Duration.nanos(until > now ? until - now : 0n)))
        ),
        Effect.flatMap(({ name }) => remove(name)),
        Effect.forever,
        Effect.forkScoped
      )
    }
    return {
      keep: (record) => {
        if (OperationRecord.isHidden(record)) return remove(record.name)
        if (retention === undefined) return Effect.void
        // The monotonic clock, so that a wall clock that is set forward removes nothing before its time.
        return Effect.flatMap(Clock.currentTimeNanos, (now) =>
          Queue.offer(queue, {
            name: record.name,
            until: now + Option.getOrElse(Duration.toNanos(retention), () => 0n)
          })
        )
      }
    }
  })
