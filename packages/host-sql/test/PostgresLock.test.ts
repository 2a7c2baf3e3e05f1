import * as Net from "node:net"
import * as Operations from "@effect-lro/core/Operations"
import * as HostSql from "@effect-lro/host-sql/HostSql"
import * as PostgresLock from "@effect-lro/host-sql/PostgresLock"
import * as Host from "@effect-lro/host/Host"
import * as Postgres from "@effect-lro/test-support/Postgres"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"

const build = (url: Redacted.Redacted, options: Partial<HostSql.PostgresOptions> = {}) =>
  Layer.build(HostSql.layerPostgres({ url, ...options }))

const administrator = (url: Redacted.Redacted) =>
  Effect.map(Layer.build(PgClient.layer({ url, applicationName: "test" })), (context) =>
    Context.get(context, PgClient.PgClient)
  )

const holders = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

/** A way to a database that can be cut off without a word: what was connected hears nothing any more, what comes passes. */
const wayTo = (url: Redacted.Redacted) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: Redacted.Redacted; readonly cutOff: () => number; readonly close: () => void }>(
      (resume) => {
        const target = new URL(Redacted.value(url))
        const sockets = new Set<Net.Socket>()
        const server = Net.createServer((near) => {
          const far = target.searchParams.has("host")
            ? Net.connect(`${target.searchParams.get("host")}/.s.PGSQL.${target.port || 5432}`)
            : Net.connect(Number(target.port || 5432), target.hostname)
          for (const [from, to] of [[near, far] as const, [far, near] as const]) {
            sockets.add(from)
            from.on("data", (bytes) => void to.write(bytes))
            from.on("error", () => {})
            from.on("close", () => to.destroy())
          }
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const through = new URL(target)
          through.searchParams.delete("host")
          through.hostname = "127.0.0.1"
          through.port = String(typeof address === "object" ? address?.port : "")
          const cutOff = () => {
            for (const socket of sockets) {
              socket.removeAllListeners("data")
              socket.removeAllListeners("close")
              socket.resume()
            }
            return sockets.size
          }
          const close = () => {
            server.close()
            for (const socket of sockets) socket.destroy()
          }
          resume(Effect.succeed({ url: Redacted.make(through.href), cutOff, close }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

const often = Schedule.intersect(Schedule.spaced("100 millis"), Schedule.recurs(300))

describe("The lock of a Postgres host", () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.scopedLive("keeps a second host away, tells who holds it, and is let go of with the first", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      const scope = yield* Scope.make()
      yield* Scope.extend(build(url), scope)
      const error = yield* Effect.flip(build(url))
      assert.instanceOf(error, PostgresLock.PostgresLocked)
      if (error._tag !== "PostgresLocked") return
      const sql = yield* administrator(url)
      const [row] = yield* sql.unsafe<{ pid: number }>(holders)
      assert.deepStrictEqual(error.pid, Option.some(row?.pid ?? 0))
      assert.isTrue(Option.isSome(error.client))
      assert.include(error.message, `backend ${row?.pid}`)
      assert.include(error.message, "@effect-lro/host-cluster")
      yield* Scope.close(scope, Exit.void)
      yield* build(url)
    })
  )

  it.scopedLive("is of one schema, and nobody's where it is not wanted", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      yield* (yield* administrator(url)).unsafe("CREATE SCHEMA other")
      const other = new URL(Redacted.value(url))
      other.searchParams.set("options", "-c search_path=other")
      yield* build(url)
      yield* build(Redacted.make(other.href))
      yield* build(url, { lock: false })
    })
  )

  it.scopedLive("is taken anew where its connection is lost, and the log tells of both", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      const logged: Array<string> = []
      const logger = Logger.make(({ message }) => void logged.push(String(message)))
      yield* Effect.provide(build(url), Logger.replace(Logger.defaultLogger, logger))
      const sql = yield* administrator(url)
      const before = yield* sql.unsafe<{ pid: number }>(holders)
      yield* sql`SELECT pg_terminate_backend(${before[0]?.pid ?? 0})`
      const after = yield* sql.unsafe<{ pid: number }>(holders).pipe(
        Effect.filterOrFail((rows) => rows.length === 1 && rows[0]?.pid !== before[0]?.pid),
        Effect.retry(often)
      )
      assert.notDeepEqual(after, before)
      assert.strictEqual((yield* Effect.flip(build(url)))._tag, "PostgresLocked")
      yield* Effect.sync(() => logged.some((line) => line.includes("held again"))).pipe(
        Effect.filterOrFail((told) => told),
        Effect.retry(often)
      )
      assert.isTrue(logged.some((line) => line.includes("was lost with its connection")))
    })
  )

  it.scopedLive("is waited for where another process took it meanwhile, which the log tells", () =>
    Effect.gen(function* () {
      const url = yield* Postgres.database
      const logged: Array<string> = []
      const logger = Logger.make(({ message }) => void logged.push(String(message)))
      const told = (words: string) =>
        Effect.sync(() => logged.some((line) => line.includes(words))).pipe(
          Effect.filterOrFail((isTold) => isTold),
          Effect.retry(often)
        )
      yield* Effect.provide(build(url), Logger.replace(Logger.defaultLogger, logger))
      const sql = yield* administrator(url)
      const [held] = yield* sql.unsafe<{ pid: number; key: string }>(
        holders.replace("pid", "pid, (classid::bigint << 32 | objid::bigint)::text AS key")
      )
      const other = yield* Scope.make()
      const connection = yield* Scope.extend(sql.reserve, other)
      // It stands in line, and so has the lock as soon as it is free.
      const taken = yield* Effect.fork(
        connection.executeUnprepared(`SELECT pg_advisory_lock(${held?.key ?? 0})`, [], undefined)
      )
      yield* sql`SELECT pg_terminate_backend(${held?.pid ?? 0})`
      yield* Fiber.join(taken)
      yield* told("another process has taken over")
      yield* connection.executeUnprepared("SELECT pg_advisory_unlock_all()", [], undefined)
      yield* Scope.close(other, Exit.void)
      yield* told("held again")
    })
  )

  it.scopedLive(
    "and every other connection is given up where it is lost without a word, so that nothing hangs",
    () =>
      Effect.gen(function* () {
        const way = yield* wayTo(yield* Postgres.database)
        yield* Effect.gen(function* () {
          const { name } = yield* Host.submit({ body: () => Effect.never })
          yield* Operations.get(name)
          assert.isAbove(way.cutOff(), 0)
          // Each waits for no longer than a statement may take.
          assert.isTrue(Either.isLeft(yield* Effect.either(Effect.timeout(Operations.get(name), "30 seconds"))))
          const found = yield* Effect.retry(Operations.get(name), often)
          assert.strictEqual(found._tag, "Running")
          yield* Operations.cancel(name)
          const over = yield* Effect.retry(Operations.wait(name), often)
          assert.strictEqual(over._tag, "Cancelled")
        }).pipe(
          Effect.provide(
            HostSql.layerPostgres({ url: way.url, maxConnections: 1, store: { statementTimeout: "500 millis" } })
          ),
          Effect.timeout("90 seconds")
        )
      }),
    120_000
  )
})
