import * as Filter from "@effect-lro/core/Filter"
import * as OperationName from "@effect-lro/core/OperationName"
import * as Migrations from "@effect-lro/host-sql/Migrations"
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
import * as OperationRecord from "@effect-lro/host/OperationRecord"
import { makeMemory, OperationStore, type Service, type StoreError } from "@effect-lro/host/OperationStore"
import { newFile } from "@effect-lro/test-support/Files"
import * as Postgres from "@effect-lro/test-support/Postgres"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as SqlStatement from "@effect/sql/Statement"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stores from "./support/stores.js"

const parent = "projects/demo"

const at = (second: number) => DateTime.unsafeMake(1_700_000_000_000 + second * 1000)

const record = (id: string | number, options?: { readonly requestId?: string; readonly second?: number }) =>
  OperationRecord.make({
    name: Either.getOrThrow(OperationName.validate(`${parent}/operations/${id}`)),
    parent,
    type: "EXPORT",
    createTime: at(options?.second ?? 0),
    requestId: options?.requestId
  })

const after = (from: OperationRecord.OperationRecord, ...changes: ReadonlyArray<OperationRecord.Change>) =>
  Option.getOrThrow(OperationRecord.advance(from, changes, at(1)))

const start = { _tag: "Start", owner: "me" } as const

const everyMethod = (store: Service) =>
  Effect.gen(function* () {
    const first = record("first", { requestId: "a" })
    yield* store.create(first)
    yield* store.create(record("second", { requestId: "a" }))
    yield* store.create(first)
    const started = after(first, start)
    yield* store.compareAndSet(first, started)
    yield* store.get(first.name)
    const page = { parent, limit: 10, after: { createTime: at(5), name: "z" } }
    for (const text of ["", "state = RUNNING", "done = true", 'createTime > "2023-01-01T00:00:00Z" AND done = false']) {
      yield* store.list({ ...page, filter: Either.getOrThrow(Filter.parse(text)) })
    }
    yield* store.unfinished({ state: "RUNNING", limit: 10, after: { createTime: at(-5), name: "a" } })
    yield* store.counts
    yield* store.purge({ before: at(100), limit: 10 })
    yield* store.delete(started)
  })

/** Every statement that is executed in between. */
const statementsOf = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const statements: Array<readonly [sql: string, parameters: ReadonlyArray<unknown>]> = []
    yield* SqlStatement.withTransformer(self, (statement) =>
      Effect.sync(() => {
        statements.push(statement.compile())
        return statement
      })
    )
    return statements
  })

describe("a store in SQLite", () => {
  it.effect("finds by indexes whatever it is asked for, and sorts nothing", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* OperationStore
      const statements = yield* statementsOf(everyMethod(store))
      assert.isAbove(statements.length, 12)
      for (const [text, parameters] of statements) {
        const plan = yield* sql.unsafe<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${text}`, parameters)
        const steps = plan.map(({ detail }) => detail)
        const scans = steps.filter((step) => /SCAN effect_lro_operations(?! USING (COVERING )?INDEX)/.test(step))
        assert.deepStrictEqual(scans, [], text)
        // Only what the states have answered, a page each at most, is put together by sorting it.
        steps.forEach((step, i) => {
          if (step.includes("TEMP B-TREE")) assert.match(steps[i - 1] ?? "", /^SCAN \w+_rows$/, text)
        })
      }
    }).pipe(Effect.provide(Stores.sqlite))
  )
})

describe.each(Stores.all)("a store in $name", ({ layer }) => {
  it.effect("writes by one statement each, and takes one to list by what stands in columns", () =>
    Effect.gen(function* () {
      const store = yield* OperationStore
      const first = record("first")
      const started = after(first, start)
      const failed = after(started, { _tag: "Fail", error: { code: 5, message: "gone", details: [] } })
      const count = (self: Effect.Effect<unknown, StoreError>) => Effect.map(statementsOf(self), (_) => _.length)
      assert.strictEqual(yield* count(store.create(first)), 1)
      assert.strictEqual(yield* count(store.compareAndSet(first, started)), 1)
      assert.strictEqual(yield* count(store.compareAndSet(started, failed)), 1)
      for (let id = 0; id < 50; id++) yield* store.create(record(id))
      const filter = Either.getOrThrow(
        Filter.parse('done = true AND type = EXPORT AND create_time >= "2023-11-14T22:13:20Z"')
      )
      const listing = store.list({ parent, limit: 1, filter })
      assert.deepStrictEqual(
        (yield* listing).map(({ name }) => name),
        [first.name]
      )
      assert.strictEqual(yield* count(listing), 1)
      const never = store.list({
        parent,
        limit: 1,
        filter: Either.getOrThrow(Filter.parse("done = true done = false"))
      })
      assert.strictEqual(yield* count(never), 0)
      assert.strictEqual(yield* count(store.delete(failed)), 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("compares times to the nanosecond, as the store in memory does", () =>
    Effect.gen(function* () {
      const store = yield* OperationStore
      const memory = yield* makeMemory
      for (const [id, millis] of [0, 499, 500, 501, 1000].entries()) {
        const time = DateTime.unsafeMake(1_700_000_000_000 + millis)
        const none = Option.none<DateTime.Utc>()
        const some = id === 0 ? none : Option.some(time)
        const times = { startTime: some, endTime: some, cancelRequestTime: some, deadline: some, purgeTime: some }
        const one = { ...record(id), ...times, createTime: time, updateTime: time }
        yield* store.create(one)
        yield* memory.create(one)
      }
      for (const field of [
        "createTime",
        "start_time",
        "updateTime",
        "endTime",
        "cancelRequestTime",
        "deadline",
        "purge_time"
      ]) {
        for (const operator of ["=", "!=", "<", "<=", ">", ">=", ":"]) {
          for (const fraction of ["499999999", "5", "500000001", "5005"]) {
            for (const not of ["", "NOT "]) {
              const text = `${not}${field} ${operator} "2023-11-14T22:13:20.${fraction}Z"`
              const request = { parent, limit: 10, filter: Either.getOrThrow(Filter.parse(text)) }
              const names = (found: ReadonlyArray<OperationRecord.OperationRecord>) => found.map(({ name }) => name)
              assert.deepStrictEqual(names(yield* store.list(request)), names(yield* memory.list(request)), text)
            }
          }
        }
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("has its tables made once, however many begin with it", () =>
    Effect.gen(function* () {
      const again = yield* Effect.all(
        Array.from({ length: 4 }, () => Migrations.run),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(again.flat(), [])
    }).pipe(Effect.provide(layer))
  )
})

/** A store of its own, with connections of its own, over the same database. */
const open = (client: Layer.Layer<SqlClient.SqlClient, SqlError>, options: SqlOperationStore.Options) =>
  Effect.map(Layer.build(Layer.provide(SqlOperationStore.layer(options), client)), (context) =>
    Context.get(context, OperationStore)
  )

/** What somebody who waits with one store sees of what another one does. */
const seesTheOther = (mine: Service, theirs: Service) =>
  Effect.gen(function* () {
    const first = record("first")
    const started = after(first, start)
    const changes = yield* mine.subscribe(first.name)
    const next = Effect.map(
      Queue.take(changes),
      Option.map(({ state }) => state)
    )
    yield* theirs.create(first)
    assert.deepStrictEqual(yield* next, Option.some("PENDING" as const))
    yield* theirs.compareAndSet(first, started)
    assert.deepStrictEqual(yield* next, Option.some("RUNNING" as const))
    yield* theirs.delete(started)
    assert.deepStrictEqual(yield* next, Option.none())
  })

describe("what another process writes", () => {
  it.scopedLive("is seen by looking, in SQLite", () =>
    Effect.gen(function* () {
      const client = SqliteClient.layer({ filename: yield* newFile })
      yield* seesTheOther(yield* open(client, { pollInterval: "20 millis" }), yield* open(client, {}))
    })
  )

  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.scopedLive("is told by Postgres, long before anybody looks", () =>
    Effect.gen(function* () {
      const client = PgClient.layer({ url: yield* Postgres.database })
      const mine = yield* open(client, { pollInterval: "1 hour" })
      const theirs = yield* open(client, { pollInterval: "1 hour" })
      yield* listening(client)
      yield* seesTheOther(mine, theirs)
    })
  )

  it.scopedLive(
    "is told again where the connection that listens was lost",
    () =>
      Effect.gen(function* () {
        const client = PgClient.layer({ url: yield* Postgres.database })
        const mine = yield* open(client, { pollInterval: "1 hour" })
        const theirs = yield* open(client, { pollInterval: "1 hour" })
        const lost = yield* listening(client)
        yield* Effect.provide(
          Effect.flatMap(SqlClient.SqlClient, (sql) =>
            Effect.forEach(lost, (pid) => sql`SELECT pg_terminate_backend(${pid})`)
          ),
          client
        )
        yield* listening(client, lost)
        yield* seesTheOther(mine, theirs)
      }),
    60_000
  )
})

/** The two connections that listen, once there are two, and none of them one of those before. */
const listening = (client: Layer.Layer<SqlClient.SqlClient, SqlError>, before: ReadonlyArray<number> = []) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    while (true) {
      const rows = yield* sql<{ readonly pid: number }>`
        SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`
      const pids = rows.map(({ pid }) => pid).filter((pid) => !before.includes(pid))
      if (pids.length === 2) return pids
      yield* Effect.sleep("50 millis")
    }
  }).pipe(Effect.provide(client))
