import * as Operations from "@effect-lro/core/Operations"
import * as HostSql from "@effect-lro/host-sql/HostSql"
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as Host from "@effect-lro/host/Host"
import { newFile } from "@effect-lro/test-support/Files"
import * as Postgres from "@effect-lro/test-support/Postgres"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const submitted = Effect.map(Host.submit({ body: () => Effect.void }), ({ name }) => name)

describe("HostSql", () => {
  it.scopedLive("keeps operations in a file, where the next process finds them", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      const name = yield* submitted.pipe(
        Effect.tap((name) => Operations.wait(name)),
        Effect.provide(HostSql.layerSqlite({ filename }))
      )
      const found = yield* Effect.provide(Operations.get(name), HostSql.layerSqlite({ filename }))
      assert.strictEqual(found._tag, "Succeeded")
    })
  )

  it.scopedLive("takes a path of its configuration as a file", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      const configured = Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["DATABASE_URL", filename]])))
      const live = HostSql.layerConfig({ database: Config.redacted("DATABASE_URL") })
      const name = yield* configured(Effect.provide(submitted, live))
      const page = yield* Effect.provide(Operations.listPage({ name: "" }), HostSql.layerSqlite({ filename }))
      assert.deepStrictEqual(
        page.operations.map((operation) => operation.name),
        [name]
      )
    })
  )

  it.scopedLive("is part of a transaction of who submits, in SQLite, and runs once that is over", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const kept = yield* sql.withTransaction(Effect.tap(submitted, () => Effect.sleep("50 millis")))
        assert.strictEqual((yield* Operations.wait(kept))._tag, "Succeeded")
        const failed = yield* Effect.flip(sql.withTransaction(Effect.flatMap(submitted, Effect.fail)))
        assert.strictEqual((yield* Effect.flip(Operations.get(String(failed))))._tag, "NotFound")
      }).pipe(Effect.provide(Layer.provideMerge(HostSql.layer(), SqliteClient.layer({ filename }))))
    })
  )

  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.scopedLive("keeps operations in Postgres, by a URL in its options or its configuration", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      const name = yield* submitted.pipe(
        Effect.tap((name) => Operations.wait(name)),
        Effect.provide(HostSql.layerPostgres({ url }))
      )
      const live = HostSql.layerConfig({ database: Config.redacted("DATABASE_URL") })
      const found = yield* Effect.provide(Operations.get(name), live).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["DATABASE_URL", Redacted.value(url)]])))
      )
      assert.strictEqual(found._tag, "Succeeded")
    })
  )

  it.scopedLive("is not part of a transaction of who submits, on Postgres, and runs whatever becomes of that", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      yield* Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const submittedLate = Effect.tap(submitted, () => Effect.sleep("200 millis"))
        const kept = yield* sql.withTransaction(submittedLate)
        assert.strictEqual((yield* Operations.wait(kept))._tag, "Succeeded")
        const names: Array<string> = []
        yield* Effect.flip(
          sql.withTransaction(
            Effect.flatMap(submittedLate, (name) => {
              names.push(name)
              return Effect.fail("rolled back")
            })
          )
        )
        assert.strictEqual(names.length, 1)
        for (const name of names) assert.strictEqual((yield* Operations.wait(name))._tag, "Succeeded")
      }).pipe(Effect.provide(Layer.provideMerge(HostSql.layer(), PgClient.layer({ url }))))
    })
  )

  it.scopedLive.each([Duration.infinity, Duration.days(365), Duration.micros(1_500_500n)])(
    "takes any time as the limit of a statement on Postgres: %s",
    (statementTimeout) =>
      Effect.gen(function* () {
        const url = yield* Postgres.database
        yield* Effect.provide(submitted, HostSql.layerPostgres({ url, store: { statementTimeout } }))
      })
  )
})
