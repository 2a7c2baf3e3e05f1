import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as OperationRecord from "../OperationRecord.js"
import type * as OperationStore from "../OperationStore.js"

/** Decides how long the record of an operation that has ended is kept. */
export interface Retention {
  /** `OperationRecord.advance` that also says until when the record is kept, where it ends. */
  readonly advance: (
    record: OperationRecord.OperationRecord,
    changes: ReadonlyArray<OperationRecord.Change>,
    now: DateTime.Utc
  ) => Option.Option<OperationRecord.OperationRecord>
  /** Removes what has ended at once where nobody can see it any more. */
  readonly onEnd: (record: OperationRecord.OperationRecord) => Effect.Effect<void>
}

export const defaultRetention: Duration.DurationInput = "30 days"

/**
 * A wall clock that somebody sets forward must remove nothing before its time, and one that is set back while an operation
 * ends must not make it older than it is. So time is read twice: from the wall clock, and as what has passed since this
 * began. What is to be kept is kept from the later of the two, and counts as over by the earlier.
 */
export const make = (store: OperationStore.Service, input: Duration.DurationInput): Effect.Effect<Retention> =>
  Effect.map(twoClocks, ({ latest }) => {
    const retention = Duration.decode(input)

    const purgeTime = (record: OperationRecord.OperationRecord): Option.Option<DateTime.Utc> => {
      // What was deleted while it ran is only still there for its end.
      const keep = OperationRecord.isHidden(record) ? Duration.zero : retention
      return Duration.isFinite(keep) ? DateTime.make(latest() + Duration.toMillis(keep)) : Option.none()
    }

    return {
      advance: (record, changes, now) =>
        OperationRecord.advance(record, changes, now, { purgeTime: purgeTime(record) }),
      onEnd: (record) =>
        OperationRecord.isHidden(record)
          ? store.delete(record).pipe(
              Effect.asVoid,
              // The next purge finds it.
              Effect.catchAll((error) => Effect.logDebug("the record of a deleted operation is still there", error))
            )
          : Effect.void
    }
  })

/** Removes records whose time has come, now and then. */
export const purge = (
  store: OperationStore.Service,
  retention: Duration.DurationInput
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.flatMap(twoClocks, ({ earliest }) =>
    Effect.gen(function* () {
      const before = DateTime.unsafeMake(earliest())
      while ((yield* store.purge({ before, limit: batch })) === batch) yield* Effect.yieldNow()
    }).pipe(
      // They are there for the next time, also where this one died.
      Effect.catchAllCause((cause) => Effect.logWarning("records could not be removed", cause)),
      Effect.repeat(
        Schedule.spaced(
          Duration.clamp(Duration.times(retention, 1 / 60), { minimum: shortestPause, maximum: longestPause })
        )
      ),
      Effect.forkScoped,
      Effect.asVoid
    )
  )

/** What the wall clock says and what has passed since now, in milliseconds: the later, and the earlier. */
const twoClocks = Effect.map(Effect.clock, (clock) => {
  const startMillis = clock.unsafeCurrentTimeMillis()
  const startNanos = clock.unsafeCurrentTimeNanos()
  const passed = (): number => startMillis + Number((clock.unsafeCurrentTimeNanos() - startNanos) / 1_000_000n)
  return {
    latest: () => Math.max(clock.unsafeCurrentTimeMillis(), passed()),
    earliest: () => Math.min(clock.unsafeCurrentTimeMillis(), passed())
  }
})

const shortestPause = Duration.millis(100)

const longestPause = Duration.hours(1)

const batch = 500
