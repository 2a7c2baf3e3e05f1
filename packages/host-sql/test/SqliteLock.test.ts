import * as HostSql from "@effect-lro/host-sql/HostSql"
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as SqliteLock from "@effect-lro/host-sql/SqliteLock"
import { newFile } from "@effect-lro/test-support/Files"
import * as Processes from "@effect-lro/test-support/Processes"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

describe("The lock of an SQLite host", () => {
  it.scopedLive("is held by one process, and let go of when that is killed", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      const program = yield* Processes.bundle(new URL("processes/Holder.ts", import.meta.url))
      const holder = yield* Processes.start(program, filename)
      yield* holder.until("held")
      const error = yield* Effect.flip(Effect.scoped(SqliteLock.acquire({ filename })))
      assert.strictEqual(error._tag, "SqliteLocked")
      assert.strictEqual(error.message, `another process runs the operations of ${filename}`)
      yield* holder.kill
      assert.strictEqual(yield* holder.ended, "SIGKILL")
      yield* Effect.scoped(SqliteLock.acquire({ filename }))
    })
  )

  it.scopedLive("keeps a second host away and no reader", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      yield* Layer.build(HostSql.layerSqlite({ filename }))
      const error = yield* Effect.flip(Effect.scoped(Layer.build(HostSql.layerSqlite({ filename }))))
      assert.strictEqual(error._tag, "SqliteLocked")
      const rows = yield* Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT 1 AS one`).pipe(
        Effect.provide(SqliteClient.layer({ filename, readOnly: true }))
      )
      assert.strictEqual(rows[0]?.["one"], 1)
    })
  )

  it.scopedLive("is needed by nothing that is in memory only", () =>
    Effect.gen(function* () {
      yield* SqliteLock.acquire({ filename: ":memory:" })
      yield* SqliteLock.acquire({ filename: ":memory:" })
    })
  )

  it.scopedLive("is refused where its file cannot be made", () =>
    Effect.gen(function* () {
      const filename = `${yield* newFile}/nowhere`
      const error = yield* Effect.flip(SqliteLock.acquire({ filename }))
      assert.strictEqual(error._tag, "SqlError")
    })
  )
})
