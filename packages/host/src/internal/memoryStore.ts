import * as Filter from "@effect-lro/core/Filter"
import * as Immediate from "@effect-lro/core/Immediate"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as OperationRecord from "../OperationRecord.js"
import type * as OperationStore from "../OperationStore.js"
import * as State from "../State.js"

type Record = OperationRecord.OperationRecord
/** The record of now at its place in the order of its parent, so that to list is to walk over entries and to look nothing up. */
interface Entry extends OperationStore.Position {
  record: Record
}
type Changes = Queue.Queue<Option.Option<Record>>

export const unsafeMake = (): OperationStore.Service => {
  const entries = new Map<string, Entry>()
  const names = new Map<string, string>()
  // The entries of a parent in reverse listing order, so that a new record is mostly an append.
  const parents = new Map<string, Array<Entry>>()
  const watchers = new Map<string, Set<Changes>>()
  // What is not done, so that looking for it costs nothing of what is.
  const unfinished = new Map<string, Record>()

  const tell = (name: string, change: Option.Option<Record>): Effect.Effect<void> => {
    const queues = watchers.get(name)
    return queues === undefined
      ? Effect.void
      : Effect.forEach([...queues], (queue) => Queue.offer(queue, change), { discard: true })
  }

  const forgetRequest = (record: Record): void => {
    const key = requestKey(record)
    if (key !== undefined && names.get(key) === record.name) names.delete(key)
  }

  const track = (record: Record): void => {
    if (OperationRecord.isDone(record)) unfinished.delete(record.name)
    else unfinished.set(record.name, record)
  }

  const remove = (record: Record): Effect.Effect<void> => {
    entries.delete(record.name)
    unfinished.delete(record.name)
    forgetRequest(record)
    const positions = parents.get(record.parent)
    if (positions !== undefined) {
      positions.splice(indexOf(positions, record), 1)
      if (positions.length === 0) parents.delete(record.parent)
    }
    return tell(record.name, Option.none())
  }

  const look = (name: string) => Exit.succeed(Option.fromNullable(entries.get(name)?.record))

  return {
    create: (record) =>
      Effect.suspend((): Effect.Effect<OperationStore.Created> => {
        const key = requestKey(record)
        const same = key === undefined ? undefined : entries.get(names.get(key) ?? "")?.record
        if (same !== undefined) return Effect.succeed({ _tag: "Existing", by: "requestId", record: same })
        const homonym = entries.get(record.name)?.record
        if (homonym !== undefined) return Effect.succeed({ _tag: "Existing", by: "name", record: homonym })
        const entry = { createTime: record.createTime, name: record.name, record }
        entries.set(record.name, entry)
        track(record)
        if (key !== undefined) names.set(key, record.name)
        const positions = getOrMake(parents, record.parent, () => [])
        positions.splice(indexOf(positions, entry), 0, entry)
        return Effect.as(tell(record.name, Option.some(record)), { _tag: "Created" })
      }).pipe(Effect.uninterruptible),

    get: Immediate.make((name) => Effect.suspend(() => look(name)), look),

    compareAndSet: (expected, next) =>
      Effect.suspend(() => {
        const entry = entries.get(expected.name)
        if (entry === undefined || !isCurrent(entry.record, expected)) return Effect.succeed(false)
        entry.record = next
        track(next)
        if (OperationRecord.isHidden(next)) forgetRequest(next)
        return Effect.as(tell(next.name, Option.some(next)), true)
      }).pipe(Effect.uninterruptible),

    delete: (expected) =>
      Effect.suspend(() => {
        const entry = entries.get(expected.name)
        if (entry === undefined || !isCurrent(entry.record, expected)) return Effect.succeed(false)
        return Effect.as(remove(expected), true)
      }).pipe(Effect.uninterruptible),

    list: ({ after, filter, limit, parent }) =>
      Effect.map(Effect.orDie(OperationRecord.compileFilter(filter ?? Filter.everything)), (accepts) => {
        const isAll = filter === undefined || (filter._tag === "And" && filter.operands.length === 0)
        const positions = parents.get(parent) ?? []
        const found: Array<Record> = []
        for (let i = (after === undefined ? positions.length : indexOf(positions, after)) - 1; i >= 0; i--) {
          if (found.length >= limit) break
          const record = positions[i]?.record
          if (record === undefined || OperationRecord.isHidden(record)) continue
          if (isAll || accepts(record)) found.push(record)
        }
        return found
      }),

    unfinished: ({ after, limit, owner, state, type }) =>
      Effect.sync(() => {
        const found = [...unfinished.values()].filter(
          (record) =>
            record.state === state &&
            (type === undefined || Option.contains(record.type, type)) &&
            (owner === undefined || Option.contains(record.owner, owner)) &&
            (after === undefined || oldestFirst(after, record) < 0)
        )
        return found.sort(oldestFirst).slice(0, limit)
      }),

    purge: ({ before, limit }) =>
      Effect.suspend(() => {
        const due: Array<Record> = []
        for (const { record } of entries.values()) {
          if (due.length >= limit) break
          if (Option.exists(record.purgeTime, DateTime.lessThanOrEqualTo(before))) due.push(record)
        }
        return Effect.as(Effect.forEach(due, remove, { discard: true }), due.length)
      }).pipe(Effect.uninterruptible),

    counts: Effect.sync(() => {
      const counts = { PENDING: 0, RUNNING: 0, CANCELLING: 0 }
      for (const { state } of unfinished.values()) if (!State.isTerminal(state)) counts[state]++
      return counts
    }),

    subscribe: (name) =>
      Effect.acquireRelease(
        Effect.tap(Queue.sliding<Option.Option<Record>>(1), (queue) => {
          getOrMake(watchers, name, () => new Set()).add(queue)
          return Effect.void
        }),
        (queue) =>
          Effect.suspend(() => {
            const queues = watchers.get(name)
            queues?.delete(queue)
            if (queues?.size === 0) watchers.delete(name)
            return Queue.shutdown(queue)
          })
      )
  }
}

const requestKey = (record: Record): string | undefined =>
  Option.match(record.requestId, {
    onNone: () => undefined,
    // A length before the first part, so that no two pairs have the same key.
    onSome: (requestId) => `${record.parent.length}:${record.parent}${requestId}`
  })

const oldestFirst = (a: OperationStore.Position, b: OperationStore.Position): number =>
  DateTime.Order(a.createTime, b.createTime) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

const getOrMake = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const present = map.get(key)
  if (present !== undefined) return present
  const value = make()
  map.set(key, value)
  return value
}

const isCurrent = (stored: Record, expected: Record): boolean =>
  stored.version === expected.version && stored.fence === expected.fence

/** Where a position stands, or would stand: oldest first, and among the same time the last name first. */
const indexOf = (positions: ReadonlyArray<OperationStore.Position>, position: OperationStore.Position): number => {
  let low = 0
  let high = positions.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = positions[middle]
    if (other !== undefined && isBefore(other, position)) low = middle + 1
    else high = middle
  }
  return low
}

const isBefore = (a: OperationStore.Position, b: OperationStore.Position): boolean =>
  DateTime.lessThan(a.createTime, b.createTime) || (DateTime.Equivalence(a.createTime, b.createTime) && a.name > b.name)
