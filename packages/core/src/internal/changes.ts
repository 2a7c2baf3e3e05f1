import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Change from "../Change.js"
import * as Operation from "../Operation.js"
import * as Elapsed from "./elapsed.js"
import type { Failure, Looker } from "./looker.js"
import { sameJson } from "./sameJson.js"

export interface Options extends Change.Reading {
  readonly stallAfter?: Duration.DurationInput | undefined
}

/** What the looks of one wait tell, one after the other. */
export const stream = (looker: Looker, options: Options): Stream.Stream<Change.Change, Failure> => {
  const reader = makeReader(options)
  return Stream.paginateEffect(undefined, () =>
    Effect.zipWith(
      looker.within(looker.next()),
      Elapsed.now,
      (operation, now) =>
        [reader(operation, now), Operation.isDone(operation) ? Option.none() : Option.some(undefined)] as const
    )
  ).pipe(Stream.mapConcat((changes) => changes))
}

const makeReader = (options: Options) => {
  const isCancelling = options.isCancelling ?? Change.isCancelling
  const workDone = options.workDone ?? Change.workDone
  const stallAfter = options.stallAfter === undefined ? Infinity : Duration.toMillis(options.stallAfter)
  let before: Operation.Running | undefined
  let cancelling = false
  let work: unknown
  let workedAt = 0
  let stalled = false

  return (operation: Operation.Operation, now: number): ReadonlyArray<Change.Change> => {
    if (operation._tag !== "Running") return [{ _tag: "Done", operation }]
    const changes: Array<Change.Change> = []
    if (before === undefined) changes.push({ _tag: "Started", operation })
    else if (!Change.isUnchanged(before, operation)) changes.push({ _tag: "Progress", operation })
    if (!cancelling && isCancelling(operation)) {
      cancelling = true
      changes.push({ _tag: "CancellingSeen", operation })
    }
    if (stallAfter !== Infinity) {
      const done = workDone(operation)
      if (before === undefined || !sameJson(work, done)) {
        work = done
        workedAt = now
        stalled = false
      } else if (!stalled && now - workedAt >= stallAfter) {
        stalled = true
        changes.push({ _tag: "Stalled", operation, unchanged: Duration.millis(now - workedAt) })
      }
    }
    before = operation
    return changes
  }
}
