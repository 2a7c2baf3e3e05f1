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
    const limit = size + 1
    // What is described when it is read stands in no store, so its part of the filter is asked here.
    const filter = describe === undefined ? request.filter : Filter.project(request.filter, isStored)
    const accepts = yield* Effect.orDie(OperationRecord.compileFilter(request.filter))
    const isAccepted = (record: OperationRecord.OperationRecord): boolean =>
      describe === undefined || accepts(record, Option.fromNullable(describe(record)))
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
    }
    // A page may be short, or empty, and not be the last (AIP-158); a filter that accepts little costs one request no more.
    return { records, next: Option.fromNullable(after) }
  })

const maxLooks = 10

const isStored = ({ path }: Filter.Restriction): boolean => path[0] !== "metadata"
