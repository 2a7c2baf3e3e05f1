/**
 * What a host keeps of an operation: one row, from which everything that is told about it is derived, so that `done`,
 * `state` and the result never come from two reads.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Filter from "@effect-lro/core/Filter"
import * as Operation from "@effect-lro/core/Operation"
import * as OperationName from "@effect-lro/core/OperationName"
import * as Status from "@effect-lro/core/Status"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
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
  /** An open string that tells kinds of work apart; the name of its definition where it has a payload. */
  readonly type: Option.Option<string>
  /**
   * What its definition needs to run it, as JSON. Where there is none the work is known only to the process that
   * accepted it, and ends with that.
   */
  readonly payload: Option.Option<unknown>
  /** The runner that holds, or held, the newest attempt. */
  readonly owner: Option.Option<string>
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
  /** When it is asked to stop by itself. */
  readonly deadline: Option.Option<DateTime.Utc>
  /** From when on its record may be removed; there only where `state` is terminal. Kept for ever where there is none. */
  readonly purgeTime: Option.Option<DateTime.Utc>
  /** Since when it is hidden: somebody deleted it while its work went on. */
  readonly deleteTime: Option.Option<DateTime.Utc>
  /** What the body published last. */
  readonly metadata: Option.Option<AnyMessage.AnyMessage>
  /** There where `state` is terminal, and only there. */
  readonly result: Option.Option<Result>
}

/**
 * The stored form of a record, one column for each part: absent parts are `null`, times are milliseconds since 1970, and
 * what has a structure is the text of its JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface Encoded {
  readonly name: string
  readonly parent: string
  readonly requestId: string | null
  readonly type: string | null
  readonly payload: string | null
  readonly owner: string | null
  readonly state: State.State
  readonly version: number
  readonly fence: number
  readonly attempt: number
  readonly createTime: number
  readonly startTime: number | null
  readonly updateTime: number
  readonly endTime: number | null
  readonly cancelRequestTime: number | null
  readonly deadline: number | null
  readonly purgeTime: number | null
  readonly deleteTime: number | null
  readonly metadata: string | null
  readonly result: string | null
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
  payload: Schema.OptionFromNullOr(Schema.parseJson()),
  owner: Schema.OptionFromNullOr(Schema.String),
  state: State.State,
  version: Count,
  fence: Count,
  attempt: Count,
  createTime: Time,
  startTime: Schema.OptionFromNullOr(Time),
  updateTime: Time,
  endTime: Schema.OptionFromNullOr(Time),
  cancelRequestTime: Schema.OptionFromNullOr(Time),
  deadline: Schema.OptionFromNullOr(Time),
  purgeTime: Schema.OptionFromNullOr(Time),
  deleteTime: Schema.OptionFromNullOr(Time),
  metadata: Schema.OptionFromNullOr(Schema.parseJson(AnyMessage.AnyMessage)),
  result: Schema.OptionFromNullOr(
    Schema.parseJson(
      Schema.Union(
        Schema.TaggedStruct("Response", { response: AnyMessage.AnyMessage }),
        Schema.TaggedStruct("Error", { error: Status.Status })
      )
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
  /** JSON; it is not looked into. */
  readonly payload?: Option.Option<unknown> | undefined
  readonly owner?: string | undefined
  readonly deadline?: DateTime.Utc | undefined
  readonly metadata?: AnyMessage.AnyMessage | undefined
}): OperationRecord => ({
  name: options.name,
  parent: options.parent ?? "",
  requestId: Option.fromNullable(options.requestId),
  type: Option.fromNullable(options.type),
  payload: options.payload ?? Option.none(),
  owner: Option.fromNullable(options.owner),
  state: "PENDING",
  version: 1,
  fence: 0,
  attempt: 0,
  createTime: options.createTime,
  startTime: Option.none(),
  updateTime: options.createTime,
  endTime: Option.none(),
  cancelRequestTime: Option.none(),
  deadline: Option.fromNullable(options.deadline),
  purgeTime: Option.none(),
  deleteTime: Option.none(),
  metadata: Option.fromNullable(options.metadata),
  result: Option.none()
})

/**
 * An event of the state machine with what it brings along, or one of two changes that leave the state alone: `Publish`
 * (new metadata) and `Hide` (deleted while the work goes on). `Start` names the runner that holds the attempt.
 *
 * @since 0.1.0
 * @category models
 */
export type Change =
  | { readonly _tag: "Start" | "StartAnyway"; readonly owner: string }
  | { readonly _tag: "RequestCancel" | "Expire" | "Restart" | "Hide" }
  | { readonly _tag: "Stop" | "Fail"; readonly error: Status.Status }
  | { readonly _tag: "Succeed"; readonly response: AnyMessage.AnyMessage }
  | { readonly _tag: "Publish"; readonly metadata: AnyMessage.AnyMessage }

/**
 * The next record: all changes made in one step, with one new version. None where there are none, or the record does not
 * admit one of them, and then nothing is to be written.
 *
 * Times never go backwards within a record, whatever the wall clock does.
 *
 * @since 0.1.0
 * @category transitions
 */
export const advance = (
  record: OperationRecord,
  changes: ReadonlyArray<Change>,
  now: DateTime.Utc,
  options?: {
    /** From when on the record may be removed if this ends it. */
    readonly purgeTime?: Option.Option<DateTime.Utc> | undefined
  }
): Option.Option<OperationRecord> => {
  if (changes.length === 0) return Option.none()
  const time = DateTime.lessThan(now, record.updateTime) ? record.updateTime : now
  let next = record
  for (const change of changes) {
    const changed = step(next, change, time)
    if (changed === undefined) return Option.none()
    next = changed
  }
  const purgeTime = isDone(next) ? (options?.purgeTime ?? Option.none()) : Option.none()
  return Option.some({ ...next, version: record.version + 1, updateTime: time, purgeTime })
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
 * Says whether it was asked to stop by its deadline and not by somebody.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isExpired = (record: OperationRecord): boolean =>
  record.state === "CANCELLING" && Option.isNone(record.cancelRequestTime)

/**
 * The fields that a list can be filtered by: those of the operation (`name`, `done`, `error`, `response`, `metadata`), and
 * what its record has besides.
 *
 * @since 0.1.0
 * @category constants
 */
export const filterFields: Filter.Fields = {
  name: { _tag: "text" },
  done: { _tag: "flag" },
  error: {
    _tag: "message",
    fields: { code: { _tag: "number" }, message: { _tag: "text" }, details: { _tag: "json" } }
  },
  response: { _tag: "json" },
  metadata: { _tag: "json" },
  state: { _tag: "enum", values: State.all },
  type: { _tag: "text" },
  attempt: { _tag: "number" },
  createTime: { _tag: "time" },
  startTime: { _tag: "time" },
  updateTime: { _tag: "time" },
  endTime: { _tag: "time" },
  cancelRequestTime: { _tag: "time" },
  deadline: { _tag: "time" },
  purgeTime: { _tag: "time" }
}

/**
 * A record as filters look at it, with the metadata that is shown for it: what the body published last by default.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toResource = (
  record: OperationRecord,
  metadata: Option.Option<AnyMessage.AnyMessage> = record.metadata
): Filter.Resource => readAll(Object.entries(readers), record, metadata)

/**
 * Says of records whether a filter accepts them, as `Filter.compile` does of their resources, and reads no more of each than
 * the filter asks for. The metadata is again what the body published last by default.
 *
 * @since 0.1.0
 * @category conversions
 */
export const compileFilter = (
  filter: Filter.Filter
): Either.Either<
  (record: OperationRecord, metadata?: Option.Option<AnyMessage.AnyMessage>) => boolean,
  Filter.FilterError
> =>
  Either.map(Filter.compile(filter, filterFields), (accepts) => {
    const asked = Object.entries(readers).filter(([field]) => asksFor(filter, field))
    return (record, metadata = record.metadata) => accepts(readAll(asked, record, metadata))
  })

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

type Reader = (record: OperationRecord, metadata: Option.Option<AnyMessage.AnyMessage>) => unknown

const readers: { readonly [field: string]: Reader } = {
  name: ({ name }) => name,
  done: (record) => isDone(record),
  error: ({ result }) => (Option.isSome(result) && result.value._tag === "Error" ? result.value.error : undefined),
  response: ({ result }) =>
    Option.isSome(result) && result.value._tag === "Response" ? result.value.response : undefined,
  metadata: (_, metadata) => Option.getOrUndefined(metadata),
  state: ({ state }) => state,
  type: ({ type }) => Option.getOrUndefined(type),
  attempt: ({ attempt }) => attempt,
  createTime: ({ createTime }) => DateTime.formatIso(createTime),
  startTime: ({ startTime }) => formatTime(startTime),
  updateTime: ({ updateTime }) => DateTime.formatIso(updateTime),
  endTime: ({ endTime }) => formatTime(endTime),
  cancelRequestTime: ({ cancelRequestTime }) => formatTime(cancelRequestTime),
  deadline: ({ deadline }) => formatTime(deadline),
  purgeTime: ({ purgeTime }) => formatTime(purgeTime)
}

const readAll = (
  entries: ReadonlyArray<readonly [field: string, read: Reader]>,
  record: OperationRecord,
  metadata: Option.Option<AnyMessage.AnyMessage>
): Filter.Resource => {
  const resource: { [field: string]: unknown } = {}
  for (const [field, read] of entries) resource[field] = read(record, metadata)
  return resource
}

/** A literal is looked for in all there is. */
const asksFor = (filter: Filter.Filter, field: string): boolean => {
  switch (filter._tag) {
    case "And":
    case "Or":
      return filter.operands.some((operand) => asksFor(operand, field))
    case "Not":
      return asksFor(filter.operand, field)
    case "Restriction":
      return Filter.fieldOf(filter) === field
    case "Literal":
      return true
  }
}

const formatTime = (time: Option.Option<DateTime.Utc>): string | undefined =>
  Option.getOrUndefined(Option.map(time, DateTime.formatIso))

const step = (record: OperationRecord, change: Change, time: DateTime.Utc): OperationRecord | undefined => {
  if (change._tag === "Publish") {
    return isDone(record) ? undefined : { ...record, metadata: Option.some(change.metadata) }
  }
  if (change._tag === "Hide") {
    return isDone(record) || isHidden(record) ? undefined : { ...record, deleteTime: Option.some(time) }
  }
  const state = StateMachine.transition(record.state, change._tag)
  if (Option.isNone(state)) return undefined
  // CANCELLED is the answer to somebody, and nobody asked for the end of what has expired.
  if (change._tag === "Stop" && Option.isNone(record.cancelRequestTime)) return undefined
  const next = { ...record, state: state.value }
  switch (change._tag) {
    case "Start":
    case "StartAnyway":
      return {
        ...next,
        owner: Option.some(change.owner),
        fence: record.fence + 1,
        attempt: record.attempt + 1,
        startTime: Option.orElseSome(record.startTime, () => time)
      }
    case "RequestCancel":
      return { ...next, cancelRequestTime: Option.some(time) }
    case "Expire":
      return next
    case "Restart":
      return { ...next, owner: Option.none() }
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
