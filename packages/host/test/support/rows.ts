import type * as EncodedStore from "@effect-lro/host/EncodedStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

type Row = EncodedStore.Row

/** A database of the simplest kind, which never uses a filter. Several stores over one of them are several processes. */
export const make = (): EncodedStore.EncodedStore => {
  const rows = new Map<string, Row>()

  const isCurrent = ({ fence, name, version }: EncodedStore.RowVersion) => {
    const row = rows.get(name)
    return row !== undefined && row.version === version && row.fence === fence
  }

  const isUnfinished = ({ state }: Row) => state === "PENDING" || state === "RUNNING" || state === "CANCELLING"

  const count = (state: Row["state"]) => [...rows.values()].filter((row) => row.state === state).length

  const compare = (a: EncodedStore.RowPosition, b: EncodedStore.RowPosition) =>
    a.createTime - b.createTime || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

  const newestFirst = (a: EncodedStore.RowPosition, b: EncodedStore.RowPosition) =>
    b.createTime - a.createTime || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

  return {
    create: (row) =>
      Effect.sync(() => {
        const same = [...rows.values()].find(
          (other) =>
            row.requestId !== null &&
            other.requestId === row.requestId &&
            other.parent === row.parent &&
            other.deleteTime === null
        )
        if (same !== undefined) return Option.some({ by: "requestId" as const, row: same })
        const homonym = rows.get(row.name)
        if (homonym !== undefined) return Option.some({ by: "name" as const, row: homonym })
        rows.set(row.name, row)
        return Option.none()
      }),
    get: (name) => Effect.sync(() => Option.fromNullable(rows.get(name))),
    compareAndSet: (expected, next) =>
      Effect.sync(() => {
        if (!isCurrent(expected)) return false
        rows.set(next.name, next)
        return true
      }),
    delete: (expected) => Effect.sync(() => isCurrent(expected) && rows.delete(expected.name)),
    list: ({ after, limit, parent }) =>
      Effect.sync(() =>
        [...rows.values()]
          .filter((row) => row.parent === parent && row.deleteTime === null)
          .filter((row) => after === undefined || newestFirst(after, row) < 0)
          .sort(newestFirst)
          .slice(0, limit)
      ),
    unfinished: ({ after, limit, owner, state, type }) =>
      Effect.sync(() =>
        [...rows.values()]
          .filter((row) => row.state === state)
          .filter((row) => type === undefined || row.type === type)
          .filter((row) => owner === undefined || row.owner === owner)
          .filter((row) => after === undefined || compare(after, row) < 0)
          .sort(compare)
          .slice(0, limit)
      ),
    purge: ({ before, limit }) =>
      Effect.sync(() => {
        const due = [...rows.values()]
          .filter((row) => !isUnfinished(row) && row.purgeTime !== null && row.purgeTime <= before)
          .slice(0, limit)
        for (const { name } of due) rows.delete(name)
        return due.map(({ name }) => name)
      }),
    counts: Effect.sync(() => ({
      PENDING: count("PENDING"),
      RUNNING: count("RUNNING"),
      CANCELLING: count("CANCELLING")
    })),
    versions: (names) =>
      Effect.sync(() =>
        names.flatMap((name) => {
          const row = rows.get(name)
          return row === undefined ? [] : [{ name, version: row.version }]
        })
      )
  }
}
