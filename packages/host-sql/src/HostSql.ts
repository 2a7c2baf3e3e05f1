/**
 * A host, and its operations, that survive their process: in an SQLite file for one process, in Postgres for many.
 *
 * @since 0.1.0
 */
import type { Operations } from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import type { OperationStore } from "@effect-lro/host/OperationStore"
import * as PgClient from "@effect/sql-pg/PgClient"
import type { MigrationError } from "@effect/sql/Migrator"
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Timeouts from "./internal/postgresTimeouts.js"
import * as PostgresLock from "./PostgresLock.js"
import * as SqliteClient from "./SqliteClient.js"
import * as SqliteLock from "./SqliteLock.js"
import * as SqlOperationStore from "./SqlOperationStore.js"

/**
 * How the host and its store behave, whatever the database.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly host?: Host.Options | undefined
  readonly store?: SqlOperationStore.Options | undefined
}

/**
 * A host over an SQLite file.
 *
 * @since 0.1.0
 * @category models
 */
export interface SqliteOptions extends Options, SqliteClient.Options {}

/**
 * A host over a Postgres database.
 *
 * @since 0.1.0
 * @category models
 */
export interface PostgresOptions extends Options {
  /** `postgres://user:password@host/database`. Its encoding has to be UTF8. */
  readonly url: Redacted.Redacted
  /** How many connections there are at most, besides one that listens and one that holds the lock. 10 by default. */
  readonly maxConnections?: number | undefined
  /**
   * Whether a second process is kept away by a lock. True by default; false where something else sees to that, and has to be
   * behind a PgBouncer that gives each transaction another connection.
   */
  readonly lock?: boolean | undefined
  /** How long a connection may take to be made, or to become free. 5 seconds by default. */
  readonly connectTimeout?: Duration.DurationInput | undefined
}

/**
 * Why a layer could not be built: the database, its tables, or that another process runs its operations.
 *
 * @since 0.1.0
 * @category errors
 */
export type LayerError = SqlError | MigrationError | SqliteLock.SqliteLocked | PostgresLock.PostgresLocked

/**
 * What the layers provide: the host, its operations, and the store below them.
 *
 * @since 0.1.0
 * @category models
 */
export type HostSql = Host.Host | Operations | OperationStore

/**
 * A host that keeps its operations in an SQLite file. One process at a time runs them, and a second one fails with
 * `SqliteLocked`; others may look at them.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as Operations from "@effect-lro/core/Operations"
 * import * as HostSql from "@effect-lro/host-sql/HostSql"
 * import * as Host from "@effect-lro/host/Host"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const { name } = yield* Host.submit({ body: () => Effect.sleep("1 second") })
 *   return yield* Operations.wait(name)
 * }).pipe(Effect.provide(HostSql.layerSqlite({ filename: "operations.db" })))
 *
 * Effect.runPromise(program).then(({ _tag }) => console.log(_tag)) // Succeeded
 * ```
 */
export const layerSqlite = (
  options: SqliteOptions
): Layer.Layer<HostSql, SqlError | MigrationError | SqliteLock.SqliteLocked> =>
  layer(options).pipe(
    Layer.provide(SqliteClient.layer(options)),
    Layer.provide(Layer.scopedDiscard(SqliteLock.acquire(options)))
  )

/**
 * A host that keeps its operations in a Postgres database. One process at a time may do that, as it takes up everything that is
 * unfinished, and a second one fails with `PostgresLocked`; `Layer.retry` lets it wait for the one before.
 * `@effect-lro/host-cluster` is for several.
 *
 * A connection on which nothing has come for twice the `statementTimeout`, and for 5 seconds, is given up, so that one that is
 * lost without a word holds up nothing for longer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPostgres = (
  options: PostgresOptions
): Layer.Layer<HostSql, SqlError | MigrationError | PostgresLock.PostgresLocked> => {
  const isLocked = options.lock ?? true
  const millis = Timeouts.statementMillis(
    options.url,
    options.store?.statementTimeout ?? SqlOperationStore.defaultStatementTimeout
  )
  const store = SqlOperationStore.layer(options.store)
  const lock = isLocked ? Layer.scopedDiscard(PostgresLock.acquire) : Layer.empty
  return HostOperations.layer.pipe(
    Layer.provideMerge(Host.layer(options.host)),
    // Only when the tables are there, and before anything that is unfinished is taken up.
    Layer.provide(Layer.provide(lock, store)),
    Layer.provideMerge(store),
    Layer.provide(
      PgClient.layer({
        url: Timeouts.withStatementTimeout(options.url, millis),
        maxConnections: (options.maxConnections ?? 10) + (isLocked ? 1 : 0),
        connectTimeout: options.connectTimeout ?? "5 seconds",
        applicationName: "effect-lro",
        stream: Timeouts.socket(millis)
      })
    )
  )
}

/**
 * A host over the `SqlClient` of the context, which is of SQLite or of Postgres. Nothing keeps a second process away but what
 * you provide for it, such as `SqliteLock` or `PostgresLock`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<HostSql, SqlError | MigrationError, SqlClient> =>
  HostOperations.layer.pipe(
    Layer.provideMerge(Host.layer(options?.host)),
    Layer.provideMerge(SqlOperationStore.layer(options?.store))
  )

/**
 * A host whose database is a matter of configuration: a URL that begins with `postgres:` or `postgresql:`, or the path of
 * an SQLite file.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as HostSql from "@effect-lro/host-sql/HostSql"
 * import * as Config from "effect/Config"
 *
 * export const live = HostSql.layerConfig({ database: Config.redacted("DATABASE_URL") })
 * ```
 */
export const layerConfig = (
  config: Config.Config.Wrap<{ readonly database: Redacted.Redacted }>,
  options?: Options
): Layer.Layer<HostSql, LayerError | ConfigError> =>
  Layer.unwrapEffect(
    Effect.map(Config.unwrap(config), ({ database }): Layer.Layer<HostSql, LayerError> =>
      /^postgres(ql)?:/.test(Redacted.value(database))
        ? layerPostgres({ ...options, url: database })
        : layerSqlite({ ...options, filename: Redacted.value(database) })
    )
  )
