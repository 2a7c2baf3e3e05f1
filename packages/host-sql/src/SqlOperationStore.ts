/**
 * A host's store in SQLite or in Postgres, over any `SqlClient` of theirs.
 *
 * Every write is one statement that compares the version and the fence of the record, so none needs a transaction, and what
 * came of it is never half. On Postgres no statement is interrupted, since that could hit another one of the same pool.
 *
 * @since 0.1.0
 */
import * as EncodedStore from "@effect-lro/host/EncodedStore"
import { OperationStore, type Service, StoreError } from "@effect-lro/host/OperationStore"
import type { PgClient } from "@effect/sql-pg/PgClient"
import type { MigrationError } from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Notifications from "./internal/notifications.js"
import * as sqlStore from "./internal/sqlStore.js"
import * as Migrations from "./Migrations.js"

/**
 * How a store behaves.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How often it is looked for what other processes have written, of what somebody here waits for. One second by default;
   * where nobody waits nothing is asked.
   */
  readonly pollInterval?: Duration.DurationInput | undefined
  /**
   * On Postgres, how long a statement may take before whoever waits for it is told that the store is away; the statement
   * itself is left alone. 10 seconds by default.
   */
  readonly statementTimeout?: Duration.DurationInput | undefined
  /** Whether the tables are made, and brought up to date, at the start. True by default. */
  readonly migrate?: boolean | undefined
}

/**
 * How long a statement may take on Postgres where nothing else is said.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultStatementTimeout: Duration.DurationInput = "10 seconds"

/**
 * Makes a store over the `SqlClient` of the context. It dies where that is of neither database.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options?: Options
): Effect.Effect<Service, SqlError | MigrationError, SqlClient.SqlClient | Scope.Scope> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    if (options?.migrate ?? true) yield* Migrations.run
    const pollInterval = options?.pollInterval ?? "1 second"
    const dialect = sql.onDialectOrElse({
      sqlite: () => "sqlite" as const,
      pg: () => "pg" as const,
      orElse: () => undefined
    })
    if (dialect === undefined) return yield* Effect.dieMessage("operations are stored in SQLite or in Postgres only")
    if (dialect === "sqlite") {
      const encoded = sqlStore.make({ sql, dialect, run: (_, statement) => statement, tell: () => Effect.void })
      return yield* EncodedStore.make(encoded, { pollInterval })
    }
    const run = uninterrupted(options?.statementTimeout ?? defaultStatementTimeout)
    if (!isPgClient(sql)) {
      const encoded = sqlStore.make({ sql, dialect, run, tell: () => Effect.void })
      return yield* EncodedStore.make(encoded, { pollInterval })
    }
    const { changes, tell } = yield* Notifications.make(sql, run)
    return yield* EncodedStore.make(sqlStore.make({ sql, dialect, run, tell }), { pollInterval, changes })
  })

/**
 * The store over the `SqlClient` of the context.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<OperationStore, SqlError | MigrationError, SqlClient.SqlClient> =>
  Layer.scoped(OperationStore, make(options))

// By the name of its type id, so that nobody who stores in SQLite loads the driver of Postgres.
const isPgClient = (sql: SqlClient.SqlClient): sql is PgClient => Predicate.hasProperty(sql, "~@effect/sql-pg/PgClient")

/**
 * An interruption, and the timeout, let go of the statement and not of its connection: that would be cancelled on the server
 * by its process, which may be at another statement by then.
 */
const uninterrupted =
  (timeout: Duration.DurationInput): sqlStore.Run =>
  (operation, statement) =>
    statement.pipe(
      // What is acknowledged is stored, whatever becomes of a transaction that it is asked for in.
      Effect.mapInputContext((context: Context.Context<never>) =>
        Context.omit(SqlClient.TransactionConnection)(context)
      ),
      Effect.uninterruptible,
      Effect.disconnect,
      Effect.timeoutFail({
        duration: timeout,
        onTimeout: () => new StoreError({ reason: "Unavailable", operation })
      })
    )
