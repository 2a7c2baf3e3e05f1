/** Two builds on one database: the one before, which is this one, and the one after, which has taken one more step. */
import * as Operations from "@effect-lro/core/Operations"
import * as HostSql from "@effect-lro/host-sql/HostSql"
import * as Migrations from "@effect-lro/host-sql/Migrations"
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as HostedOperation from "@effect-lro/host/HostedOperation"
import { newFile } from "@effect-lro/test-support/Files"
import * as Postgres from "@effect-lro/test-support/Postgres"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

type Client = Layer.Layer<SqlClient.SqlClient, SqlError>

/** New and empty; each of its clients has connections of its own. */
const databases: ReadonlyArray<{ readonly name: string; readonly client: Effect.Effect<Client, never, Scope.Scope> }> =
  [
    { name: "SQLite", client: Effect.map(newFile, (filename): Client => SqliteClient.layer({ filename })) },
    ...(Postgres.missing === undefined
      ? [{ name: "Postgres", client: Effect.map(Postgres.database, (url): Client => PgClient.layer({ url })) }]
      : [])
  ]

const parent = "projects/demo"

const Work = HostedOperation.make({
  name: "test.Work",
  payload: Schema.Struct({ millis: Schema.Number }),
  metadata: Schema.Struct({ steps: Schema.Number }),
  response: HostedOperation.empty,
  error: Schema.Never
})

const WorkLive = Work.toLayer(({ millis }, job) =>
  Effect.gen(function* () {
    for (let steps = 0; steps * 20 < millis; steps++) {
      yield* job.update({ steps })
      yield* Effect.sleep("20 millis")
    }
  })
)

const start = (millis: number) => Effect.map(Work.start({ millis }, { parent }), ({ name }) => name)

const endless = 3_600_000

/** A host of this build, and the client below it. */
const host = (client: Client) => WorkLive.pipe(Layer.provideMerge(HostSql.layer()), Layer.provideMerge(client))

/** The step of a later build only adds: a column that it fills, an index and a table. */
const added = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE effect_lro_operations ADD COLUMN priority INTEGER NOT NULL DEFAULT 7`
  yield* sql`CREATE INDEX effect_lro_operations_prioritised ON effect_lro_operations (priority)`
  yield* sql`CREATE TABLE effect_lro_notes (name TEXT NOT NULL PRIMARY KEY)`
})

/** What the later build does when it starts. */
const upgrade = Migrator.make({})({
  loader: Effect.map(Migrations.loader, (steps) => [...steps, [steps.length + 1, "added", Effect.succeed(added)]]),
  table: "effect_lro_migrations"
})

const tagOf = (name: string) => Effect.map(Operations.wait(name), ({ _tag }) => _tag)

const quietly = Logger.withMinimumLogLevel(LogLevel.None)

describe.each(databases)("a build before and one after, on one database in $name", ({ client }) => {
  it.scopedLive("the one before starts, runs, cancels, lists and removes over the tables of the one after", () =>
    Effect.gen(function* () {
      const database = yield* client
      yield* Effect.provide(upgrade, database)
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        assert.deepStrictEqual(yield* Migrations.run, [])
        const done = yield* start(30)
        const stopped = yield* start(endless)
        // What only the later build knows stays as it has written it.
        yield* sql`UPDATE effect_lro_operations SET priority = 42 WHERE name = ${stopped}`
        assert.strictEqual(yield* tagOf(done), "Succeeded")
        yield* Operations.cancel(stopped)
        assert.strictEqual(yield* tagOf(stopped), "Cancelled")
        const rows = yield* sql<{ readonly name: string; readonly priority: number }>`
          SELECT name, priority FROM effect_lro_operations`
        const priorities = new Map(rows.map(({ name, priority }) => [name, priority]))
        assert.deepStrictEqual([priorities.get(done), priorities.get(stopped)], [7, 42])
        const listed = yield* Operations.list({ name: parent, filter: "done = true" }).pipe(Stream.runCollect)
        assert.deepStrictEqual(new Set(Chunk.map(listed, ({ name }) => name)), new Set([done, stopped]))
        yield* Operations.delete(done)
        assert.strictEqual((yield* Effect.flip(Operations.get(done)))._tag, "NotFound")
      }).pipe(Effect.provide(host(database)))
    })
  )

  it.scopedLive(
    "the one after takes its step while the one before works, which loses nothing and ends nothing wrong",
    () =>
      Effect.gen(function* () {
        const database = yield* client
        yield* Effect.gen(function* () {
          const names: Array<string> = []
          let isUpgraded = false
          const before = yield* Effect.fork(
            Effect.gen(function* () {
              for (let left = 20; left > 0; left -= isUpgraded ? 1 : 0) {
                names.push(yield* start(names.length % 2 === 0 ? 40 : endless))
                yield* Effect.sleep("5 millis")
              }
            })
          )
          yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => names.length >= 20 })
          const steps = yield* Effect.provide(upgrade, database)
          isUpgraded = true
          assert.deepStrictEqual(
            steps.map(([, name]) => name),
            ["added"]
          )
          yield* Fiber.join(before)
          const stopped = names.filter((_, i) => i % 2 === 1)
          yield* Effect.forEach(stopped, Operations.cancel, { concurrency: 8 })
          const ends = yield* Effect.forEach(names, tagOf, { concurrency: 8 })
          assert.deepStrictEqual(
            ends,
            names.map((_, i) => (i % 2 === 0 ? "Succeeded" : "Cancelled"))
          )
        }).pipe(Effect.provide(host(database)))
      }),
    120_000
  )

  it.scopedLive(
    "the one before refuses what it does not understand, writes nothing, and goes on where it can again",
    () =>
      Effect.gen(function* () {
        const database = yield* client
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const running = yield* start(endless)
          yield* Effect.repeat(Effect.delay(Operations.get(running), "20 millis"), {
            until: ({ metadata }) => metadata._tag === "Some"
          })
          const rows = sql<{ readonly name: string }>`SELECT name FROM effect_lro_operations`
          // No later build may do so; one that does is found out.
          yield* sql`ALTER TABLE effect_lro_operations RENAME COLUMN attempt TO tries`
          const refused = yield* Effect.all([
            Effect.flip(start(0)),
            Effect.flip(Operations.get(running)),
            Effect.flip(Operations.cancel(running)),
            Effect.flip(Operations.listPage({ name: parent }))
          ])
          assert.deepStrictEqual(
            refused.map(({ _tag }) => _tag),
            ["Internal", "Internal", "Internal", "Internal"]
          )
          assert.deepStrictEqual(yield* rows, [{ name: running }])
          yield* sql`ALTER TABLE effect_lro_operations RENAME COLUMN tries TO attempt`
          yield* Operations.cancel(running)
          assert.strictEqual(yield* tagOf(running), "Cancelled")
        }).pipe(Effect.provide(host(database)), quietly)
      })
  )
})
