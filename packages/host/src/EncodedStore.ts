/**
 * What a database has to do to be a store of operations: a few statements over rows. The rest of an `OperationStore` is the
 * same for all of them and is made here: rows become records, filters are applied to the end, subscribers are told.
 *
 * @since 0.1.0
 */
import * as Filter from "@effect-lro/core/Filter"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as Subscriptions from "./internal/subscriptions.js"
import * as OperationRecord from "./OperationRecord.js"
import * as OperationStore from "./OperationStore.js"

/**
 * A stored record: columns of text, whole numbers and nulls.
 *
 * @since 0.1.0
 * @category models
 */
export type Row = OperationRecord.Encoded

/**
 * Which version of a record somebody has seen.
 *
 * @since 0.1.0
 * @category models
 */
export interface RowVersion {
  readonly name: string
  readonly version: number
  readonly fence: number
}

/**
 * Where a page of rows begins: after the one with this time and name, be it still there or not.
 *
 * @since 0.1.0
 * @category models
 */
export interface RowPosition {
  readonly createTime: number
  readonly name: string
}

/**
 * What a database has to do. Each method is one atomic step, and says what the method of `OperationStore` says, on rows.
 *
 * Names, types, owners and request ids are compared by code unit: no collation, no case folding, no trailing blanks cut.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodedStore {
  /** None once it is kept; otherwise the row that is in its way, the same request before the same name. */
  readonly create: (
    row: Row
  ) => Effect.Effect<Option.Option<{ readonly by: "requestId" | "name"; readonly row: Row }>, OperationStore.StoreError>
  readonly get: (name: string) => Effect.Effect<Option.Option<Row>, OperationStore.StoreError>
  readonly compareAndSet: (expected: RowVersion, next: Row) => Effect.Effect<boolean, OperationStore.StoreError>
  readonly delete: (expected: RowVersion) => Effect.Effect<boolean, OperationStore.StoreError>
  /**
   * The filter may be used to leave out rows that it refuses for sure: what it is asked again anyway. Fewer rows than
   * `limit` say that there are no more.
   */
  readonly list: (request: {
    readonly parent: string
    readonly limit: number
    readonly after: RowPosition | undefined
    readonly filter: Filter.Filter
  }) => Effect.Effect<ReadonlyArray<Row>, OperationStore.StoreError>
  /** Fewer rows than `limit` say that there are no more. */
  readonly unfinished: (request: {
    readonly state: OperationStore.Unfinished
    readonly limit: number
    readonly type: string | undefined
    readonly owner: string | undefined
    readonly after: RowPosition | undefined
  }) => Effect.Effect<ReadonlyArray<Row>, OperationStore.StoreError>
  /** Removes rows that are terminal and whose `purgeTime` is `before` or earlier, at most `limit`; answers their names. */
  readonly purge: (request: {
    readonly before: number
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<string>, OperationStore.StoreError>
  readonly counts: Effect.Effect<OperationStore.Counts, OperationStore.StoreError>
  /** The versions of those of the names that there are, in one query. */
  readonly versions: (
    names: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<{ readonly name: string; readonly version: number }>, OperationStore.StoreError>
}

/**
 * How a store learns what other processes write.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How often the versions of everything that somebody waits for are read, in one query. By default never: nobody else
   * writes.
   */
  readonly pollInterval?: Duration.DurationInput | undefined
  /**
   * Names that were changed, told as soon as the database tells them. It is a hint and may lose some, fail or end; what
   * is counted on is the poll.
   */
  readonly changes?: Stream.Stream<string, OperationStore.StoreError> | undefined
}

/**
 * Makes a store from what a database does.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  encoded: EncodedStore,
  options?: Options
): Effect.Effect<OperationStore.Service, never, Scope.Scope> =>
  Effect.gen(function* () {
    const subscriptions = yield* Subscriptions.make({
      get: (name) => Effect.flatMap(encoded.get(name), Effect.transposeMapOption(decode("subscribe"))),
      versions: encoded.versions,
      pollInterval: options?.pollInterval,
      changes: options?.changes
    })
    const service: OperationStore.Service = {
      create: (record) =>
        encode(record).pipe(
          Effect.flatMap(encoded.create),
          Effect.flatMap((present): Effect.Effect<OperationStore.Created, OperationStore.StoreError> => {
            if (Option.isNone(present)) {
              return Effect.as(subscriptions.tell(record.name, Option.some(record)), { _tag: "Created" })
            }
            const { by, row } = present.value
            return Effect.map(decode("create")(row), (existing) => ({ _tag: "Existing", by, record: existing }))
          }),
          Effect.uninterruptible
        ),
      get: (name) => Effect.flatMap(encoded.get(name), Effect.transposeMapOption(decode("get"))),
      compareAndSet: (expected, next) =>
        encode(next).pipe(
          Effect.flatMap((row) => encoded.compareAndSet(expected, row)),
          Effect.tap((written) => (written ? subscriptions.tell(next.name, Option.some(next)) : Effect.void)),
          Effect.uninterruptible
        ),
      delete: (expected) =>
        encoded.delete(expected).pipe(
          Effect.tap((removed) => (removed ? subscriptions.tell(expected.name, Option.none()) : Effect.void)),
          Effect.uninterruptible
        ),
      list: ({ after, filter = Filter.everything, limit, parent }) =>
        Effect.gen(function* () {
          const accepts = yield* Effect.orDie(OperationRecord.compileFilter(filter))
          const found: Array<OperationRecord.OperationRecord> = []
          let from = position(after)
          while (true) {
            const rows = yield* encoded.list({ parent, limit, after: from, filter })
            for (const record of yield* Effect.forEach(rows, decode("list"))) {
              if (accepts(record)) found.push(record)
              if (found.length >= limit) return found
            }
            if (rows.length < limit) return found
            from = rows.at(-1)
          }
        }),
      unfinished: ({ after, limit, owner, state, type }) =>
        Effect.gen(function* () {
          const found: Array<OperationRecord.OperationRecord> = []
          let from = position(after)
          while (true) {
            const missing = limit - found.length
            const rows = yield* encoded.unfinished({ state, limit: missing, type, owner, after: from })
            for (const row of rows) {
              const record = yield* Effect.either(decode("unfinished")(row))
              if (Either.isRight(record)) found.push(record.right)
              // One that cannot be read must not keep all the others from being taken up, or stopped.
              else yield* unreadable(row)
            }
            if (rows.length < missing || found.length >= limit) return found
            from = rows.at(-1)
          }
        }),
      purge: ({ before, limit }) =>
        encoded.purge({ before: DateTime.toEpochMillis(before), limit }).pipe(
          Effect.tap((names) =>
            Effect.forEach(names, (name) => subscriptions.tell(name, Option.none()), { discard: true })
          ),
          Effect.map((names) => names.length),
          Effect.uninterruptible
        ),
      counts: encoded.counts,
      subscribe: subscriptions.subscribe
    }
    return service
  })

const position = (after: OperationStore.Position | undefined): RowPosition | undefined =>
  after === undefined ? undefined : { createTime: DateTime.toEpochMillis(after.createTime), name: after.name }

// A record is made by this package, and what cannot be written as JSON was refused when it was accepted.
const encode = (record: OperationRecord.OperationRecord): Effect.Effect<Row, OperationStore.StoreError> =>
  Effect.mapError(encodeRecord(record), (cause) => broken(record.name, cause))

const decode =
  (method: string) =>
  (row: Row): Effect.Effect<OperationRecord.OperationRecord, OperationStore.StoreError> =>
    Effect.mapError(decodeRecord(row), (cause) => broken(`${method} ${row.name}`, cause))

// Without the cause, which may quote what is in it.
const unreadable = ({ name }: Row): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logError("a stored operation cannot be read, and is left alone"), { operation: name })

const encodeRecord = Schema.encode(OperationRecord.OperationRecord)

const decodeRecord = Schema.decode(OperationRecord.OperationRecord)

const broken = (operation: string, cause: unknown): OperationStore.StoreError =>
  new OperationStore.StoreError({ reason: "Broken", operation, cause })
