import * as OperationName from "@effect-lro/core/OperationName"
import * as EncodedStore from "@effect-lro/host/EncodedStore"
import * as OperationRecord from "@effect-lro/host/OperationRecord"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as StoreBattery from "@effect-lro/host/StoreBattery"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { settled } from "./support/host.js"
import * as Rows from "./support/rows.js"

describe("a store made from rows passes the battery", () => {
  StoreBattery.register(it.effect, {
    layer: Layer.scoped(
      OperationStore.OperationStore,
      Effect.suspend(() => EncodedStore.make(Rows.make()))
    )
  })
})

const named = (input: string) =>
  Effect.map(OperationName.validate(input), (name) =>
    OperationRecord.make({ name, createTime: DateTime.unsafeMake(0) })
  )

const fresh = named("operations/A")

const started = (record: OperationRecord.OperationRecord) =>
  Option.getOrThrow(OperationRecord.advance(record, [{ _tag: "Start", owner: "me" }], DateTime.unsafeMake(1)))

describe("what another process writes", () => {
  it.scoped("is told once the next look finds it, whatever it is", () =>
    Effect.gen(function* () {
      const rows = Rows.make()
      const mine = yield* EncodedStore.make(rows, { pollInterval: "1 second" })
      const theirs = yield* EncodedStore.make(rows)
      const record = yield* fresh
      const changes = yield* mine.subscribe(record.name)
      yield* theirs.create(record)
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(yield* Queue.size(changes), 0)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* Queue.take(changes), Option.some(record))
      const next = started(record)
      yield* theirs.compareAndSet(record, next)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Queue.take(changes), Option.some(next))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Queue.size(changes), 0)
      yield* theirs.delete(next)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Queue.take(changes), Option.none())
    })
  )

  it.scoped("is told at once where the database tells", () =>
    Effect.gen(function* () {
      const rows = Rows.make()
      const told = yield* Queue.unbounded<string>()
      const mine = yield* EncodedStore.make(rows, { pollInterval: "1 hour", changes: Stream.fromQueue(told) })
      const theirs = yield* EncodedStore.make(rows)
      const record = yield* fresh
      const changes = yield* mine.subscribe(record.name)
      yield* theirs.create(record)
      yield* Queue.offerAll(told, ["operations/B", record.name])
      yield* settled
      assert.deepStrictEqual(yield* Queue.take(changes), Option.some(record))
    })
  )

  it.scoped("is told though something that is looked for before it cannot be read", () =>
    Effect.gen(function* () {
      const rows = Rows.make()
      const told = yield* Queue.unbounded<string>()
      const mine = yield* EncodedStore.make(rows, { pollInterval: "1 second", changes: Stream.fromQueue(told) })
      const theirs = yield* EncodedStore.make(rows)
      const [first, second] = yield* Effect.all([named("operations/A"), named("operations/B")])
      yield* Effect.asVoid(mine.subscribe(first.name))
      const changes = yield* mine.subscribe(second.name)
      yield* theirs.create(first)
      const row = Option.getOrThrow(yield* rows.get(first.name))
      yield* rows.compareAndSet(row, { ...row, metadata: "{" })
      yield* theirs.create(second)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Queue.poll(changes), Option.some(Option.some(second)))
      const next = started(second)
      yield* theirs.compareAndSet(second, next)
      yield* Queue.offerAll(told, [first.name, second.name])
      yield* settled
      assert.deepStrictEqual(yield* Queue.poll(changes), Option.some(Option.some(next)))
    })
  )

  it.scoped("is looked for again after a look that died", () =>
    Effect.gen(function* () {
      const rows = Rows.make()
      let looks = 0
      const mine = yield* EncodedStore.make(
        {
          ...rows,
          versions: (names) => (++looks === 1 ? Effect.dieMessage("a store has a bug") : rows.versions(names))
        },
        { pollInterval: "1 second" }
      )
      const theirs = yield* EncodedStore.make(rows)
      const record = yield* fresh
      const changes = yield* mine.subscribe(record.name)
      yield* theirs.create(record)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* Queue.poll(changes), Option.some(Option.some(record)))
    })
  )

  it.scoped("is looked for in one query, however many wait", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const rows = Rows.make()
      const mine = yield* EncodedStore.make(
        {
          ...rows,
          versions: (names) => {
            asked.push(names.length)
            return rows.versions(names)
          }
        },
        { pollInterval: "1 second" }
      )
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(asked, [])
      yield* Effect.forEach(Array.from({ length: 100 }), (_, i) => mine.subscribe(`operations/${i}`))
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(asked, [100, 100, 100])
    })
  )
})

describe("a row that cannot be read", () => {
  it.scoped("is broken, and does not name what is in it", () =>
    Effect.gen(function* () {
      const rows = Rows.make()
      const store = yield* EncodedStore.make(rows)
      const record = yield* fresh
      yield* store.create(record)
      const row = Option.getOrThrow(yield* rows.get(record.name))
      yield* rows.compareAndSet(row, { ...row, metadata: "{" })
      const error = yield* Effect.flip(store.get(record.name))
      assert.strictEqual(error.reason, "Broken")
    })
  )

  it.scoped("is left out of what is not done, and does not hold up the others nor end their pages", () =>
    Effect.gen(function* () {
      const rows = Rows.make()
      const store = yield* EncodedStore.make(rows)
      const records = yield* Effect.forEach(["A", "B", "C", "D", "E"], (id, i) =>
        Effect.map(OperationName.validate(`operations/${id}`), (name) =>
          OperationRecord.make({ name, createTime: DateTime.unsafeMake(i) })
        )
      )
      yield* Effect.forEach(records, store.create)
      for (const name of ["operations/B", "operations/C"]) {
        const row = Option.getOrThrow(yield* rows.get(name))
        yield* rows.compareAndSet(row, { ...row, metadata: "{" })
      }
      const page = (after?: OperationStore.Position) => store.unfinished({ state: "PENDING", limit: 2, after })
      const first = yield* page()
      assert.deepStrictEqual(
        first.map(({ name }) => name),
        ["operations/A", "operations/D"]
      )
      assert.deepStrictEqual(
        (yield* page(first[1])).map(({ name }) => name),
        ["operations/E"]
      )
    })
  )
})
