import type { Row } from "@effect-lro/host/EncodedStore"
import type * as State from "@effect-lro/host/State"
import * as Text from "./text.js"

/** A row as a statement answers it. Postgres writes its large integers as text. */
export interface Columns {
  readonly name: string
  readonly parent: string
  readonly request_id: string | null
  readonly type: string | null
  readonly payload: string | null
  readonly owner: string | null
  readonly state: State.State
  readonly version: number | string
  readonly fence: number | string
  readonly attempt: number | string
  readonly create_time: number | string
  readonly start_time: number | string | null
  readonly update_time: number | string
  readonly end_time: number | string | null
  readonly cancel_request_time: number | string | null
  readonly deadline: number | string | null
  readonly purge_time: number | string | null
  readonly delete_time: number | string | null
  readonly metadata: string | null
  readonly result: string | null
}

type Values = { readonly [Column in keyof Columns]: string | number | null }

/** What never changes after a record was created, and what the indexes that order it are made of. */
type Fixed = "name" | "parent" | "request_id" | "create_time"

export const fixed: ReadonlyArray<Fixed> = ["name", "parent", "request_id", "create_time"]

export const changing: ReadonlyArray<Exclude<keyof Columns, Fixed>> = [
  "type",
  "payload",
  "owner",
  "state",
  "version",
  "fence",
  "attempt",
  "start_time",
  "update_time",
  "end_time",
  "cancel_request_time",
  "deadline",
  "purge_time",
  "delete_time",
  "metadata",
  "result"
]

export const all: ReadonlyArray<keyof Columns> = [...fixed, ...changing]

/** JSON is kept as it is: it has an escape for whatever a database cannot keep. */
export const toValues = (row: Row): Values => ({
  name: Text.encode(row.name),
  parent: Text.encode(row.parent),
  request_id: orNull(row.requestId, Text.encode),
  type: orNull(row.type, Text.encode),
  payload: row.payload,
  owner: orNull(row.owner, Text.encode),
  state: row.state,
  version: row.version,
  fence: row.fence,
  attempt: row.attempt,
  create_time: row.createTime,
  start_time: row.startTime,
  update_time: row.updateTime,
  end_time: row.endTime,
  cancel_request_time: row.cancelRequestTime,
  deadline: row.deadline,
  purge_time: row.purgeTime,
  delete_time: row.deleteTime,
  metadata: row.metadata,
  result: row.result
})

export const toRow = (columns: Columns): Row => ({
  name: Text.decode(columns.name),
  parent: Text.decode(columns.parent),
  requestId: orNull(columns.request_id, Text.decode),
  type: orNull(columns.type, Text.decode),
  payload: columns.payload,
  owner: orNull(columns.owner, Text.decode),
  state: columns.state,
  version: Number(columns.version),
  fence: Number(columns.fence),
  attempt: Number(columns.attempt),
  createTime: Number(columns.create_time),
  startTime: orNull(columns.start_time, Number),
  updateTime: Number(columns.update_time),
  endTime: orNull(columns.end_time, Number),
  cancelRequestTime: orNull(columns.cancel_request_time, Number),
  deadline: orNull(columns.deadline, Number),
  purgeTime: orNull(columns.purge_time, Number),
  deleteTime: orNull(columns.delete_time, Number),
  metadata: columns.metadata,
  result: columns.result
})

const orNull = <A, B>(value: A | null, f: (value: A) => B): B | null => (value === null ? null : f(value))
