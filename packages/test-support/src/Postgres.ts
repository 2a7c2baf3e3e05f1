/** The Postgres server of the test run, a database of its own for each use. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as PgClient from "@effect/sql-pg/PgClient"
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { inject, it } from "vitest"

declare module "vitest" {
  interface ProvidedContext {
    readonly postgres: { readonly url: string } | { readonly reason: string }
  }
}

const server = inject("postgres")

/** Why there is no Postgres; undefined where there is one. */
export const missing: string | undefined = "url" in server ? undefined : server.reason

/** One test that is skipped and says why, in the place of those that need Postgres. */
export const skipped = (): void =>
  it("needs Postgres", ({ skip }) => {
    skip(missing ?? "")
  })

const asAdministrator = <A, E>(use: (sql: SqlClient) => Effect.Effect<A, E>) =>
  Effect.flatMap(PgClient.PgClient, use).pipe(
    Effect.provide(PgClient.layer({ url: Redacted.make("url" in server ? server.url : ""), maxConnections: 1 })),
    Effect.orDie
  )

let made = 0

/** The URL of a new and empty database, which is dropped with the scope. */
export const database: Effect.Effect<Redacted.Redacted, never, Scope.Scope> = Effect.acquireRelease(
  Effect.suspend(() => {
    const name = `test_${process.pid}_${made++}`
    return Effect.as(
      asAdministrator((sql) => sql`CREATE DATABASE ${sql(name)}`),
      name
    )
  }),
  (name) => asAdministrator((sql) => sql`DROP DATABASE ${sql(name)} WITH (FORCE)`)
).pipe(
  Effect.map((name) => {
    const url = new URL("url" in server ? server.url : "")
    url.pathname = `/${name}`
    return Redacted.make(url.href)
  })
)

/** A client of a new and empty database. */
export const layer: Layer.Layer<PgClient.PgClient | SqlClient, SqlError> = Layer.unwrapScoped(
  Effect.map(database, (url) => PgClient.layer({ url }))
)

/**
 * Waits until nobody else of the test run has this, and keeps it until the scope closes: several clusters at once, of several
 * processes each, would leave none of them the time to renew its leases.
 */
export const turn: Effect.Effect<void, never, Scope.Scope> = Effect.gen(function* () {
  const sql = yield* PgClient.make({ url: Redacted.make("url" in server ? server.url : ""), maxConnections: 1 })
  const connection = yield* sql.reserve
  yield* connection.executeRaw("SELECT pg_advisory_lock(1)", [])
}).pipe(Effect.provide(Reactivity.layer), Effect.orDie)
