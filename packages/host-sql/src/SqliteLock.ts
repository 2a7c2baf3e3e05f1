/**
 * Sees to it that one process at a time runs the operations of an SQLite file: a second one would run the same bodies.
 *
 * @since 0.1.0
 */
import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as driver from "./internal/sqliteDriver.js"
import * as sqliteError from "./internal/sqliteError.js"
import type * as SqliteClient from "./SqliteClient.js"

/**
 * Another process runs the operations of this file.
 *
 * @since 0.1.0
 * @category errors
 */
export class SqliteLocked extends Schema.TaggedError<SqliteLocked>("@effect-lro/host-sql/SqliteLock/SqliteLocked")(
  "SqliteLocked",
  { filename: Schema.String }
) {
  override get message(): string {
    return `another process runs the operations of ${this.filename}`
  }
}

/**
 * Holds the lock of a database until the scope closes or the process ends, however it ends: it is the operating system's, on
 * a file of its own beside the database, whose readers are not disturbed. A database in memory needs none.
 *
 * Fails with `SqliteLocked` where somebody holds it, at once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const acquire = (
  options: Pick<SqliteClient.Options, "filename" | "driver">
): Effect.Effect<void, SqliteLocked | SqlError, Scope.Scope> =>
  options.filename === ":memory:"
    ? Effect.void
    : Effect.gen(function* () {
        const { open } = yield* driver.load(options.driver ?? "any")
        const file = `${options.filename}.lock`
        const database = yield* Effect.acquireRelease(
          attempt(`Could not open ${file}`, () => open(file, { readOnly: false })),
          (database) => Effect.sync(() => database.close())
        )
        yield* attempt(`Could not lock ${file}`, () => database.exec("BEGIN EXCLUSIVE"))
      }).pipe(
        Effect.mapError((error) =>
          sqliteError.isBusy(error) ? new SqliteLocked({ filename: options.filename }) : error
        )
      )

const attempt = <A>(message: string, f: () => A): Effect.Effect<A, SqlError> =>
  Effect.try({ try: f, catch: (cause) => new SqlError({ cause, message }) })
