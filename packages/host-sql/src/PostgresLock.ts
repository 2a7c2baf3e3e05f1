/**
 * Sees to it that one process at a time runs the operations of a Postgres database: a second one would run the same bodies.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"

/**
 * Another process runs the operations of this database. It is to be stopped first; several at a time are what
 * `@effect-lro/host-cluster` is for.
 *
 * @since 0.1.0
 * @category errors
 */
export class PostgresLocked extends Schema.TaggedError<PostgresLocked>(
  "@effect-lro/host-sql/PostgresLock/PostgresLocked"
)("PostgresLocked", {
  database: Schema.String,
  /** The process of the database that serves it, as in `pg_stat_activity`; absent where it went away in the meantime. */
  pid: Schema.OptionFromSelf(Schema.Number),
  /** Where it connects from, as far as the database tells this user. */
  client: Schema.OptionFromSelf(Schema.String)
}) {
  override get message(): string {
    const from = Option.match(this.client, { onNone: () => "", onSome: (client) => ` from ${client}` })
    const served = Option.match(this.pid, {
      onNone: () => "",
      onSome: (pid) => `, which backend ${pid} serves${from},`
    })
    return `another process${served} runs the operations of database ${this.database}; stop it first, or run several by @effect-lro/host-cluster`
  }
}

/**
 * Holds the lock of a database (of a schema in it, where the tables are in another one) until the scope closes or the process
 * ends, however it ends. Where its machine vanishes, Postgres lets go of it half a minute later.
 *
 * Fails with `PostgresLocked` where somebody holds it, at once. The tables have to be there.
 *
 * It is an advisory lock of one connection of the client of the context, which is in use for nothing else. Where that is
 * lost, the log says so and the lock is taken anew; in the meantime another process may have taken it, which the log says too. Then
 * both go on with what is their own: what has been taken over is fenced, and stops here.
 *
 * @since 0.1.0
 * @category constructors
 */
export const acquire: Effect.Effect<void, PostgresLocked | SqlError, SqlClient.SqlClient | Scope.Scope> = Effect.gen(
  function* () {
    const sql = yield* SqlClient.SqlClient
    const scope = yield* Effect.scope
    let held = yield* hold(sql)
    yield* Effect.addFinalizer(() => Effect.suspend(() => held.release))

    const regain: Effect.Effect<void> = hold(sql).pipe(
      Effect.tapError((error) =>
        error._tag === "PostgresLocked"
          ? Effect.logError("another process has taken over the operations of this database", error)
          : Effect.logDebug("the lock of the database could not be taken anew", error)
      ),
      Effect.tapError(() => Effect.sleep(every)),
      Effect.eventually,
      Effect.flatMap((lock) =>
        Effect.zipRight(
          Effect.sync(() => (held = lock)),
          Effect.logInfo("the lock of the database is held again")
        )
      )
    )
    yield* Effect.suspend(() => held.lost).pipe(
      Effect.tap(() => Effect.suspend(() => held.release)),
      Effect.tap((error) => Effect.logWarning("the lock of the database was lost with its connection", error)),
      Effect.zipRight(regain),
      Effect.forever,
      Effect.interruptible,
      Effect.forkIn(scope)
    )
  }
)

interface Held {
  /** Answers with what became of its connection, once it is lost. */
  readonly lost: Effect.Effect<SqlError>
  readonly release: Effect.Effect<void>
}

const hold = (sql: SqlClient.SqlClient): Effect.Effect<Held, PostgresLocked | SqlError> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const release = Scope.close(scope, Exit.void)
      const connection = yield* Scope.extend(sql.reserve, scope)
      return yield* take(connection, scope).pipe(
        Effect.as({ lost: lossOf(connection), release }),
        Effect.onError(() => release)
      )
    })
  )

const take = (connection: Connection, scope: Scope.Scope): Effect.Effect<void, PostgresLocked | SqlError> =>
  Effect.gen(function* () {
    yield* ask(connection, noticeVanished)
    const [row] = yield* ask(
      connection,
      `SELECT pg_try_advisory_lock(${key}) AS locked, current_database() AS database`
    )
    if (row?.["locked"] !== true) return yield* locked(connection, String(row?.["database"]))
    yield* Scope.addFinalizer(scope, letGo(connection))
  })

// The connection goes back to others, and would take the lock along.
const letGo = (connection: Connection): Effect.Effect<void> =>
  ask(connection, "SELECT pg_advisory_unlock_all()").pipe(
    Effect.uninterruptible,
    Effect.disconnect,
    Effect.timeout("1 second"),
    // Nobody needs to know: the lock ends with the connection at the latest.
    Effect.ignore
  )

const locked = (connection: Connection, database: string): Effect.Effect<never, PostgresLocked | SqlError> =>
  Effect.flatMap(ask(connection, holder), ([row]) =>
    Effect.fail(
      new PostgresLocked({
        database,
        pid: Option.filter(Option.fromNullable(row?.["pid"]), Predicate.isNumber),
        client: Option.filter(Option.fromNullable(row?.["client"]), Predicate.isString)
      })
    )
  )

/** By asking now and then, as nobody says that a connection which only lies there is dead. */
const lossOf = (connection: Connection): Effect.Effect<SqlError> =>
  ask(connection, "SELECT 1").pipe(
    // A statement is never cancelled from outside, since another one may be running by then.
    Effect.uninterruptible,
    Effect.disconnect,
    Effect.delay(every),
    Effect.forever,
    Effect.flip
  )

const ask = (connection: Connection, statement: string): Effect.Effect<ReadonlyArray<Row>, SqlError> =>
  Effect.map(connection.executeUnprepared(statement, [], undefined), (rows: ReadonlyArray<Row>) => rows)

interface Row {
  readonly [column: string]: unknown
}

const every = Duration.seconds(2)

/** "lro" in ASCII, and the table. */
const space = 0x6c726f

const key = `${space}::bigint * 4294967296 + 'effect_lro_operations'::regclass::oid::bigint`

const holder = `SELECT locks.pid, COALESCE(host(activity.client_addr), 'the machine of the database') AS client
  FROM pg_locks AS locks LEFT JOIN pg_stat_activity AS activity ON activity.pid = locks.pid
  WHERE locks.locktype = 'advisory' AND locks.granted AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND locks.classid = ${space} AND locks.objid = 'effect_lro_operations'::regclass::oid AND locks.objsubid = 1
  LIMIT 1`

/** So that a session whose client has vanished ends, and its lock with it. */
const noticeVanished =
  "SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '4', false)"
