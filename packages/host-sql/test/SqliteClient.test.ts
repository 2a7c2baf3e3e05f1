import { copyFileSync, existsSync } from "node:fs"
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import { newFile } from "@effect-lro/test-support/Files"
import * as Processes from "@effect-lro/test-support/Processes"
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"

const open = (options: SqliteClient.Options) => Effect.provide(SqliteClient.make(options), Reactivity.layer)

// Node 20 has no `node:sqlite`, and some later ones only half of it.
const hasBuiltin = await open({ filename: ":memory:", driver: "builtin" }).pipe(
  Effect.scoped,
  Effect.isSuccess,
  Effect.runPromise
)

const drivers = hasBuiltin ? (["builtin", "prebuilt"] as const) : (["prebuilt"] as const)

const errcode = (exit: Exit.Exit<unknown, SqlError>): number => {
  const error = Exit.match(exit, { onSuccess: () => undefined, onFailure: (cause) => cause })
  if (error?._tag !== "Fail" || !(error.error.cause instanceof Error)) {
    throw new Error(`no failure of SQLite: ${String(exit)}`)
  }
  if ("errcode" in error.error.cause) return Number(error.error.cause.errcode) & 0xff
  // The prebuilt driver does not tell the code where a statement answers rows.
  return error.error.cause.message === "database is locked" ? 5 : 13
}

const hostile = ["", "'; DROP TABLE t; --", '"', "\u{1F600}", "\uFFFF", "-- \n\r\t", "x".repeat(100_000)]

describe.each(drivers)("SqliteClient over the %s driver", (driver) => {
  it.scoped("reads back what it wrote", () =>
    Effect.gen(function* () {
      const sql = yield* open({ filename: yield* newFile, driver })
      yield* sql`CREATE TABLE t (id INTEGER PRIMARY KEY, value)`
      const values = [null, 0, -1, 1.5, Number.MAX_SAFE_INTEGER, ...hostile]
      yield* Effect.forEach(values, (value, id) => sql`INSERT INTO t (id, value) VALUES (${id}, ${value})`)
      const rows = yield* sql<{ readonly value: unknown }>`SELECT value FROM t ORDER BY id`
      assert.deepStrictEqual(
        rows.map((row) => row.value),
        values
      )
    })
  )

  it.scoped("answers rows, arrays, streams and large integers as asked", () =>
    Effect.gen(function* () {
      const sql = yield* open({ filename: ":memory:", driver })
      const statement = sql`SELECT 1 AS a, 2 AS b`
      assert.deepStrictEqual(
        (yield* statement).map((row) => ({ ...row })),
        [{ a: 1, b: 2 }]
      )
      assert.deepStrictEqual(yield* statement.values, [[1, 2]])
      assert.strictEqual((yield* Stream.runCollect(statement.stream)).length, 1)
      const [big] = yield* Effect.provideService(sql`SELECT 9007199254740993 AS n`, SqlClient.SafeIntegers, true)
      assert.strictEqual(big?.["n"], 9007199254740993n)
    })
  )

  it.scoped("keeps what is committed on the disk, in WAL mode, and takes the log into the file when it closes", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      yield* Effect.scoped(
        Effect.gen(function* () {
          const sql = yield* open({ filename, driver })
          yield* sql`CREATE TABLE t (value TEXT)`
          yield* sql`INSERT INTO t VALUES ('kept')`
          assert.deepStrictEqual(yield* sql`PRAGMA journal_mode`.values, [["wal"]])
          assert.deepStrictEqual(yield* sql`PRAGMA synchronous`.values, [[2]])
          assert.isTrue(existsSync(`${filename}-wal`))
        })
      )
      copyFileSync(filename, `${filename}-copy`)
      const sql = yield* open({ filename: `${filename}-copy`, driver })
      assert.deepStrictEqual(yield* sql`SELECT value FROM t`.values, [["kept"]])
    })
  )

  it.scoped("undoes a transaction that fails, and says so where the commit itself fails", () =>
    Effect.gen(function* () {
      const sql = yield* open({ filename: yield* newFile, driver })
      yield* sql`CREATE TABLE parent (id INTEGER PRIMARY KEY)`
      yield* sql`CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)`
      const refused = yield* Effect.exit(
        sql.withTransaction(Effect.zipRight(sql`INSERT INTO parent VALUES (1)`, Effect.fail("no")))
      )
      assert.deepStrictEqual(refused, Exit.fail("no"))
      const uncommitted = yield* Effect.exit(sql.withTransaction(sql`INSERT INTO child VALUES (7)`))
      assert.strictEqual(errcode(uncommitted), 19)
      yield* sql.withTransaction(sql`INSERT INTO parent VALUES (2)`)
      assert.deepStrictEqual(yield* sql`SELECT id FROM parent`.values, [[2]])
      assert.deepStrictEqual(yield* sql`SELECT id FROM child`.values, [])
    })
  )

  it.scoped("leaves a defect of the program in a transaction alone", () =>
    Effect.gen(function* () {
      const sql = yield* open({ filename: ":memory:", driver })
      const defect = new SqlError({ message: "mine" })
      const exit = yield* Effect.exit(sql.withTransaction(Effect.die(defect)))
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    })
  )

  it.scoped("keeps statements of other fibers out of a transaction", () =>
    Effect.gen(function* () {
      const sql = yield* open({ filename: yield* newFile, driver })
      yield* sql`CREATE TABLE t (value INTEGER)`
      const inside = yield* Deferred.make<void>()
      const goOn = yield* Deferred.make<void>()
      const transaction = yield* sql`INSERT INTO t VALUES (1)`.pipe(
        Effect.zipRight(Deferred.succeed(inside, undefined)),
        Effect.zipRight(Deferred.await(goOn)),
        Effect.zipRight(Effect.fail("undone")),
        sql.withTransaction,
        Effect.fork
      )
      yield* Deferred.await(inside)
      const outside = yield* Effect.fork(sql`INSERT INTO t VALUES (2)`)
      yield* Effect.yieldNow()
      yield* Deferred.succeed(goOn, undefined)
      assert.deepStrictEqual(yield* Fiber.await(transaction), Exit.fail("undone"))
      yield* Fiber.join(outside)
      assert.deepStrictEqual(yield* sql`SELECT value FROM t`.values, [[2]])
    })
  )

  it.scoped("goes back to a savepoint where a transaction within one fails", () =>
    Effect.gen(function* () {
      const sql = yield* open({ filename: ":memory:", driver })
      yield* sql`CREATE TABLE t (value INTEGER)`
      const inner = sql.withTransaction(Effect.zipRight(sql`INSERT INTO t VALUES (2)`, Effect.fail("no")))
      yield* sql.withTransaction(Effect.zipRight(sql`INSERT INTO t VALUES (1)`, Effect.either(inner)))
      assert.deepStrictEqual(yield* sql`SELECT value FROM t`.values, [[1]])
    })
  )

  it.scoped("waits for a lock of somebody else without holding up the process, up to the busy timeout", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      const sql = yield* open({ filename, driver, busyTimeout: "5 seconds" })
      const other = yield* open({ filename, driver })
      yield* sql`CREATE TABLE t (value INTEGER)`
      const inside = yield* Deferred.make<void>()
      const goOn = yield* Deferred.make<void>()
      const holder = yield* Deferred.succeed(inside, undefined).pipe(
        Effect.zipRight(Deferred.await(goOn)),
        other.withTransaction,
        Effect.fork
      )
      yield* Deferred.await(inside)

      const early = yield* Effect.fork(Effect.exit(sql`INSERT INTO t VALUES (1) RETURNING value`))
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual((yield* Fiber.poll(early))._tag, "None")
      assert.deepStrictEqual(yield* sql`SELECT * FROM t`.values, [])
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(errcode(yield* Fiber.join(early)), 5)

      const late = yield* Effect.fork(sql`INSERT INTO t VALUES (2) RETURNING value`)
      yield* TestClock.adjust("1 second")
      yield* Deferred.succeed(goOn, undefined)
      yield* Fiber.join(holder)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(late)
      assert.deepStrictEqual(yield* sql`SELECT value FROM t`.values, [[2]])
    })
  )

  it.scoped("says that the database is full, and goes on once it is not", () =>
    Effect.gen(function* () {
      const sql = yield* open({ filename: yield* newFile, driver })
      yield* sql`CREATE TABLE t (value TEXT)`
      yield* sql`PRAGMA max_page_count = 8`
      const insert = sql`INSERT INTO t VALUES (${"x".repeat(100_000)})`
      assert.strictEqual(errcode(yield* Effect.exit(insert)), 13)
      assert.strictEqual(errcode(yield* Effect.exit(sql.withTransaction(insert))), 13)
      yield* sql`PRAGMA max_page_count = 1000`
      yield* insert
      assert.deepStrictEqual(yield* sql`SELECT count(*) FROM t`.values, [[1]])
    })
  )

  it.scoped("writes nothing where it is read-only", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      const writer = yield* open({ filename, driver })
      yield* writer`CREATE TABLE t (value INTEGER)`
      const reader = yield* open({ filename, driver, readOnly: true })
      yield* writer`INSERT INTO t VALUES (1)`
      assert.deepStrictEqual(yield* reader.withTransaction(reader`SELECT value FROM t`.values), [[1]])
      assert.strictEqual(errcode(yield* Effect.exit(reader`INSERT INTO t VALUES (2)`)), 8)
    })
  )
})

describe("SqliteClient", () => {
  it.scoped("prepares more statements than it keeps", () =>
    Effect.gen(function* () {
      const sql = yield* open({ filename: ":memory:" })
      for (let n = 0; n < 500; n++) assert.deepStrictEqual(yield* sql.unsafe(`SELECT ${n}`).values, [[n]])
      assert.deepStrictEqual(yield* sql.unsafe("SELECT 0").values, [[0]])
    })
  )

  it.scoped("says so where there is no such driver, or the file cannot be opened", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      assert.isTrue(yield* Effect.isFailure(open({ filename: `${filename}/not/there` })))
      if (!hasBuiltin) assert.isTrue(yield* Effect.isFailure(open({ filename, driver: "builtin" })))
    })
  )

  it.effect("reads its options from configuration", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      assert.deepStrictEqual(yield* sql`SELECT 1`.values, [[1]])
    }).pipe(
      Effect.provide(SqliteClient.layerConfig({ filename: Config.string("FILE") })),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["FILE", ":memory:"]])))
    )
  )

  it.scopedLive(
    "lets two processes read and then write one file without an error and without a lost update",
    () =>
      Effect.gen(function* () {
        const filename = yield* newFile
        const sql = yield* open({ filename })
        yield* sql`CREATE TABLE counter (value INTEGER)`
        yield* sql`INSERT INTO counter VALUES (0)`
        const program = yield* Processes.bundle(new URL("processes/Counter.ts", import.meta.url))
        const processes = yield* Effect.replicateEffect(Processes.start(program, filename, "500"), 2)
        for (const process of processes) yield* process.until("ready")
        for (const process of processes) yield* process.say("go")
        for (const process of processes) assert.strictEqual(yield* process.ended, 0)
        assert.deepStrictEqual(yield* sql`SELECT value FROM counter`.values, [[1000]])
      }),
    60_000
  )
})
