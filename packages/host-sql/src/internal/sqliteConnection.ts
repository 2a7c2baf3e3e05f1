import { SafeIntegers } from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as driver from "./sqliteDriver.js"
import * as sqliteError from "./sqliteError.js"

interface Options {
  readonly filename: string
  readonly readOnly: boolean
  readonly busyTimeout: Duration.Duration
  readonly synchronous: "FULL" | "NORMAL"
  readonly driver: "builtin" | "prebuilt" | "any"
}

interface Opened {
  /** For single statements: one waits while a transaction is open, which it would otherwise be a part of. */
  readonly shared: Connection
  /** The same connection for one fiber alone, until the scope closes. */
  readonly reserve: Effect.Effect<Connection, SqlError, Scope.Scope>
  /** Turns a commit that failed from a defect, which `SqlClient` makes of it, into the failure that it is. */
  readonly recover: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
}

type Run = (
  sql: string,
  parameters: ReadonlyArray<unknown>,
  mode: "rows" | "values" | "raw"
) => Effect.Effect<ReadonlyArray<object>, SqlError>

export const open = (options: Options): Effect.Effect<Opened, SqlError, Scope.Scope> =>
  Effect.gen(function* () {
    const { open } = yield* driver.load(options.driver)
    const database = yield* Effect.acquireRelease(
      attempt(`Could not open ${options.filename}`, () => open(options.filename, { readOnly: options.readOnly })),
      (database) => close(database, options.readOnly)
    )
    const patient = waitWhileBusy(options.busyTimeout)
    if (!options.readOnly) {
      // Changing the mode needs the file for a moment to itself.
      yield* patient(attempt("Could not set WAL mode", () => database.exec("PRAGMA journal_mode = WAL")))
      yield* attempt("Could not set synchronous", () => database.exec(`PRAGMA synchronous = ${options.synchronous}`))
    }
    const semaphore = yield* Effect.makeSemaphore(1)
    const run = makeRun(database)
    const failedCommits = new WeakSet<SqlError>()

    /** After a commit that failed nothing of the transaction may stay open, and nothing of it is left to be rolled back. */
    const runControl: Run = (sql, parameters, mode) => {
      if (sql === "ROLLBACK") {
        return Effect.suspend(() => (database.isTransaction ? run(sql, parameters, mode) : Effect.succeed([])))
      }
      if (sql !== "COMMIT") return run(sql, parameters, mode)
      return Effect.tapError(run(sql, parameters, mode), (error) =>
        Effect.suspend(() => {
          failedCommits.add(error)
          // The commit's failure is told; what cannot even be rolled back fails at the next BEGIN.
          return database.isTransaction ? Effect.ignore(run("ROLLBACK", [], mode)) : Effect.void
        })
      )
    }

    const reserved = toConnection((...args) => patient(runControl(...args)))
    return {
      shared: toConnection((...args) => patient(semaphore.withPermits(1)(run(...args)))),
      reserve: Effect.as(
        Effect.acquireRelease(semaphore.take(1), () => semaphore.release(1)),
        reserved
      ),
      recover: (self) =>
        Effect.catchSomeDefect(self, (defect) =>
          defect instanceof SqlError && failedCommits.has(defect) ? Option.some(Effect.fail(defect)) : Option.none()
        )
    }
  })

/**
 * SQLite's own busy timeout would hold up the whole process. The first attempt is made without anything around it, since
 * nearly every one succeeds.
 */
const waitWhileBusy =
  (busyTimeout: Duration.Duration) =>
  <A>(self: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> => {
    const schedule = patience.pipe(Schedule.upTo(busyTimeout))
    return Effect.catchAll(self, (error) =>
      sqliteError.isBusy(error) ? Effect.retry(self, { schedule, while: sqliteError.isBusy }) : Effect.fail(error)
    )
  }

// With jitter, so that two processes that wait for each other do not do so in step.
const patience = Schedule.exponential("1 millis").pipe(Schedule.union(Schedule.spaced("25 millis")), Schedule.jittered)

const attempt = <A>(message: string, f: () => A): Effect.Effect<A, SqlError> =>
  Effect.try({ try: f, catch: (cause) => new SqlError({ cause, message }) })

const close = (database: driver.Database, readOnly: boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (!readOnly) {
      // Moves the write-ahead log into the file, as far as nobody reads the old state. Whoever opens it next would do the same,
      // so a failure costs nothing.
      yield* Effect.ignore(attempt("Could not checkpoint", () => database.exec("PRAGMA wal_checkpoint(TRUNCATE)")))
    }
    database.close()
  })

const isArray = (row: object): row is ReadonlyArray<unknown> => Array.isArray(row)

/** A connection has one statement at a time and no cursors, so a stream is what one statement gives at once. */
const toConnection = (run: Run): Connection => {
  const execute: Connection["execute"] = (sql, parameters, transformRows) => {
    const rows = run(sql, parameters, "rows")
    return transformRows === undefined ? rows : Effect.map(rows, (rows) => transformRows(rows))
  }
  return {
    execute,
    executeUnprepared: execute,
    executeRaw: (sql, parameters) => run(sql, parameters, "raw"),
    executeValues: (sql, parameters) => Effect.map(run(sql, parameters, "values"), (rows) => rows.filter(isArray)),
    executeStream: (sql, parameters, transformRows) =>
      Stream.fromIterableEffect(execute(sql, parameters, transformRows))
  }
}

// A store has about twenty statements; lists with filters have more, and each is short.
const maxPrepared = 200

const makeRun = (database: driver.Database): Run => {
  const cache = new Map<string, { readonly prepared: driver.Prepared; readonly isQuery: boolean }>()

  const prepare = (sql: string) => {
    const cached = cache.get(sql)
    if (cached !== undefined) return cached
    const prepared = database.prepare(sql)
    const entry = { prepared, isQuery: prepared.columns().length > 0 }
    if (cache.size >= maxPrepared) {
      for (const oldest of cache.keys()) {
        cache.delete(oldest)
        break
      }
    }
    cache.set(sql, entry)
    return entry
  }

  return (sql, parameters, mode) =>
    Effect.withFiberRuntime((fiber) =>
      attempt("Failed to execute statement", (): ReadonlyArray<object> => {
        const { isQuery, prepared } = prepare(sql)
        if (!isQuery) {
          const result = prepared.run(...parameters)
          return mode === "raw" ? [result] : []
        }
        prepared.setReadBigInts(Context.get(fiber.currentContext, SafeIntegers))
        prepared.setReturnArrays(mode === "values")
        return prepared.all(...parameters)
      })
    )
}
