import * as Effect from "effect/Effect"
import type { Position } from "../../OperationStore.js"
import type { Case } from "../../StoreBattery.js"
import { at, type Bench, expect, ids, next, record, type Record, store } from "./bench.js"

const createAll = (bench: Bench, records: ReadonlyArray<Record>) =>
  Effect.forEach(records, bench.store.create, { discard: true })

/** Reads everything in pages, and does something after each. */
const page = (bench: Bench, limit: number, between: (page: number) => Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    const seen: Array<Record> = []
    let after: Position | undefined
    for (let number = 0; ; number++) {
      const records = yield* bench.store.list({ parent: bench.parent, limit, after })
      seen.push(...records)
      after = records.at(-1)
      if (after === undefined || number > 100) return seen
      yield* between(number)
    }
  })

export const cases: ReadonlyArray<Case> = [
  store("a list has the newest first, and what is of one time by name", (bench) =>
    Effect.gen(function* () {
      yield* createAll(bench, [
        bench.record("old", { second: 1 }),
        bench.record("b", { second: 2 }),
        bench.record("new", { second: 3 }),
        bench.record("B", { second: 2 }),
        bench.record("a", { second: 2 }),
        bench.record("é", { second: 2 }),
        bench.record("10", { second: 2 }),
        bench.record("9", { second: 2 })
      ])
      yield* expect(
        ["new", "10", "9", "B", "a", "b", "é", "old"],
        ids(yield* bench.store.list({ parent: bench.parent, limit: 100 }))
      )
    })
  ),
  store("a parent nobody knows has an empty list", ({ parent, store }) =>
    Effect.gen(function* () {
      yield* expect([], yield* store.list({ parent, limit: 10 }))
    })
  ),
  store("a list has what is directly under its parent and nothing else", (bench) =>
    Effect.gen(function* () {
      const { parent } = bench
      yield* createAll(bench, [
        bench.record("mine"),
        record(`${parent}x`, "similar"),
        record(`${parent}/operations`, "below"),
        record(parent.slice(0, -1), "shorter"),
        record(parent.replaceAll("a", "_"), "wild"),
        record(parent.toUpperCase(), "upper")
      ])
      yield* expect(["mine"], ids(yield* bench.store.list({ parent, limit: 100 })))
    })
  ),
  store("what is hidden is not listed, and still read by name", (bench) =>
    Effect.gen(function* () {
      const hidden = bench.record("hidden")
      yield* createAll(bench, [bench.record("shown"), hidden])
      yield* bench.store.compareAndSet(hidden, next(hidden, { _tag: "Hide" }))
      yield* expect(["shown"], ids(yield* bench.store.list({ parent: bench.parent, limit: 100 })))
      yield* expect("Some", (yield* bench.store.get(hidden.name))._tag)
    })
  ),
  store("pages follow one another without gap or overlap, whatever their size", (bench) =>
    Effect.gen(function* () {
      const records = Array.from({ length: 23 }, (_, i) => bench.record(`R${i}`, { second: Math.floor(i / 4) }))
      yield* createAll(bench, records)
      const whole = ids(yield* bench.store.list({ parent: bench.parent, limit: 100 }))
      yield* expect(23, whole.length)
      for (const limit of [1, 2, 4, 5, 22, 23, 24]) {
        yield* expect(whole, ids(yield* page(bench, limit, () => Effect.void)))
      }
    })
  ),
  store("a page begins after a position that nothing stands at any more", (bench) =>
    Effect.gen(function* () {
      const gone = bench.record("b", { second: 2 })
      yield* createAll(bench, [
        bench.record("a", { second: 2 }),
        gone,
        bench.record("c", { second: 2 }),
        bench.record("d")
      ])
      yield* bench.store.delete(gone)
      const list = (position: Position) =>
        Effect.map(bench.store.list({ parent: bench.parent, limit: 9, after: position }), ids)
      yield* expect(["c", "d"], yield* list(gone))
      yield* expect(["d"], yield* list({ createTime: at(1), name: "" }))
      yield* expect([], yield* list({ createTime: at(-1), name: "" }))
      yield* expect(["a", "c", "d"], yield* list({ createTime: at(3), name: "" }))
    })
  ),
  store("records that come and go between pages do not disturb those that stay", (bench) =>
    Effect.gen(function* () {
      const records = Array.from({ length: 30 }, (_, i) => bench.record(`R${i}`, { second: i }))
      yield* createAll(bench, records)
      const removed = new Set<string>()
      const seen = ids(
        yield* page(bench, 3, (number) =>
          Effect.gen(function* () {
            // One that was on the page just read, one that is still to come, and a new one at either end.
            for (const i of [29 - number * 3, number]) {
              const victim = records[i]
              if (victim !== undefined && (yield* bench.store.delete(victim))) removed.add(`R${i}`)
            }
            yield* bench.store.create(bench.record(`N${number}`, { second: 100 + number }))
          }).pipe(Effect.orDie)
        )
      )
      yield* expect(seen.length, new Set(seen).size)
      yield* expect(
        [],
        seen.filter((id) => id.startsWith("N"))
      )
      const survivors = ids(records).filter((id) => !removed.has(id))
      yield* expect(
        [],
        survivors.filter((id) => !seen.includes(id))
      )
    })
  ),
  store("a list shows each record as it is now, in its old place", (bench) =>
    Effect.gen(function* () {
      const first = bench.record("first", { second: 1 })
      yield* createAll(bench, [first, bench.record("second", { second: 2 })])
      yield* bench.store.compareAndSet(first, next(first, { _tag: "Start", owner: "me" }, 50))
      const records = yield* bench.store.list({ parent: bench.parent, limit: 9 })
      yield* expect(
        ["PENDING", "RUNNING"],
        records.map(({ state }) => state)
      )
    })
  )
]
