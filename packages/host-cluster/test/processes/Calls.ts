import * as Schema from "effect/Schema"
import * as Works from "./Works.js"

/** What the parent asks a process of the cluster for. */
export const Call = Schema.Union(
  Schema.TaggedStruct("Start", { work: Works.Name, payload: Works.Payload, requestId: Schema.String }),
  Schema.TaggedStruct("Get", { name: Schema.String }),
  Schema.TaggedStruct("Cancel", { name: Schema.String })
)

export type Call = typeof Call.Type

export const Request = Schema.Struct({ id: Schema.Number, call: Call })

/** `value` is a name, or the tag of an operation; `error` the tag of an error. */
export const Reply = Schema.Struct({
  id: Schema.Number,
  value: Schema.optional(Schema.String),
  error: Schema.optional(Schema.String)
})

/** What a process is started with. */
export const Settings = Schema.Struct({
  database: Schema.String,
  application: Schema.String,
  port: Schema.Number,
  /** Where bodies note that they began and ended. */
  witness: Schema.String,
  /** In milliseconds. */
  leaseDuration: Schema.Number,
  isVerbose: Schema.Boolean
})

export type Settings = typeof Settings.Type
