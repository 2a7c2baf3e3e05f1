/**
 * What Earth Engine would tell of a simulated task.
 *
 * Progress is not written down while it grows: it follows from when the attempt began and what time it is, so that a
 * task costs one write and one timer however long it runs and however often it is looked at.
 *
 * @since 0.1.0
 */
import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as ProtoJson from "@effect-lro/core/ProtoJson"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import type * as OperationRecord from "@effect-lro/host/OperationRecord"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as plan from "./internal/plan.js"
import type * as Simulation from "./Simulation.js"

/**
 * The metadata with which a task is submitted, before any attempt.
 *
 * @since 0.1.0
 * @category conversions
 */
export const initial = (about: Simulation.About, simulation: Simulation.Simulation): AnyMessage.AnyMessage =>
  plan.encode(plan.of(about, simulation, undefined))

/**
 * What Earth Engine tells of a task at a moment: all of it from one row.
 *
 * @since 0.1.0
 * @category conversions
 */
export const describe = (record: OperationRecord.OperationRecord, now: DateTime.Utc): AnyMessage.AnyMessage => {
  const known = Option.getOrElse(Option.flatMap(record.metadata, plan.decode), (): plan.Plan => ({}))
  const at = Option.getOrElse(record.endTime, () => now)
  const active = record.state === "RUNNING" || record.state === "CANCELLING"
  const fraction = record.state === "SUCCEEDED" ? 1 : fractionAt(known, at.epochMillis)
  const begun = record.attempt > 0 && record.state !== "PENDING"
  return OperationMetadata.encode({
    state: record.state,
    description: known.description,
    type: Option.getOrUndefined(record.type),
    priority: known.priority,
    createTime: timestamp(record.createTime),
    updateTime: timestamp(active ? heartbeat(record, now) : record.updateTime),
    startTime: Option.getOrUndefined(Option.map(record.startTime, timestamp)),
    endTime: Option.getOrUndefined(Option.map(record.endTime, timestamp)),
    attempt: record.attempt > 0 ? record.attempt : undefined,
    progress: begun ? rounded(fraction) : undefined,
    stages: begun ? stagesAt(known.stages ?? [], fraction) : undefined,
    destinationUris: record.state === "SUCCEEDED" ? known.destinationUris : undefined,
    batchEecuUsageSeconds: Option.getOrUndefined(
      Option.map(record.startTime, (start) => rounded(((at.epochMillis - start.epochMillis) / 1000) * eecuPerSecond))
    )
  })
}

// Earth Engine moves updateTime on while a task works, also where nothing gets done.
const heartbeat = (record: OperationRecord.OperationRecord, now: DateTime.Utc): DateTime.Utc => {
  const since = now.epochMillis - record.updateTime.epochMillis
  return since < 1000
    ? record.updateTime
    : DateTime.addDuration(record.updateTime, Duration.seconds(Math.floor(since / 1000)))
}

const fractionAt = (known: plan.Plan, millis: number): number =>
  known.attemptTime === undefined || known.durationMillis === undefined
    ? 0
    : known.durationMillis <= 0
      ? 1
      : Math.min(1, Math.max(0, (millis - known.attemptTime) / known.durationMillis))

const stagesAt = (
  stages: ReadonlyArray<Simulation.Stage>,
  fraction: number
): ReadonlyArray<OperationMetadata.Stage> => {
  const whole = stages.reduce((sum, stage) => sum + stage.share, 0)
  let before = 0
  return stages.map((stage) => {
    const share = whole === 0 ? 0 : stage.share / whole
    const within = fraction >= 1 ? 1 : share === 0 ? 0 : Math.min(1, Math.max(0, (fraction - before) / share))
    before += share
    // A stage that has not begun reports nothing but its name.
    return within === 0
      ? { displayName: stage.displayName }
      : {
          displayName: stage.displayName,
          completeWorkUnits: rounded(within * stage.totalWorkUnits),
          totalWorkUnits: stage.totalWorkUnits,
          description: stage.description
        }
  })
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000

const eecuPerSecond = 4

const timestamp = (time: DateTime.Utc): string =>
  ProtoJson.formatTimestamp(ProtoJson.timestampFromMillis(time.epochMillis))
