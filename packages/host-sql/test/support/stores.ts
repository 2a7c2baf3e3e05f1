/** The stores that the tests run over: each of them new and empty. */
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
import type { OperationStore } from "@effect-lro/host/OperationStore"
import { newFile } from "@effect-lro/test-support/Files"
import * as Postgres from "@effect-lro/test-support/Postgres"
import type { MigrationError } from "@effect/sql/Migrator"
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const sqliteClient = Layer.unwrapScoped(Effect.map(newFile, (filename) => SqliteClient.layer({ filename })))

/** The store, and the client below it, for tests that look at what is in the tables. */
export const sqlite = Layer.provideMerge(SqlOperationStore.layer(), sqliteClient)

export const postgres = Layer.provideMerge(SqlOperationStore.layer(), Postgres.layer)

/** The databases that there are here, by name. */
export const all: ReadonlyArray<{
  readonly name: string
  readonly layer: Layer.Layer<OperationStore | SqlClient.SqlClient, SqlError | MigrationError>
}> = [
  { name: "SQLite", layer: sqlite },
  ...(Postgres.missing === undefined ? [{ name: "Postgres", layer: postgres }] : [])
]
