import * as Postgres from "@effect-lro/test-support/Postgres"
import { SqlClient } from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"

describe("Postgres in tests", () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.effect("is a database of its own for each test", () =>
    Effect.gen(function* () {
      const name = Effect.flatMap(SqlClient, (sql) => sql`SELECT current_database()`.values)
      const first = yield* Effect.provide(name, Postgres.layer)
      const second = yield* Effect.provide(name, Postgres.layer)
      assert.notDeepEqual(first, second)
    })
  )
})
