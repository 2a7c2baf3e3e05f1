import * as Status from "@effect-lro/core/Status"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as OperationRecord from "../../OperationRecord.js"
import type { Position, Unfinished } from "../../OperationStore.js"
import type { Case } from "../../StoreBattery.js"
import { at, type Bench, expect, ids, next, type Record, store } from "./bench.js"

const failure = Status.make({ code: "ABORTED" })

const cancelled = Status.make({ code: "CANCELLED" })

/** Creates a record and takes it through changes. */
const bring = (bench: Bench, record: Record, changes: ReadonlyArray<OperationRecord.Change>, purgeTime?: number) =>
  Effect.gen(function* () {
    yield* bench.store.create(record)
    let current = record
    for (const change of changes) {
      const changed = Option.getOrElse(
        OperationRecord.advance(current, [change], at(current.version), {
          purgeTime: purgeTime === undefined ? Option.none() : Option.some(at(purgeTime))
        }),
        () => current
      )
      yield* bench.store.compareAndSet(current, changed)
      current = changed
    }
    return current
  })

const typed = (bench: Bench, record: Record): Record => ({ ...record, type: Option.some(bench.parent) })

/** The type keeps the records of other cases out. */
const unfinished = (bench: Bench, state: Unfinished, owner?: string) =>
  Effect.map(bench.store.unfinished({ state, limit: 100, type: bench.parent, owner }), ids)

const recovering: ReadonlyArray<Case> = [
  store("what is not done is found by its state, the oldest first, and hidden or not", (bench) =>
    Effect.gen(function* () {
      const make = (id: string, second: number, changes: ReadonlyArray<OperationRecord.Change>) =>
        bring(bench, typed(bench, bench.record(id, { second })), changes)
      const start = { _tag: "Start", owner: "me" } as const
      yield* make("late", 3, [])
      yield* make("early", 1, [])
      yield* make("b", 2, [])
      yield* make("a", 2, [])
      yield* make("running", 5, [start])
      yield* make("hidden", 4, [start, { _tag: "Hide" }])
      yield* make("cancelling", 1, [start, { _tag: "RequestCancel" }])
      yield* make("expired", 2, [{ _tag: "Expire" }])
      yield* make("cancelled", 1, [{ _tag: "RequestCancel" }, { _tag: "Stop", error: cancelled }])
      yield* make("failed", 1, [start, { _tag: "Fail", error: failure }])
      yield* expect(["early", "a", "b", "late"], yield* unfinished(bench, "PENDING"))
      yield* expect(["hidden", "running"], yield* unfinished(bench, "RUNNING"))
      yield* expect(["cancelling", "expired"], yield* unfinished(bench, "CANCELLING"))
    })
  ),
  store("what is not done is found by its type and by its owner", (bench) =>
    Effect.gen(function* () {
      const make = (id: string, type: string, owner: string) =>
        bring(bench, { ...bench.record(id), type: Option.some(type) }, [{ _tag: "Start", owner }])
      yield* make("A", bench.parent, "me")
      yield* make("B", bench.parent, "you")
      yield* make("C", `${bench.parent}.more`, "me")
      yield* bench.store.create(bench.record("D"))
      yield* expect(["A", "B"], yield* unfinished(bench, "RUNNING"))
      yield* expect(["A"], yield* unfinished(bench, "RUNNING", "me"))
      yield* expect([], yield* unfinished(bench, "RUNNING", "nobody"))
      yield* expect([], yield* unfinished(bench, "PENDING", "me"))
    })
  ),
  store("what is not done is read in pages while it is being done", (bench) =>
    Effect.gen(function* () {
      const records = Array.from({ length: 25 }, (_, i) =>
        typed(bench, bench.record(`R${String(i).padStart(2, "0")}`, { second: Math.floor(i / 3) }))
      )
      yield* Effect.forEach(records, bench.store.create, { discard: true })
      const seen: Array<Record> = []
      let after: Position | undefined
      while (true) {
        const page = yield* bench.store.unfinished({ state: "PENDING", limit: 4, type: bench.parent, after })
        if (page.length === 0) break
        for (const record of page) {
          yield* bench.store.compareAndSet(record, next(record, { _tag: "Start", owner: "me" }))
        }
        seen.push(...page)
        after = page.at(-1)
      }
      yield* expect(ids(records), ids(seen))
    })
  ),
  store("it counts what is in each state that can still be left", (bench) =>
    Effect.gen(function* () {
      const before = yield* bench.store.counts
      const start = { _tag: "Start", owner: "me" } as const
      yield* bring(bench, bench.record("A"), [])
      yield* bring(bench, bench.record("B"), [{ _tag: "Hide" }])
      yield* bring(bench, bench.record("C"), [start])
      yield* bring(bench, bench.record("D"), [start, { _tag: "RequestCancel" }])
      yield* bring(bench, bench.record("E"), [start, { _tag: "Fail", error: failure }])
      const after = yield* bench.store.counts
      yield* expect(
        [2, 1, 1],
        [after.PENDING - before.PENDING, after.RUNNING - before.RUNNING, after.CANCELLING - before.CANCELLING]
      )
    })
  )
]

const purging: ReadonlyArray<Case> = [
  store("what is over is removed once its time has come, and nothing else", (bench) =>
    Effect.gen(function* () {
      const start = { _tag: "Start", owner: "me" } as const
      const fail = { _tag: "Fail", error: failure } as const
      // Long before the records of all other cases end, so that it removes none of theirs.
      const early = -1_000_000
      yield* bring(bench, bench.record("due", { requestId: "again" }), [start, fail], early)
      yield* bring(bench, bench.record("exactly"), [start, fail], early + 5)
      yield* bring(bench, bench.record("hidden"), [start, { _tag: "Hide" }, fail], early)
      yield* bring(bench, bench.record("later"), [start, fail], early + 6)
      yield* bring(bench, bench.record("never"), [start, fail])
      yield* bring(bench, bench.record("running"), [start], early)
      yield* bring(bench, bench.record("cancelling"), [start, { _tag: "RequestCancel" }], early)
      yield* bring(bench, bench.record("pending"), [], early)
      yield* expect(0, yield* bench.store.purge({ before: at(early - 1), limit: 100 }))
      yield* expect(3, yield* bench.store.purge({ before: at(early + 5), limit: 100 }))
      yield* expect(0, yield* bench.store.purge({ before: at(early + 5), limit: 100 }))
      const left = ids(yield* bench.store.list({ parent: bench.parent, limit: 100 }))
      yield* expect(["cancelling", "later", "never", "pending", "running"], left)
      yield* expect({ _tag: "Created" }, yield* bench.store.create(bench.record("new", { requestId: "again" })))
      yield* bench.store.purge({ before: at(early + 6), limit: 100 })
    })
  ),
  store("it removes no more than it is told to, and then the rest", (bench) =>
    Effect.gen(function* () {
      const early = -2_000_000
      for (let i = 0; i < 7; i++) {
        yield* bring(bench, bench.record(`R${i}`), [{ _tag: "Expire" }, { _tag: "Fail", error: failure }], early)
      }
      yield* expect(3, yield* bench.store.purge({ before: at(early), limit: 3 }))
      yield* expect(4, ids(yield* bench.store.list({ parent: bench.parent, limit: 100 })).length)
      yield* expect(4, yield* bench.store.purge({ before: at(early), limit: 10 }))
      yield* expect([], ids(yield* bench.store.list({ parent: bench.parent, limit: 100 })))
    })
  )
]

export const cases: ReadonlyArray<Case> = [...recovering, ...purging]
