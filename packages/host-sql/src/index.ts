/**
 * A host, and its operations, that survive their process: in an SQLite file for one process, in Postgres for many.
 *
 * @since 0.1.0
 */
export * as HostSql from "./HostSql.js"

/**
 * The tables of the store, made and brought up to date in steps.
 *
 * @since 0.1.0
 */
export * as Migrations from "./Migrations.js"

/**
 * Sees to it that one process at a time runs the operations of a Postgres database: a second one would run the same bodies.
 *
 * @since 0.1.0
 */
export * as PostgresLock from "./PostgresLock.js"

/**
 * A host's store in SQLite or in Postgres, over any `SqlClient` of theirs.
 *
 * Every write is one statement that compares the version and the fence of the record, so none needs a transaction, and what
 * came of it is never half. On Postgres no statement is interrupted, since that could hit another one of the same pool.
 *
 * @since 0.1.0
 */
export * as SqlOperationStore from "./SqlOperationStore.js"

/**
 * An `@effect/sql` client for SQLite that needs no compiler at installation: over `node:sqlite` where this Node has it, and
 * over the prebuilt binaries of `@photostructure/sqlite` where not.
 *
 * Statements are synchronous, so none is ever cut in half. What waits is the fiber and not the process: a database that
 * somebody else has locked is tried again within `busyTimeout` while other fibers go on.
 *
 * @since 0.1.0
 */
export * as SqliteClient from "./SqliteClient.js"

/**
 * Sees to it that one process at a time runs the operations of an SQLite file: a second one would run the same bodies.
 *
 * @since 0.1.0
 */
export * as SqliteLock from "./SqliteLock.js"
