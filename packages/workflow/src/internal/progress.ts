import * as Checkpoint from "@effect-lro/core/Checkpoint"
import * as Operation from "@effect-lro/core/Operation"
import { OperationsError } from "@effect-lro/core/OperationsError"
import { WaitError } from "@effect-lro/core/WaitError"
import * as Schema from "effect/Schema"

/** What a step can fail with. */
export const Failure = Schema.Union(OperationsError, WaitError)

export type Failure = OperationsError | WaitError

/** Where a wait stands between two stretches of it. */
export const Progress = Schema.Struct({
  checkpoint: Checkpoint.Checkpoint,
  /** How many steps of the schedule are behind it. */
  steps: Schema.NonNegativeInt,
  /** How many looks in a row have failed, up to now. */
  failures: Schema.NonNegativeInt,
  /** Until when it may take, in milliseconds of the time of day, which is the only one that processes share. */
  deadline: Schema.optional(Schema.Number)
})

export type Progress = typeof Progress.Type

export const Over = Schema.TaggedStruct("Over", { operation: Operation.Done })

export const Paused = Schema.TaggedStruct("Paused", {
  progress: Progress,
  /** How long from then on until the next look is due. */
  next: Schema.DurationFromMillis
})

export type Paused = typeof Paused.Type

/** How a stretch of a wait ends, as it is written down. */
export const Stretch = Schema.Union(Over, Paused)

export type Stretch = typeof Stretch.Type

/** A wait that has not begun. */
export const initial = (checkpoint: Checkpoint.Checkpoint): Progress => ({ checkpoint, steps: 0, failures: 0 })
