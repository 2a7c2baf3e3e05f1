/**
 * A store of a host over any `KeyValueStore` of @effect/platform: files, a browser's storage, or whatever keeps values by
 * keys. It passes the battery of stores.
 *
 * What is the same for all stores is made by `EncodedStore`; here is only what this one does with rows. It reads all of them
 * wherever a database would ask an index, and one process at a time may have it: what makes a method one atomic step is a
 * semaphore of this process.
 */
import * as EncodedStore from "@effect-lro/host/EncodedStore"
import * as OperationRecord from "@effect-lro/host/OperationRecord"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

type Row = EncodedStore.Row

const RowText = Schema.parseJson(Schema.encodedSchema(OperationRecord.OperationRecord))

const Names = Schema.parseJson(Schema.Array(Schema.String))

const index = "operations"

export const make = Effect.gen(function* () {
  const values = yield* KeyValueStore.KeyValueStore
  const mutex = yield* Effect.makeSemaphore(1)

  const attempt = <A, E, R>(operation: string, effect: Effect.Effect<A, E, R>) =>
    Effect.mapError(effect, (cause) => new OperationStore.StoreError({ reason: "Unavailable", operation, cause }))
  const read = <A, I>(key: string, schema: Schema.Schema<A, I>) =>
    Effect.flatMap(
      attempt(key, values.get(key)),
      Effect.transposeMapOption((text) =>
        Effect.mapError(
          Schema.decodeUnknown(schema)(text),
          (cause) => new OperationStore.StoreError({ reason: "Broken", operation: key, cause })
        )
      )
    )

  const get = (name: string) => read(`operation ${name}`, RowText)
  const put = (row: Row) => attempt(row.name, values.set(`operation ${row.name}`, JSON.stringify(row)))
  const names = Effect.map(
    read(index, Names),
    Option.getOrElse((): ReadonlyArray<string> => [])
  )
  const setNames = (all: ReadonlyArray<string>) => attempt(index, values.set(index, JSON.stringify(all)))
  // A name that is in the index and has no row is what a crash left between the two.
  const rows = Effect.map(Effect.flatMap(names, Effect.forEach(get)), (found) => found.flatMap(Option.toArray))
  const remove = (gone: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      for (const name of gone) yield* attempt(name, values.remove(`operation ${name}`))
      yield* setNames((yield* names).filter((name) => !gone.includes(name)))
    })

  const isCurrent = ({ fence, name, version }: EncodedStore.RowVersion) =>
    Effect.map(
      get(name),
      Option.exists((row) => row.version === version && row.fence === fence)
    )

  // Nobody sees half of a step, or a file that is half written, and an interruption waits for its end.
  const step = <A, E>(effect: Effect.Effect<A, E>) => Effect.uninterruptible(mutex.withPermits(1)(effect))

  return yield* EncodedStore.make({
    create: (row) =>
      step(
        Effect.gen(function* () {
          const sameRequest = (other: Row) =>
            row.requestId !== null &&
            other.requestId === row.requestId &&
            other.parent === row.parent &&
            other.deleteTime === null
          const same = (yield* rows).find(sameRequest)
          if (same !== undefined) return Option.some({ by: "requestId", row: same } as const)
          const homonym = yield* get(row.name)
          if (Option.isSome(homonym)) return Option.some({ by: "name", row: homonym.value } as const)
          yield* setNames([...(yield* names), row.name])
          yield* put(row)
          return Option.none()
        })
      ),

    get: (name) => step(get(name)),

    compareAndSet: (expected, next) =>
      step(Effect.flatMap(isCurrent(expected), (is) => (is ? Effect.as(put(next), true) : Effect.succeed(false)))),

    delete: (expected) =>
      step(
        Effect.flatMap(isCurrent(expected), (is) =>
          is ? Effect.as(remove([expected.name]), true) : Effect.succeed(false)
        )
      ),

    list: ({ after, limit, parent }) =>
      Effect.map(step(rows), (all) =>
        all
          .filter((row) => row.parent === parent && row.deleteTime === null)
          .filter((row) => after === undefined || newestFirst(after, row) < 0)
          .sort(newestFirst)
          .slice(0, limit)
      ),

    unfinished: ({ after, limit, owner, state, type }) =>
      Effect.map(step(rows), (all) =>
        all
          .filter((row) => row.state === state)
          .filter((row) => type === undefined || row.type === type)
          .filter((row) => owner === undefined || row.owner === owner)
          .filter((row) => after === undefined || oldestFirst(after, row) < 0)
          .sort(oldestFirst)
          .slice(0, limit)
      ),

    purge: ({ before, limit }) =>
      step(
        Effect.gen(function* () {
          const due = (yield* rows).filter(({ purgeTime }) => purgeTime !== null && purgeTime <= before)
          const gone = due.slice(0, limit).map(({ name }) => name)
          yield* remove(gone)
          return gone
        })
      ),

    counts: Effect.map(step(rows), (all) => {
      const count = (state: OperationStore.Unfinished) => all.filter((row) => row.state === state).length
      return { PENDING: count("PENDING"), RUNNING: count("RUNNING"), CANCELLING: count("CANCELLING") }
    }),

    versions: (wanted) =>
      Effect.map(step(Effect.forEach(wanted, get)), (found) =>
        found.flatMap(Option.toArray).map(({ name, version }) => ({ name, version }))
      )
  })
})

/** The store over the `KeyValueStore` of the environment. */
export const layer: Layer.Layer<OperationStore.OperationStore, never, KeyValueStore.KeyValueStore> = Layer.scoped(
  OperationStore.OperationStore,
  make
)

const byName = (a: EncodedStore.RowPosition, b: EncodedStore.RowPosition): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0

const newestFirst = (a: EncodedStore.RowPosition, b: EncodedStore.RowPosition): number =>
  b.createTime - a.createTime || byName(a, b)

const oldestFirst = (a: EncodedStore.RowPosition, b: EncodedStore.RowPosition): number =>
  a.createTime - b.createTime || byName(a, b)
