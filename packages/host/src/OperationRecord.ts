/**
 * What a host keeps of an operation: one row, from which everything that is told about it is derived, so that `done`,
 * `state` and the result never come from two reads.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operation from "@effect-lro/core/Operation"
import * as OperationName from "@effect-lro/core/OperationName"
import * as Status from "@effect-lro/core/Status"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as State from "./State.js"
import * as StateMachine from "./StateMachine.js"

/**
 * How an operation ended: with its response, or with the status of its failure or cancellation.
 *
 * @since 0.1.0
 * @category models
 */
export type Result =
  | { readonly _tag: "Response"; readonly response: AnyMessage.AnyMessage }
  | { readonly _tag: "Error"; readonly error: Status.Status }

/**
 * The persistable state of one operation. Records are immutable; {@link advance} makes the next one.
 *
 * @since 0.1.0
 * @category models
 */
export interface OperationRecord {
  readonly name: OperationName.OperationName
  /** What the operation is listed under, such as `projects/demo`; empty where it has none. */
  readonly parent: string
  /** What makes its start idempotent: a parent has one operation for each (AIP-155). */
  readonly requestId: Option.Option<string>
  /** An open string that tells kinds of work apart. */
  readonly type: Option.Option<string>
  readonly state: State.State
  /** From 1, one more with each write. */
  readonly version: number
  /** One more with each attempt; 0 before the first. Who holds an older one has lost the operation. */
  readonly fence: number
  /** From 1; 0 before the first start. */
  readonly attempt: number
  readonly createTime: DateTime.Utc
  /** When the first attempt began. */
  readonly startTime: Option.Option<DateTime.Utc>
  /** When the record was last written. */
  readonly updateTime: DateTime.Utc
  readonly endTime: Option.Option<DateTime.Utc>
  /** When the first of possibly many cancel requests was accepted. */
  readonly cancelRequestTime: Option.Option<DateTime.Utc>
  /** Since when it is hidden: somebody deleted it while its work went on. */
  readonly deleteTime: Option.Option<DateTime.Utc>
  /** What the body published last. */
  readonly metadata: Option.Option<AnyMessage.AnyMessage>
  /** There where `state` is terminal, and only there. */
  readonly result: Option.Option<Result>
}

/**
 * The stored form of a record: absent parts are `null`, times are milliseconds since 1970.
 *
 * @since 0.1.0
 * @category models
 */
export interface Encoded {
  readonly name: string
  readonly parent: string
  readonly requestId: string | null
  readonly type: string | null
  readonly state: State.State
  readonly version: number
  readonly fence: number
  readonly attempt: number
  readonly createTime: number
  readonly startTime: number | null
  readonly updateTime: number
  readonly endTime: number | null
  readonly cancelRequestTime: number | null
  readonly deleteTime: number | null
  readonly metadata: AnyMessage.AnyMessage | null
  readonly result:
    | { readonly _tag: "Response"; readonly response: AnyMessage.AnyMessage }
    | { readonly _tag: "Error"; readonly error: Status.Wire }
    | null
}

const Time = Schema.DateTimeUtcFromNumber
const Count = Schema.NonNegativeInt

/**
 * The schema by which a store writes and reads a record.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OperationRecord: Schema.Schema<OperationRecord, Encoded> = Schema.Struct({
  name: OperationName.OperationName,
  parent: Schema.String,
  requestId: Schema.OptionFromNullOr(Schema.String),
  type: Schema.OptionFromNullOr(Schema.String),
  state: State.State,
  version: Count,
  fence: Count,
  attempt: Count,
  createTime: Time,
  startTime: Schema.OptionFromNullOr(Time),
  updateTime: Time,
  endTime: Schema.OptionFromNullOr(Time),
  cancelRequestTime: Schema.OptionFromNullOr(Time),
  deleteTime: Schema.OptionFromNullOr(Time),
  metadata: Schema.OptionFromNullOr(AnyMessage.AnyMessage),
  result: Schema.OptionFromNullOr(
    Schema.Union(
      Schema.TaggedStruct("Response", { response: AnyMessage.AnyMessage }),
      Schema.TaggedStruct("Error", { error: Status.Status })
    )
  )
}).annotations({ identifier: "OperationRecord" })

/**
 * The record of an operation that was just accepted: `PENDING`, version 1, never started.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly name: OperationName.OperationName
  readonly createTime: DateTime.Utc
  /** Empty by default. */
  readonly parent?: string | undefined
  readonly requestId?: string | undefined
  readonly type?: string | undefined
  readonly metadata?: AnyMessage.AnyMessage | undefined
}): OperationRecord => ({
  name: options.name,
  parent: options.parent ?? "",
  requestId: Option.fromNullable(options.requestId),
  type: Option.fromNullable(options.type),
  state: "PENDING",
  version: 1,
  fence: 0,
  attempt: 0,
  createTime: options.createTime,
  startTime: Option.none(),
  updateTime: options.createTime,
  endTime: Option.none(),
  cancelRequestTime: Option.none(),
  deleteTime: Option.none(),
  metadata: Option.fromNullable(options.metadata),
  result: Option.none()
})

/**
 * An event of the state machine with what it brings along, or one of two changes that leave the state alone: `Publish`
 * (new metadata) and `Hide` (deleted while the work goes on).
 *
 * @since 0.1.0
 * @category models
 */
export type Change =
  | { readonly _tag: "Start" | "StartAnyway" | "RequestCancel" | "Restart" | "Hide" }
  | { readonly _tag: "Stop" | "Fail"; readonly error: Status.Status }
  | { readonly _tag: "Succeed"; readonly response: AnyMessage.AnyMessage }
  | { readonly _tag: "Publish"; readonly metadata: AnyMessage.AnyMessage }

/**
 * The next record: all changes made in one step, with one new version. None where the record does not admit one of them,
 * and then nothing is to be written.
 *
 * Times never go backwards within a record, whatever the wall clock does.
 *
 * @since 0.1.0
 * @category transitions
 */
export const advance = (
  record: OperationRecord,
  changes: ReadonlyArray<Change>,
  now: DateTime.Utc
): Option.Option<OperationRecord> => {
  const time = DateTime.lessThan(now, record.updateTime) ? record.updateTime : now
  let next = record
  for (const change of changes) {
    const changed = step(next, change, time)
    if (changed === undefined) return Option.none()
    next = changed
  }
  return Option.some({ ...next, version: record.version + 1, updateTime: time })
}

/**
 * Says whether the record was deleted while its work went on. To everybody outside it does not exist.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isHidden = (record: OperationRecord): boolean => Option.isSome(record.deleteTime)

/**
 * Says whether the operation is done.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isDone = (record: OperationRecord): boolean => State.isTerminal(record.state)

/**
 * What a record means to a caller of google.longrunning. Its metadata is what `describe` makes of it, by default what the
 * body published last.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toOperation = (
  record: OperationRecord,
  describe?: (record: OperationRecord) => AnyMessage.AnyMessage | undefined
): Operation.Operation => {
  const options = {
    name: record.name,
    metadata: describe === undefined ? Option.getOrUndefined(record.metadata) : describe(record)
  }
  if (!isDone(record)) return Operation.running(options)
  if (Option.isNone(record.result)) return Operation.doneWithoutResult(options)
  const result = record.result.value
  return result._tag === "Response"
    ? Operation.succeeded({ ...options, response: result.response })
    : Operation.ended({ ...options, error: result.error })
}

const step = (record: OperationRecord, change: Change, time: DateTime.Utc): OperationRecord | undefined => {
  if (change._tag === "Publish") {
    return isDone(record) ? undefined : { ...record, metadata: Option.some(change.metadata) }
  }
  if (change._tag === "Hide") {
    return isDone(record) || isHidden(record) ? undefined : { ...record, deleteTime: Option.some(time) }
  }
  const state = StateMachine.transition(record.state, change._tag)
  if (Option.isNone(state)) return undefined
  const next = { ...record, state: state.value }
  switch (change._tag) {
    case "Start":
    case "StartAnyway":
      return {
        ...next,
        fence: record.fence + 1,
        attempt: record.attempt + 1,
        startTime: Option.orElseSome(record.startTime, () => time)
      }
    case "RequestCancel":
      return { ...next, cancelRequestTime: Option.some(time) }
    case "Restart":
      return next
    case "Succeed":
      return {
        ...next,
        endTime: Option.some(time),
        result: Option.some({ _tag: "Response", response: change.response })
      }
    case "Stop":
    case "Fail":
      return { ...next, endTime: Option.some(time), result: Option.some({ _tag: "Error", error: change.error }) }
  }
}
