import * as Operations from "@effect-lro/core/Operations"
import * as HostSql from "@effect-lro/host-sql/HostSql"
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as HostedOperation from "@effect-lro/host/HostedOperation"
import { newFile } from "@effect-lro/test-support/Files"
import * as Goals from "@effect-lro/test-support/Goals"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

const stored = Goals.isLong ? 100_000 : 2000

const unfinished = stored / 100

const Work = HostedOperation.make({
  name: "test.Work",
  payload: Schema.Struct({ isOver: Schema.Boolean }),
  metadata: HostedOperation.empty,
  response: HostedOperation.empty,
  error: Schema.Never
})

const columns = [
  "parent, request_id, type, payload, owner, version, fence, attempt, start_time, update_time",
  "end_time, cancel_request_time, deadline, purge_time, delete_time, metadata, result"
].join(", ")

/** Rows like the one of an operation, as many as are wanted. */
const copy = (name: string, count: number, state: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql.unsafe(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
       INSERT INTO effect_lro_operations (name, create_time, state, ${columns})
       SELECT 'operations/' || ? || n, create_time + n, ?, ${columns} FROM effect_lro_operations, numbers WHERE name = ?`,
      [count, state, state, name]
    )
  })

it.scopedLive(
  `a host that is started over ${stored} operations runs again the ${unfinished} that are unfinished, each once`,
  () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      const begun: Array<string> = []
      const all = yield* Deferred.make<void>()
      const live = Work.toLayer(({ isOver }, { name }) => {
        begun.push(name)
        if (begun.length === unfinished) Deferred.unsafeDone(all, Effect.void)
        return isOver ? Effect.void : Effect.never
      }).pipe(Layer.provideMerge(HostSql.layerSqlite({ filename })))

      const { done, left } = yield* Effect.gen(function* () {
        const ended = yield* Work.start({ isOver: true })
        assert.strictEqual((yield* Operations.wait(ended.name))._tag, "Succeeded")
        const { name } = yield* Work.start({ isOver: false })
        return { done: ended.name, left: name }
      }).pipe(Effect.provide(live))
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* copy(done, stored - unfinished, "SUCCEEDED")
        yield* copy(left, unfinished / 2, "PENDING")
        yield* copy(left, unfinished / 2, "RUNNING")
        yield* sql`DELETE FROM effect_lro_operations WHERE name IN (${done}, ${left})`
      }).pipe(Effect.provide(SqliteClient.layer({ filename })))

      begun.length = 0
      const before = process.cpuUsage()
      const [took] = yield* Effect.timed(
        Effect.zipRight(Layer.build(live), Effect.timeout(Deferred.await(all), "60 seconds"))
      )
      const { system, user } = process.cpuUsage(before)
      const seconds = Duration.toSeconds(took)
      const told = `${unfinished} unfinished of ${stored} stored run again ${seconds.toFixed(2)} s after the start, in SQLite, with ${((user + system) / 1e6).toFixed(2)} s of the processor`
      process.stdout.write(`${told}\n`)
      Goals.tell("G8", told, seconds <= 3)
      assert.strictEqual(new Set(begun).size, unfinished)
      assert.strictEqual(begun.length, unfinished)
    }),
  120_000
)
