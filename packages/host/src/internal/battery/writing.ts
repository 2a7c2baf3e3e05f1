import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Status from "@effect-lro/core/Status"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Case } from "../../StoreBattery.js"
import { expect, expectRecord, next, record, store } from "./bench.js"

const response = AnyMessage.pack("example.Text", {
  text: "Grüße, 世界 🌍, \"quotes\", 'single', \\ and \n",
  // Both are text to JSON, and not to every column type that claims to be JSON.
  odd: "nul \u0000 and half of a pair \ud83c",
  nested: { list: [1, 2.5, null, true, { deep: [] }], empty: {} }
})

const error = Status.make({ code: "DATA_LOSS", message: "‹gone›", details: [response] })

const creating: ReadonlyArray<Case> = [
  store("a new record is kept and read back as it was", ({ record, store }) =>
    Effect.gen(function* () {
      const created = record("A", { requestId: "once", second: 5 })
      yield* expect({ _tag: "Created" }, yield* store.create(created))
      yield* expectRecord(created, yield* store.get(created.name))
    })
  ),
  store("an unknown name has no record", ({ record, store }) =>
    Effect.gen(function* () {
      yield* expect(true, Option.isNone(yield* store.get(record("A").name)))
    })
  ),
  store("a record with everything in it survives, whatever it ends with", ({ record, store }) =>
    Effect.gen(function* () {
      const ends = [
        { _tag: "Succeed", response },
        { _tag: "Fail", error },
        { _tag: "Stop", error }
      ] as const
      for (const [i, end] of ends.entries()) {
        const created = { ...record(`R${i}`, { requestId: `r'"${i}` }), type: Option.some("EXPORT_IMAGE") }
        yield* store.create(created)
        let current = created
        for (const change of [
          { _tag: "Start", owner: "me" },
          { _tag: "Publish", metadata: response },
          { _tag: "RequestCancel" },
          { _tag: "Hide" },
          end
        ] as const) {
          const changed = next(current, change, current.version)
          yield* expect(true, yield* store.compareAndSet(current, changed))
          yield* expectRecord(changed, yield* store.get(created.name))
          current = changed
        }
      }
    })
  ),
  store("the same request of the same parent is the same record", ({ record, store }) =>
    Effect.gen(function* () {
      const first = record("A", { requestId: "once" })
      yield* store.create(first)
      const again = yield* store.create(record("B", { requestId: "once" }))
      yield* expect(["Existing", "requestId"], [again._tag, again._tag === "Existing" ? again.by : ""])
      if (again._tag === "Existing") yield* expectRecord(first, Option.some(again.record))
      yield* expect(true, Option.isNone(yield* store.get(record("B").name)))
    })
  ),
  store("the same request of another parent is another record", ({ parent, store }) =>
    Effect.gen(function* () {
      const pairs = [
        [parent, "x"],
        [parent, "/x"],
        [parent, "ax"],
        [`${parent}a`, "x"],
        [`${parent}/a`, "x"]
      ] as const
      for (const [i, [under, requestId]] of pairs.entries()) {
        yield* expect({ _tag: "Created" }, yield* store.create(record(under, `R${i}`, { requestId })))
      }
    })
  ),
  store("of many equal requests at once one creates the record and all get it", ({ record, store }) =>
    Effect.gen(function* () {
      const created = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, i) => record(`R${i}`, { requestId: "once" })),
        (candidate) => Effect.map(store.create(candidate), (outcome) => ({ candidate, outcome })),
        { concurrency: "unbounded" }
      )
      const winners = created.filter(({ outcome }) => outcome._tag === "Created")
      yield* expect(1, winners.length)
      const name = winners[0]?.candidate.name
      for (const { outcome } of created) {
        if (outcome._tag === "Existing") yield* expect(name, outcome.record.name)
      }
    })
  ),
  store("a name that is taken stays with its record", ({ record, store }) =>
    Effect.gen(function* () {
      const first = record("A", { requestId: "one" })
      yield* store.create(first)
      const again = yield* store.create(record("A", { requestId: "two", second: 9 }))
      yield* expect(["Existing", "name"], [again._tag, again._tag === "Existing" ? again.by : ""])
      yield* expectRecord(first, yield* store.get(first.name))
    })
  ),
  store("the request of a record that was hidden or removed can be made again", ({ record, store }) =>
    Effect.gen(function* () {
      const hidden = record("A", { requestId: "one" })
      yield* store.create(hidden)
      yield* store.compareAndSet(hidden, next(hidden, { _tag: "Hide" }))
      yield* expect({ _tag: "Created" }, yield* store.create(record("B", { requestId: "one" })))
      const removed = record("C", { requestId: "two" })
      yield* store.create(removed)
      yield* store.delete(removed)
      yield* expect({ _tag: "Created" }, yield* store.create(record("D", { requestId: "two" })))
      yield* expect("Existing", (yield* store.create(record("E", { requestId: "two" })))._tag)
    })
  )
]

const replacing: ReadonlyArray<Case> = [
  store("a write on top of another version is refused and writes nothing", ({ record, store }) =>
    Effect.gen(function* () {
      const first = record("A")
      yield* store.create(first)
      const second = next(first, { _tag: "Start", owner: "me" })
      yield* expect(true, yield* store.compareAndSet(first, second))
      yield* expect(false, yield* store.compareAndSet(first, next(first, { _tag: "RequestCancel" })))
      yield* expectRecord(second, yield* store.get(first.name))
    })
  ),
  store("a write with another fence is refused and writes nothing", ({ record, store }) =>
    Effect.gen(function* () {
      const first = record("A")
      yield* store.create(first)
      yield* expect(
        false,
        yield* store.compareAndSet({ ...first, fence: 7 }, next(first, { _tag: "Start", owner: "me" }))
      )
      yield* expectRecord(first, yield* store.get(first.name))
    })
  ),
  store("a write to a record that does not exist is refused and creates none", ({ record, store }) =>
    Effect.gen(function* () {
      const first = record("A")
      yield* expect(false, yield* store.compareAndSet(first, next(first, { _tag: "Start", owner: "me" })))
      yield* expect(true, Option.isNone(yield* store.get(first.name)))
    })
  ),
  store("of many writes at once on top of one version exactly one is made", ({ record, store }) =>
    Effect.gen(function* () {
      const first = record("A")
      yield* store.create(first)
      const metadata = Array.from({ length: 50 }, (_, i) => AnyMessage.pack("example.Number", { i }))
      const written = yield* Effect.forEach(
        metadata,
        (message) => store.compareAndSet(first, next(first, { _tag: "Publish", metadata: message })),
        { concurrency: "unbounded" }
      )
      yield* expect(1, written.filter((_) => _).length)
      const kept = yield* store.get(first.name)
      yield* expect(metadata[written.indexOf(true)], Option.getOrUndefined(Option.flatMap(kept, (_) => _.metadata)))
    })
  ),
  store("a record is removed once, and only in the version that was seen", ({ record, store }) =>
    Effect.gen(function* () {
      const first = record("A")
      yield* store.create(first)
      const second = next(first, { _tag: "Start", owner: "me" })
      yield* store.compareAndSet(first, second)
      yield* expect(false, yield* store.delete(first))
      yield* expectRecord(second, yield* store.get(first.name))
      yield* expect(true, yield* store.delete(second))
      yield* expect(false, yield* store.delete(second))
      yield* expect(true, Option.isNone(yield* store.get(first.name)))
    })
  )
]

export const cases: ReadonlyArray<Case> = [...creating, ...replacing]
