import type * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"

/**
 * The steps that make the tables, oldest first. One that was released is never changed; a later one only adds, so that a
 * process of the version before goes on beside it.
 */
export const loader: Migrator.Loader = Effect.succeed([[1, "operations", Effect.sync(() => operations)]])

const operations = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  // Times are milliseconds since 1970. Text is compared by bytes, whatever the collation of the database.
  const text = sql.literal(sql.onDialectOrElse({ pg: () => `text COLLATE "C"`, orElse: () => "TEXT" }))
  const integer = sql.literal(sql.onDialectOrElse({ pg: () => "bigint", orElse: () => "INTEGER" }))
  yield* sql`
    CREATE TABLE effect_lro_operations (
      name ${text} NOT NULL PRIMARY KEY,
      parent ${text} NOT NULL,
      request_id ${text},
      create_time ${integer} NOT NULL,
      type ${text},
      payload TEXT,
      owner ${text},
      state ${text} NOT NULL,
      version ${integer} NOT NULL,
      fence ${integer} NOT NULL,
      attempt ${integer} NOT NULL,
      start_time ${integer},
      update_time ${integer} NOT NULL,
      end_time ${integer},
      cancel_request_time ${integer},
      deadline ${integer},
      purge_time ${integer},
      delete_time ${integer},
      metadata TEXT,
      result TEXT
    )`
  yield* sql`
    CREATE UNIQUE INDEX effect_lro_operations_request ON effect_lro_operations (parent, request_id)
    WHERE request_id IS NOT NULL AND delete_time IS NULL`
  yield* sql`
    CREATE INDEX effect_lro_operations_listed ON effect_lro_operations (parent, create_time DESC, name)`
  yield* sql`
    CREATE INDEX effect_lro_operations_listed_by_state
    ON effect_lro_operations (parent, state, create_time DESC, name)`
  yield* sql`
    CREATE INDEX effect_lro_operations_unfinished ON effect_lro_operations (state, create_time, name)
    WHERE state IN ('PENDING', 'RUNNING', 'CANCELLING')`
  yield* sql`
    CREATE INDEX effect_lro_operations_purgeable ON effect_lro_operations (purge_time)
    WHERE purge_time IS NOT NULL`
})
