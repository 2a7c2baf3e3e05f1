import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { OperationRecord } from "../OperationRecord.js"

// A record has only the time of the wall clock, which may be set before it is stored and taken up.
const made = new WeakMap<OperationRecord, bigint>()

/** Keeps in mind, by the clock that nobody sets, when this process has made a record. */
export const beginOf = (record: OperationRecord): Effect.Effect<void> =>
  Effect.clockWith((clock) => Effect.sync(() => made.set(record, clock.unsafeCurrentTimeNanos())))

/**
 * In milliseconds. Of what this process has made that is what has not passed since; of any other the wall clock tells, but one
 * that was set back while nobody ran it does not give it more than it had.
 */
export const timeLeft = (record: OperationRecord, deadline: DateTime.Utc): Effect.Effect<number> =>
  Effect.clockWith((clock) =>
    Effect.sync(() => {
      const whole = DateTime.distance(record.createTime, deadline)
      const since = made.get(record)
      const left =
        since === undefined
          ? deadline.epochMillis - clock.unsafeCurrentTimeMillis()
          : whole - Number((clock.unsafeCurrentTimeNanos() - since) / 1_000_000n)
      return Math.max(0, Math.min(left, whole))
    })
  )
