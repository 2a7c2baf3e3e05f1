import * as Filter from "@effect-lro/core/Filter"
import * as OperationName from "@effect-lro/core/OperationName"
import * as OperationRecord from "@effect-lro/host/OperationRecord"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as State from "@effect-lro/host/State"
import * as Goals from "@effect-lro/test-support/Goals"
import * as Postgres from "@effect-lro/test-support/Postgres"
import { assert, describe, it, layer } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Records from "./support/records.js"
import * as Stores from "./support/stores.js"

const runs = Goals.isLong ? 2000 : 100

// Each run has a parent of its own.
let parents = 0

const encode = Schema.encodeSync(OperationRecord.OperationRecord)

const encodeOne = (record: OperationRecord.OperationRecord) => encode(record)

const operators = ["=", "!=", "<", "<=", ">", ">=", ":"] as const

const times = ["createTime", "start_time", "updateTime", "endTime", "cancel_request_time", "deadline", "purgeTime"]

const time = FastCheck.tuple(
  FastCheck.integer({ min: 0, max: 2 }),
  FastCheck.constantFrom("", ".5", ".500000001", ".499999999", ".000000001")
).map(([second, fraction]) => `"${new Date(1_700_000_000_000 + second * 1000).toISOString().slice(0, 19)}${fraction}Z"`)

const comparison = FastCheck.tuple(FastCheck.constantFrom(...times), FastCheck.constantFrom(...operators), time).map(
  (parts) => parts.join(" ")
)

const restriction = FastCheck.oneof(
  comparison,
  comparison,
  FastCheck.tuple(FastCheck.constantFrom("=", "!=", ":"), FastCheck.constantFrom(...State.all, "*")).map(
    ([operator, state]) => (state === "*" ? "state:*" : `state ${operator} ${state}`)
  ),
  FastCheck.constantFrom("done = true", "done = false", "done != true", "done:false", "done:*"),
  FastCheck.tuple(
    FastCheck.constantFrom(...operators),
    FastCheck.constantFrom("EXPORT", "IMPORT", '""', '"EX*"', '"*PORT"', '"\u{1F600}"', '"%"')
  ).map(([operator, type]) => `type ${operator} ${type}`),
  FastCheck.constant("type:*"),
  comparison,
  FastCheck.constantFrom(...times).map((field) => `${field}:*`),
  FastCheck.constantFrom("attempt > 1", "error:*", "error.code = 5", "metadata:*", "response:*", "a")
)

const filter = FastCheck.letrec<{ node: string }>((tie) => ({
  node: FastCheck.oneof(
    { maxDepth: 3, depthSize: "small" },
    restriction,
    FastCheck.tuple(tie("node"), tie("node")).map(([a, b]) => `(${a} AND ${b})`),
    FastCheck.tuple(tie("node"), tie("node")).map(([a, b]) => `(${a} OR ${b})`),
    tie("node").map((a) => `(NOT ${a})`)
  )
})).node

const pages = (store: OperationStore.Service, parent: string, filter: Filter.Filter, limit: number) =>
  Effect.gen(function* () {
    const found: Array<OperationRecord.OperationRecord> = []
    while (true) {
      const page = yield* store.list({ parent, filter, limit, after: found.at(-1) })
      found.push(...page)
      if (page.length < limit) return found.map(encodeOne)
    }
  })

/** Runs on one store for all values, and shows the smallest value that it fails for. */
const property = <A, E>(
  name: string,
  arbitrary: FastCheck.Arbitrary<A>,
  run: (value: A, parent: string) => Effect.Effect<void, E, OperationStore.OperationStore>
) => ({
  name,
  run: Effect.flatMap(Effect.runtime<OperationStore.OperationStore>(), (runtime) =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(arbitrary, (value) =>
          Runtime.runPromise(runtime)(Effect.suspend(() => run(value, `property/${parents++}`)))
        ),
        { numRuns: runs }
      )
    )
  )
})

let answered = 0

const properties = [
  property(
    "what was written is what is read, whatever it is",
    FastCheck.tuple(Records.record(0), Records.record(1)),
    ([generated, other], parent) =>
      Effect.gen(function* () {
        const store = yield* OperationStore.OperationStore
        const record = Records.moveTo(generated, parent)
        const { createTime, name, requestId } = record
        assert.strictEqual((yield* store.create(record))._tag, "Created")
        assert.deepStrictEqual(Option.map(yield* store.get(name), encode), Option.some(encode(record)))
        // All but what it is found by changes.
        const next = { ...other, createTime, name, parent, requestId }
        assert.isTrue(yield* store.compareAndSet(record, next))
        assert.deepStrictEqual(Option.map(yield* store.get(name), encode), Option.some(encode(next)))
        assert.isTrue(yield* store.delete(next))
        assert.deepStrictEqual(yield* store.get(name), Option.none())
      })
  ),
  property(
    "pages under any filter are those of the store in memory, and so is what is unfinished",
    FastCheck.tuple(
      Records.records({ maxLength: 20 }),
      FastCheck.array(filter, { minLength: 4, maxLength: 4 }),
      FastCheck.integer({ min: 1, max: 7 })
    ),
    ([generated, filters, limit], parent) =>
      Effect.gen(function* () {
        const store = yield* OperationStore.OperationStore
        const memory = yield* OperationStore.makeMemory
        for (const record of generated.map((record) => Records.moveTo(record, parent))) {
          assert.strictEqual((yield* store.create(record))._tag, (yield* memory.create(record))._tag)
        }
        for (const text of ["", ...filters]) {
          const parsed = Either.getOrThrow(Filter.parse(text))
          const expected = yield* pages(memory, parent, parsed, limit)
          answered += expected.length
          assert.deepStrictEqual(yield* pages(store, parent, parsed, limit), expected, text)
        }
        for (const state of ["PENDING", "RUNNING", "CANCELLING"] as const) {
          const request = { state, type: "EXPORT", limit: 100_000 }
          const mine = Effect.map(store.unfinished(request), (found) => found.filter((_) => _.parent === parent))
          const expected = yield* memory.unfinished(request)
          assert.deepStrictEqual((yield* mine).map(encodeOne), expected.map(encodeOne))
        }
      })
  ),
  property(
    "request ids are told apart by every code unit",
    FastCheck.uniqueArray(FastCheck.oneof(Records.hostile, Records.hostile), { maxLength: 20 }),
    (requestIds, parent) =>
      Effect.gen(function* () {
        const store = yield* OperationStore.OperationStore
        for (const [i, requestId] of requestIds.entries()) {
          const name = yield* OperationName.validate(`${parent}/operations/${i}`)
          const record = OperationRecord.make({ name, parent, requestId, createTime: DateTime.unsafeMake(0) })
          assert.strictEqual((yield* store.create(record))._tag, "Created")
          const again = yield* store.create({ ...record, name: yield* OperationName.validate(`${name}-again`) })
          assert.isTrue(again._tag === "Existing" && again.by === "requestId" && again.record.name === name)
        }
      })
  )
]

const timeout = Goals.isLong ? 600_000 : 60_000

describe("a store in SQLite", () => {
  layer(Stores.sqlite)((it) => {
    for (const { name, run } of properties) it.effect(name, () => run, timeout)
  })
})

describe("a store in Postgres", () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()
  layer(Stores.postgres)((it) => {
    for (const { name, run } of properties) it.effect(name, () => run, timeout)
  })
})

it("the filters accepted something to compare", () => {
  assert.isAbove(answered, runs * 10)
})
