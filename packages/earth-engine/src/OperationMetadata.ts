/**
 * `google.earthengine.v1.OperationMetadata`: what Earth Engine tells about a task besides whether it is over.
 *
 * `done` alone says that; everything here is detail, and everything may be absent.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import type * as Operation from "@effect-lro/core/Operation"
import * as OperationType from "@effect-lro/core/OperationType"
import * as Num from "effect/Number"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import * as State from "./State.js"

/**
 * The full name of the message in version v1. Those of other versions are read too, see {@link isOperationMetadata}.
 *
 * @since 0.1.0
 * @category constants
 */
export const typeName = "google.earthengine.v1.OperationMetadata"

/**
 * The type URL that version v1 writes.
 *
 * @since 0.1.0
 * @category constants
 */
export const typeUrl = `${AnyMessage.typeUrlPrefix}${typeName}`

/**
 * One stage of the latest attempt. Before a stage reports, it has a name only, or not even that. What a work unit is
 * differs from stage to stage.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stage {
  readonly displayName?: string | undefined
  readonly completeWorkUnits?: number | undefined
  readonly totalWorkUnits?: number | undefined
  readonly description?: string | undefined
}

/**
 * A message from Earth Engine to the owner of the task. `severity` is `WARNING` or `SEVERE` so far.
 *
 * @since 0.1.0
 * @category models
 */
export interface Notification {
  readonly severity?: string | undefined
  readonly topic?: string | undefined
  readonly detail?: string | undefined
}

/**
 * What is known about a task. Timestamps stay the text they came as, with up to nine digits of fraction.
 *
 * @since 0.1.0
 * @category models
 */
export interface OperationMetadata {
  /** A `State.State`, or a name that a later version of Earth Engine invents. */
  readonly state?: string | undefined
  /** The task's name, as whoever started it gave it. */
  readonly description?: string | undefined
  /** `EXPORT_IMAGE`, `EXPORT_TILES`, `EXPORT_FEATURES`, `EXPORT_VIDEO`, `INGEST_IMAGE` and others: an open set. */
  readonly type?: string | undefined
  /** 0 to 9999; higher runs sooner, 100 by default. */
  readonly priority?: number | undefined
  readonly createTime?: string | undefined
  /** Moves on while a task is stalled too, so it is no sign of progress. */
  readonly updateTime?: string | undefined
  /** Absent until it has started. */
  readonly startTime?: string | undefined
  /** Absent until it has ended. */
  readonly endTime?: string | undefined
  /** From 0 to 1. */
  readonly progress?: number | undefined
  /** The stages of the latest attempt; a retry begins them anew. */
  readonly stages?: ReadonlyArray<Stage> | undefined
  /** 1 at first, and one more for each time Earth Engine retries the task by itself. */
  readonly attempt?: number | undefined
  /** The script that started it. */
  readonly scriptUri?: string | undefined
  /** Where the results are; may be there before the task has ended. */
  readonly destinationUris?: ReadonlyArray<string> | undefined
  readonly notifications?: ReadonlyArray<Notification> | undefined
  /** Compute used by batch work so far, in EECU-seconds. */
  readonly batchEecuUsageSeconds?: number | undefined
}

const StageStruct = Schema.Struct({
  displayName: Schema.optional(Schema.String),
  completeWorkUnits: Schema.optional(Schema.JsonNumber),
  totalWorkUnits: Schema.optional(Schema.JsonNumber),
  description: Schema.optional(Schema.String)
})

const NotificationStruct = Schema.Struct({
  severity: Schema.optional(Schema.String),
  topic: Schema.optional(Schema.String),
  detail: Schema.optional(Schema.String)
})

const Struct = Schema.Struct({
  state: Schema.optional(Schema.String),
  description: Schema.optional(Schema.String),
  type: Schema.optional(Schema.String),
  priority: Schema.optional(Schema.JsonNumber),
  createTime: Schema.optional(Schema.String),
  updateTime: Schema.optional(Schema.String),
  startTime: Schema.optional(Schema.String),
  endTime: Schema.optional(Schema.String),
  progress: Schema.optional(Schema.JsonNumber),
  stages: Schema.optional(Schema.Array(StageStruct)),
  attempt: Schema.optional(Schema.JsonNumber),
  scriptUri: Schema.optional(Schema.String),
  destinationUris: Schema.optional(Schema.Array(Schema.String)),
  notifications: Schema.optional(Schema.Array(NotificationStruct)),
  batchEecuUsageSeconds: Schema.optional(Schema.JsonNumber)
})

/**
 * The schema from a message to its meaning and back; see {@link decode} and {@link encode}. It reads every JSON object.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OperationMetadata: Schema.Schema<OperationMetadata, AnyMessage.AnyMessage> = Schema.transform(
  AnyMessage.AnyMessage,
  Struct,
  { strict: true, decode: (message) => decode(message), encode: (metadata) => encode(metadata) }
).annotations({ identifier: "EarthEngineOperationMetadata" })

/**
 * Says whether a message is Earth Engine's metadata, of whatever version of the API.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isOperationMetadata = (message: AnyMessage.AnyMessage): boolean =>
  Option.exists(AnyMessage.typeName(message), (name) => /^google\.earthengine\..*\bOperationMetadata$/.test(name))

/**
 * Reads what a message says, whatever its `@type`. Total: a member that is `null`, or that cannot be read, is as good as
 * absent, so that one odd value never hides the state of a task. Numbers are read from decimal strings too.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decode = (message: AnyMessage.AnyMessage): OperationMetadata => read(message, members)

/**
 * Writes a message of version v1 as Earth Engine does: what is unset is left out, and of all numbers `totalWorkUnits`
 * alone is a string.
 *
 * @since 0.1.0
 * @category conversions
 */
export const encode = (metadata: OperationMetadata): AnyMessage.AnyMessage => {
  const { stages, ...rest } = metadata
  return AnyMessage.pack(typeUrl, present({ ...rest, stages: stages?.map(encodeStage) }))
}

/**
 * What Earth Engine tells about an operation. None where it has no metadata, or metadata of another service.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
 * import * as Operation from "@effect-lro/core/Operation"
 * import * as Option from "effect/Option"
 *
 * const operation = Operation.running({
 *   name: "projects/demo/operations/ABC",
 *   metadata: OperationMetadata.encode({ state: "RUNNING", progress: 0.25 })
 * })
 * const state = OperationMetadata.fromOperation(operation).pipe(Option.flatMapNullable((_) => _.state))
 * console.log(state) // Option.some("RUNNING")
 * ```
 */
export const fromOperation = (
  operation: Operation.Operation<AnyMessage.AnyMessage, unknown>
): Option.Option<OperationMetadata> => operation.metadata.pipe(Option.filter(isOperationMetadata), Option.map(decode))

/**
 * Recognises the message of whatever version, for `OperationType.make`.
 *
 * @since 0.1.0
 * @category constants
 */
export const messageType: OperationType.MessageType<OperationMetadata> = {
  typeName,
  decode: (message) =>
    isOperationMetadata(message)
      ? { _tag: "Known", value: decode(message), message }
      : { _tag: "Unknown", message, reason: `it is not ${typeName}` }
}

/**
 * The type of Earth Engine's operations, for `Poller` and `Cancellation`. What their response is, is not documented.
 *
 * @since 0.1.0
 * @category constants
 */
export const operationType: OperationType.OperationType<OperationMetadata, AnyMessage.AnyMessage> = OperationType.make({
  metadata: messageType,
  response: OperationType.anything
})

/**
 * Something in an operation that does not fit together. It is for people and logs: nothing fails of it.
 *
 * - `StateContradictsDone`: the state beside what the operation means (Earth Engine's own examples have a `SUCCEEDED`
 *   one that is not done). The meaning is right.
 * - `UnknownState`: a state that is newer than this version.
 * - `UnreadableMember`: a member of another type than it should be; it was taken as absent.
 *
 * @since 0.1.0
 * @category models
 */
export type Diagnostic =
  | {
      readonly _tag: "StateContradictsDone"
      readonly state: State.State
      readonly operation: Operation.Operation["_tag"]
    }
  | { readonly _tag: "UnknownState"; readonly state: string }
  | { readonly _tag: "UnreadableMember"; readonly member: string }

/**
 * Tells what does not fit together in an operation with Earth Engine's metadata; empty where all is well, and for
 * operations of other services.
 *
 * @since 0.1.0
 * @category getters
 */
export const diagnose = (operation: Operation.Operation<AnyMessage.AnyMessage, unknown>): ReadonlyArray<Diagnostic> => {
  const message = Option.getOrUndefined(Option.filter(operation.metadata, isOperationMetadata))
  if (message === undefined) return []
  const unreadable = Object.entries(members).flatMap(([member, reader]): ReadonlyArray<Diagnostic> => {
    const value = message[member]
    return value === undefined || value === null || reader(value) !== undefined
      ? []
      : [{ _tag: "UnreadableMember", member }]
  })
  return [...unreadable, ...diagnoseState(operation, decode(message).state)]
}

/**
 * How far a task has come.
 *
 * @since 0.1.0
 * @category models
 */
export interface Progress {
  /** From 0 to 1, over all stages. None where nothing was told. */
  readonly fraction: Option.Option<number>
  /** The first stage that is not complete, or else the last one. */
  readonly stage: Option.Option<{
    /** Counts from 1. */
    readonly number: number
    readonly of: number
    readonly name: string
    /** From 0 to 1, within this stage. None before it reports. */
    readonly fraction: Option.Option<number>
  }>
  /** 1 unless the task was retried. */
  readonly attempt: number
}

/**
 * Sums up how far a task has come. Where `progress` itself is absent the fraction is the mean of the stages'.
 *
 * @since 0.1.0
 * @category getters
 */
export const progress = (metadata: OperationMetadata): Progress => {
  const stages = metadata.stages ?? []
  const fractions = stages.map(stageFraction)
  const told = fractions.some(Option.isSome)
  const fraction = Option.orElse(Option.map(Option.fromNullable(metadata.progress), clamp), () =>
    told
      ? Option.some(fractions.reduce((sum, one) => sum + Option.getOrElse(one, () => 0), 0) / stages.length)
      : Option.none()
  )
  const open = fractions.findIndex((one) => !Option.contains(one, 1))
  const at = open >= 0 ? open : stages.length - 1
  return {
    fraction,
    stage: Option.map(Option.fromNullable(stages[at]), (stage) => ({
      number: at + 1,
      of: stages.length,
      name: stage.displayName ?? "",
      fraction: stageFraction(stage)
    })),
    attempt: metadata.attempt ?? 1
  }
}

/**
 * Says whether two looks at a task saw the same work: state, progress, work units and attempt. `updateTime` does not
 * count, because it moves on while a task is stalled.
 *
 * @since 0.1.0
 * @category getters
 */
export const isSameWork = (self: OperationMetadata, that: OperationMetadata): boolean =>
  self.state === that.state &&
  self.progress === that.progress &&
  self.attempt === that.attempt &&
  (self.stages?.length ?? 0) === (that.stages?.length ?? 0) &&
  (self.stages ?? []).every((stage, i) => {
    const other = that.stages?.[i]
    return stage.completeWorkUnits === other?.completeWorkUnits && stage.totalWorkUnits === other?.totalWorkUnits
  })

const diagnoseState = (
  operation: Operation.Operation<unknown, unknown>,
  state: string | undefined
): ReadonlyArray<Diagnostic> => {
  if (state === undefined) return []
  if (!State.isState(state)) return [{ _tag: "UnknownState", state }]
  return State.expectedOf(operation).includes(state)
    ? []
    : [{ _tag: "StateContradictsDone", state, operation: operation._tag }]
}

const clamp = Num.clamp({ minimum: 0, maximum: 1 })

const stageFraction = (stage: Stage): Option.Option<number> =>
  stage.completeWorkUnits === undefined || stage.totalWorkUnits === undefined || stage.totalWorkUnits <= 0
    ? Option.none()
    : Option.some(clamp(stage.completeWorkUnits / stage.totalWorkUnits))

// int64 is a decimal string in ProtoJSON.
const encodeStage = (stage: Stage): { readonly [member: string]: unknown } =>
  present({ ...stage, totalWorkUnits: integer(stage.totalWorkUnits) })

const integer = (units: number | undefined): string | undefined =>
  units === undefined || !Number.isFinite(units) ? undefined : BigInt(Math.round(units)).toString()

const present = (members: { readonly [member: string]: unknown }): { readonly [member: string]: unknown } =>
  Record.filter(members, Predicate.isNotUndefined)

type Reader<A> = (value: unknown) => A | undefined

type Readers<A> = { readonly [K in keyof A]-?: Reader<Exclude<A[K], undefined>> }

const text: Reader<string> = (value) => (typeof value === "string" ? value : undefined)

const number: Reader<number> = (value) => {
  const parsed = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : undefined
}

// ProtoJSON allows an enum's number in the place of its name.
const state: Reader<string> = (value) =>
  typeof value === "number" ? Option.getOrElse(State.fromNumber(value), () => String(value)) : text(value)

const list =
  <A>(item: Reader<A>): Reader<ReadonlyArray<A>> =>
  (value) =>
    Array.isArray(value)
      ? value.flatMap((element) => {
          const one = item(element)
          return one === undefined ? [] : [one]
        })
      : undefined

const message =
  <A>(readers: Readers<A>): Reader<A> =>
  (value) =>
    AnyMessage.isAnyMessage(value) ? read(value, readers) : undefined

const read = <A>(value: AnyMessage.AnyMessage, readers: Readers<A>): A =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a reader for each member makes all members, as `Readers` says and Object.fromEntries forgets
  Object.fromEntries(
    Object.entries<Reader<unknown>>(readers).flatMap(([member, reader]) => {
      const one = reader(value[member])
      return one === undefined ? [] : [[member, one]]
    })
  ) as A

const members: Readers<OperationMetadata> = {
  state,
  description: text,
  type: text,
  priority: number,
  createTime: text,
  updateTime: text,
  startTime: text,
  endTime: text,
  progress: number,
  stages: list(
    message<Stage>({ displayName: text, completeWorkUnits: number, totalWorkUnits: number, description: text })
  ),
  attempt: number,
  scriptUri: text,
  destinationUris: list(text),
  notifications: list(message<Notification>({ severity: text, topic: text, detail: text })),
  batchEecuUsageSeconds: number
}
