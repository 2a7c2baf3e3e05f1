import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Filter from "@effect-lro/core/Filter"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as OperationRecord from "../OperationRecord.js"
import type * as OperationStore from "../OperationStore.js"

export interface Page {
  readonly records: ReadonlyArray<OperationRecord.OperationRecord>
  /** Where the next page begins, unless there is none. */
  readonly next: Option.Option<OperationStore.Position>
}

/** Reads a filter over what a host has. */
export const readFilter = (text: string): Either.Either<Filter.Filter, Filter.FilterError> =>
  Either.flatMap(Filter.parse(text), (filter) => Either.map(OperationRecord.compileFilter(filter), () => filter))

export const read = (
  store: OperationStore.Service,
  request: {
    readonly parent: string
    readonly filter: Filter.Filter
    readonly size: number
    readonly after: Option.Option<OperationStore.Position>
  },
  describe: ((record: OperationRecord.OperationRecord) => AnyMessage.AnyMessage | undefined) | undefined
): Effect.Effect<Page, OperationStore.StoreError> =>
  Effect.gen(function* () {
    const { parent, size } = request
    // What no column tells, a store would look for in all that it has, so that part of the filter is asked here.
    const filter = Filter.project(request.filter, isColumn)
    const isAsked = JSON.stringify(filter) !== JSON.stringify(request.filter)
    const accepts = yield* Effect.orDie(OperationRecord.compileFilter(request.filter))
    const isAccepted = (record: OperationRecord.OperationRecord): boolean =>
      !isAsked || accepts(record, describe === undefined ? record.metadata : Option.fromNullable(describe(record)))
    let limit = size + 1
    const records: Array<OperationRecord.OperationRecord> = []
    let after = Option.getOrUndefined(request.after)
    for (let look = 0; look < maxLooks; look++) {
      const found = yield* store.list({ parent, filter, limit, after })
      for (const record of found) {
        if (!isAccepted(record)) continue
        if (records.length === size) return { records, next: Option.fromNullable(records.at(-1)) }
        records.push(record)
      }
      if (found.length < limit) return { records, next: Option.none() }
      after = found.at(-1)
      limit = Math.max(limit, fewestAtOnce)
    }
    // A page may be short, or empty, and not be the last (AIP-158); a filter that accepts little costs one request no more.
    return { records, next: Option.fromNullable(after) }
  })

// So a page costs a thousand records at least, and ten times its size at most, where the filter accepts hardly any.
const maxLooks = 10
const fewestAtOnce = 101

/** Whether a column tells, so that a database need not read records for it. A type with a star is a pattern. */
const isColumn = (restriction: Filter.Restriction): boolean => {
  const { path, value } = restriction
  const field = Filter.fieldOf(restriction)
  return path.length === 1 && columns.has(field) && !(field === "type" && value.text.includes("*"))
}

const columns: ReadonlySet<string> = new Set([
  "state",
  "done",
  "type",
  "createTime",
  "startTime",
  "updateTime",
  "endTime",
  "cancelRequestTime",
  "deadline",
  "purgeTime"
])
