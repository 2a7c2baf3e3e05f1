/**
 * An `@effect/sql` client for SQLite that needs no compiler at installation: over `node:sqlite` where this Node has it, and
 * over the prebuilt binaries of `@photostructure/sqlite` where not.
 *
 * Statements are synchronous, so none is ever cut in half. What waits is the fiber and not the process: a database that
 * somebody else has locked is tried again within `busyTimeout` while other fibers go on.
 *
 * @since 0.1.0
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Statement from "@effect/sql/Statement"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as connection from "./internal/sqliteConnection.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-lro/host-sql/SqliteClient"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-lro/host-sql/SqliteClient"

/**
 * How a database is opened.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The path of the file, which is made where there is none, or `:memory:`. */
  readonly filename: string
  /** Opens a file that is there, and writes nothing. False by default. */
  readonly readOnly?: boolean | undefined
  /** How long a statement tries to get at a database that somebody else has locked. 5 seconds by default. */
  readonly busyTimeout?: Duration.DurationInput | undefined
  /**
   * What a commit waits for. `"FULL"` by default: it is on the disk. With `"NORMAL"` the last commits may be lost when the
   * machine, not only the process, goes down.
   */
  readonly synchronous?: "FULL" | "NORMAL" | undefined
  /**
   * `"builtin"` is `node:sqlite`, `"prebuilt"` is `@photostructure/sqlite`. `"any"`, the default, takes the first where this
   * Node has it.
   */
  readonly driver?: "builtin" | "prebuilt" | "any" | undefined
}

/**
 * A client for one SQLite database, over one connection.
 *
 * @since 0.1.0
 * @category models
 */
export interface SqliteClient extends SqlClient.SqlClient {
  readonly [TypeId]: TypeId
}

/**
 * The client, for what needs SQLite and no other database.
 *
 * @since 0.1.0
 * @category tags
 */
export const SqliteClient: Context.Tag<SqliteClient, SqliteClient> = Context.GenericTag<SqliteClient>(
  "@effect-lro/host-sql/SqliteClient"
)

/**
 * Opens a database in WAL mode; a transaction takes the write lock when it begins (`BEGIN IMMEDIATE`), so that what it has
 * read is still true when it writes. When the scope closes, the write-ahead log is put into the file.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<SqliteClient, SqlError, Scope.Scope | Reactivity.Reactivity> =>
  Effect.gen(function* () {
    const opened = yield* connection.open({
      filename: options.filename,
      readOnly: options.readOnly ?? false,
      busyTimeout: Duration.decode(options.busyTimeout ?? "5 seconds"),
      synchronous: options.synchronous ?? "FULL",
      driver: options.driver ?? "any"
    })
    const client = yield* SqlClient.make({
      acquirer: Effect.succeed(opened.shared),
      transactionAcquirer: opened.reserve,
      beginTransaction: options.readOnly === true ? "BEGIN" : "BEGIN IMMEDIATE",
      compiler: Statement.makeCompilerSqlite(),
      spanAttributes: [["db.system.name", "sqlite"]]
    })
    const { withTransaction } = client
    return Object.assign(client, {
      [TypeId]: TypeId,
      withTransaction: <A, E, R>(self: Effect.Effect<A, E, R>) => opened.recover(withTransaction(self))
    })
  })

/**
 * The client as SqliteClient and as `SqlClient`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
 * import * as SqlClient from "@effect/sql/SqlClient"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const sql = yield* SqlClient.SqlClient
 *   return yield* sql`SELECT ${1} AS one`
 * })
 *
 * Effect.runPromise(Effect.provide(program, SqliteClient.layer({ filename: ":memory:" }))).then(console.log)
 * ```
 */
export const layer = (options: Options): Layer.Layer<SqliteClient | SqlClient.SqlClient, SqlError> =>
  layerEffect(Effect.succeed(options))

/**
 * The same, with options from configuration.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<SqliteClient | SqlClient.SqlClient, SqlError | ConfigError> => layerEffect(Config.unwrap(options))

const layerEffect = <E>(
  options: Effect.Effect<Options, E>
): Layer.Layer<SqliteClient | SqlClient.SqlClient, SqlError | E> =>
  Layer.scopedContext(
    Effect.map(Effect.flatMap(options, make), (client) =>
      Context.make(SqliteClient, client).pipe(Context.add(SqlClient.SqlClient, client))
    )
  ).pipe(Layer.provide(Reactivity.layer))
