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
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
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
  /** How many connections there are at most, besides one that listens. 10 by default. */
  readonly maxConnections?: number | undefined
  /** How long a connection may take to be made, or to become free. 5 seconds by default. */
  readonly connectTimeout?: Duration.DurationInput | undefined
}

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
 * A host that keeps its operations in a Postgres database. One process at a time may do that: it takes up everything that is
 * unfinished. `@effect-lro/host-cluster` is for several.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPostgres = (options: PostgresOptions): Layer.Layer<HostSql, SqlError | MigrationError> =>
  Layer.provide(
    layer(options),
    PgClient.layer({
      url: withTimeout(options.url, options.store?.statementTimeout ?? SqlOperationStore.defaultStatementTimeout),
      maxConnections: options.maxConnections ?? 10,
      connectTimeout: options.connectTimeout ?? "5 seconds",
      applicationName: "effect-lro"
    })
  )

/**
 * A host over the `SqlClient` of the context, which is of SQLite or of Postgres.
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
): Layer.Layer<HostSql, SqlError | MigrationError | SqliteLock.SqliteLocked | ConfigError> =>
  Layer.unwrapEffect(
    Effect.map(Config.unwrap(config), ({ database }) =>
      /^postgres(ql)?:/.test(Redacted.value(database))
        ? layerPostgres({ ...options, url: database })
        : layerSqlite({ ...options, filename: Redacted.value(database) })
    )
  )

/** The server's own timeout, so that what nobody waits for any more ends there too. */
const withTimeout = (url: Redacted.Redacted, timeout: Duration.DurationInput): Redacted.Redacted => {
  const text = Redacted.value(url)
  if (/[?&]statement_timeout=/.test(text)) return url
  const millis = Math.ceil(Duration.toMillis(timeout))
  // Zero is no limit, which is what a longer one amounts to.
  const limit = millis > longestStatement ? 0 : millis
  return Redacted.make(`${text}${text.includes("?") ? "&" : "?"}statement_timeout=${limit}`)
}

/** What the setting has room for, in milliseconds. */
const longestStatement = 2 ** 31 - 1
