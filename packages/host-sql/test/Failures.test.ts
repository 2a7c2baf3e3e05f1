import { join } from "node:path"
import * as Operations from "@effect-lro/core/Operations"
import type { OperationsError } from "@effect-lro/core/OperationsError"
import * as Retrying from "@effect-lro/core/Retrying"
import * as HostSql from "@effect-lro/host-sql/HostSql"
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
import * as Host from "@effect-lro/host/Host"
import * as HostedOperation from "@effect-lro/host/HostedOperation"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as OperationStore from "@effect-lro/host/OperationStore"
import { newFile } from "@effect-lro/test-support/Files"
/** What becomes of operations, and what callers see, while the database is locked, full, failing or away. */
import * as Goals from "@effect-lro/test-support/Goals"
import * as Postgres from "@effect-lro/test-support/Postgres"
import * as PostgresServer from "@effect-lro/test-support/PostgresServer"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Disk from "./support/disk.js"

const parent = "projects/demo"

const Work = HostedOperation.make({
  name: "test.Work",
  payload: Schema.Struct({ millis: Schema.Number, filler: Schema.String }),
  metadata: HostedOperation.empty,
  response: Schema.Struct({ millis: Schema.Number }),
  error: Schema.Never
})

const WorkLive = Work.toLayer(({ millis }) => Effect.as(Effect.sleep(Duration.millis(millis)), { millis }))

const start = (millis: number, options?: { readonly requestId?: string; readonly filler?: string }) =>
  Effect.map(
    Work.start({ millis, filler: options?.filler ?? "" }, { parent, requestId: options?.requestId }),
    ({ name }) => name
  )

/** Has the client of the host's own connection as well, for what is only set there. */
const embedded = (filename: string) =>
  WorkLive.pipe(
    Layer.provideMerge(HostSql.layer()),
    Layer.provideMerge(SqliteClient.layer({ filename, busyTimeout: "2 seconds" }))
  )

/** The host warns of what is the matter here. */
const quietly = Logger.withMinimumLogLevel(LogLevel.None)

/** As a client does: it asks again, with the same request id, where it is told that it may help. */
const patiently = <A, E extends OperationsError, R>(self: Effect.Effect<A, E, R>) =>
  Effect.retry(self, {
    while: ({ _tag }) => _tag === "Unavailable" || _tag === "ResourceExhausted",
    schedule: Schedule.spaced("100 millis")
  })

const awaitDone = (name: string) =>
  Effect.repeat(patiently(Operations.wait(name)), { until: ({ _tag }) => _tag !== "Running" })

/** Everything of the parent is there, and nothing but that. */
const expectAll = (names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const listed = yield* Operations.list({ name: parent, pageSize: 500 }).pipe(Stream.runCollect)
    assert.deepStrictEqual(
      Chunk.toReadonlyArray(listed)
        .map(({ name }) => name)
        .sort(),
      [...names].sort()
    )
  })

describe("a database that is locked by somebody else", () => {
  for (const seconds of [1, 5, 30]) {
    it.live(`for ${seconds} s holds up writes, not reads, and loses nothing`, () =>
      Effect.gen(function* () {
        const filename = yield* newFile
        yield* Effect.gen(function* () {
          const other = yield* Effect.map(Layer.build(SqliteClient.layer({ filename })), (context) =>
            Context.get(context, SqlClient.SqlClient)
          )
          const running = yield* start(500)
          const holder = yield* Effect.fork(other.withTransaction(Effect.sleep(Duration.seconds(seconds))))
          yield* Effect.sleep("100 millis")

          const written = yield* Effect.fork(Effect.either(start(0)))
          yield* Effect.sleep("100 millis")
          assert.strictEqual((yield* Operations.get(running))._tag, "Running")
          const answer = yield* Fiber.join(written)
          if (seconds === 1) assert.strictEqual(answer._tag, "Right")
          else if (answer._tag === "Right" || answer.left._tag !== "Unavailable") assert.fail(`saw ${String(answer)}`)
          else assert.strictEqual(answer.left.status.details[0]?.["@type"], "type.googleapis.com/google.rpc.RetryInfo")

          // What has come to its end in the meantime waits for it to be written.
          const ended = yield* awaitDone(running)
          assert.strictEqual(ended._tag, "Succeeded")
          yield* Fiber.join(holder)
          const later = yield* start(0)
          yield* expectAll([running, later, ...(answer._tag === "Right" ? [answer.right] : [])])
        }).pipe(Effect.provide(embedded(filename)))
      }).pipe(Effect.scoped, quietly, VirtualTime.run)
    )
  }
})

/** Starts operations until the database has no room for one more. */
const fill = Effect.gen(function* () {
  const names: Array<string> = []
  while (true) {
    const answer = yield* Effect.either(start(0, { filler: "x".repeat(20_000) }))
    if (answer._tag === "Right") names.push(answer.right)
    else return { names, error: answer.left }
    if (names.length > 1000) return yield* Effect.dieMessage("the database takes everything")
  }
})

describe("a database that is full", () => {
  it.scopedLive("refuses what is new, still answers, and goes on once there is room", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const running = yield* start(60_000)
        yield* sql`PRAGMA max_page_count = 60`
        const { error, names } = yield* fill
        assert.strictEqual(error._tag, "ResourceExhausted")
        assert.isAbove(names.length, 2)
        yield* expectAll([running, ...names])
        yield* sql`PRAGMA max_page_count = 100000`
        const later = yield* start(0, { filler: "x".repeat(20_000) })
        yield* patiently(Operations.cancel(running))
        for (const name of [...names, later]) assert.strictEqual((yield* awaitDone(name))._tag, "Succeeded")
        assert.strictEqual((yield* awaitDone(running))._tag, "Cancelled")
      }).pipe(Effect.provide(embedded(filename)))
    })
  )

  const refused = Disk.refused()
  if (refused !== undefined) return Disk.skipped(refused)

  it.scopedLive("as its disk is, too", () =>
    Effect.gen(function* () {
      const disk = yield* Disk.mount("1m")
      yield* Effect.gen(function* () {
        const { error, names } = yield* fill
        assert.strictEqual(error._tag, "ResourceExhausted")
        yield* expectAll(names)
        yield* disk.resize("8m")
        const later = yield* start(0, { filler: "x".repeat(20_000) })
        for (const name of [...names, later]) assert.strictEqual((yield* awaitDone(name))._tag, "Succeeded")
      }).pipe(Effect.provide(embedded(join(disk.path, "operations.db"))))
    }).pipe(quietly)
  )
})

/** One call in twenty fails; half of those have done before what they were asked to. */
const failing = (store: OperationStore.Service): OperationStore.Service => {
  const error = new OperationStore.StoreError({ reason: "Unavailable", operation: "a disk that fails now and then" })
  const maybe = <A>(self: Effect.Effect<A, OperationStore.StoreError>) =>
    Effect.flatMap(Random.nextIntBetween(0, 40), (n) =>
      n === 0 ? Effect.fail(error) : n === 1 ? Effect.zipRight(self, Effect.fail(error)) : self
    )
  return {
    create: (record) => maybe(store.create(record)),
    get: (name) => maybe(store.get(name)),
    compareAndSet: (expected, next) => maybe(store.compareAndSet(expected, next)),
    delete: (expected) => maybe(store.delete(expected)),
    list: (request) => maybe(store.list(request)),
    unfinished: (request) => maybe(store.unfinished(request)),
    purge: (request) => maybe(store.purge(request)),
    counts: maybe(store.counts),
    subscribe: store.subscribe
  }
}

describe("a disk that fails now and then, before or after it has written", () => {
  it.live("loses nothing, starts nothing twice and ends nothing twice", () =>
    Effect.gen(function* () {
      const filename = yield* newFile
      const live = WorkLive.pipe(
        Layer.provideMerge(HostOperations.layer),
        Layer.provideMerge(Host.layer()),
        Layer.provide(Layer.effect(OperationStore.OperationStore, Effect.map(OperationStore.OperationStore, failing))),
        Layer.provide(SqlOperationStore.layer()),
        Layer.provide(SqliteClient.layer({ filename }))
      )
      const count = Goals.isLong ? 1000 : 100
      yield* Effect.gen(function* () {
        const names = yield* Effect.forEach(
          Array.from({ length: count }, (_, i) => i),
          (i) =>
            Effect.gen(function* () {
              const name = yield* patiently(start(i % 2 === 0 ? 50 : 1_000_000, { requestId: `request-${i}` }))
              if (i % 2 === 1) yield* patiently(Operations.cancel(name))
              return name
            }),
          { concurrency: 8 }
        )
        assert.strictEqual(new Set(names).size, count)
        const ends = yield* Effect.forEach(names, awaitDone, { concurrency: 8 })
        const wrong = ends.filter(({ _tag }, i) => _tag !== (i % 2 === 0 ? "Succeeded" : "Cancelled")).length
        const measured = `${wrong} of ${count} operations ended wrong while 5 % of what the store was asked failed`
        Goals.tell("G17", measured, wrong === 0)
        assert.strictEqual(wrong, 0)
        const again = yield* Effect.forEach(names, (name) => patiently(Operations.get(name)))
        assert.deepStrictEqual(again, ends)
        yield* patiently(expectAll(names))
      }).pipe(Effect.provide(live))
    }).pipe(Effect.scoped, quietly, VirtualTime.run)
  )
})

/** Reads again and again, and counts what became of it, until it is interrupted. */
const reading = (operations: Operations.Service, names: ReadonlyArray<string>) => {
  const seen = { reads: 0, failed: 0, others: 0 }
  const read = Effect.gen(function* () {
    const name = names[yield* Random.nextIntBetween(0, Math.max(1, names.length))]
    if (name === undefined) return
    const answer = yield* Effect.either(operations.get(name))
    seen.reads += 1
    if (answer._tag === "Right") return
    seen.failed += 1
    if (answer.left._tag !== "Unavailable") seen.others += 1
  })
  return { seen, run: Effect.forever(Effect.delay(read, "20 millis")) }
}

describe("a Postgres that is restarted again and again", () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.scopedLive(
    "is UNAVAILABLE in between, and everything ends as it should",
    () =>
      Effect.gen(function* () {
        const server = yield* PostgresServer.start
        const restarts = Goals.isLong ? 30 : 3
        const count = Goals.isLong ? 500 : 40
        const restarting = Effect.gen(function* () {
          yield* Effect.sleep(Goals.isLong ? "5 seconds" : "700 millis")
          yield* server.stop
          yield* Effect.sleep("300 millis")
          yield* server.start
        })
        yield* Effect.gen(function* () {
          const chaos = yield* Effect.fork(Effect.repeatN(restarting, restarts - 1))
          const pause = Duration.millis((restarts * (Goals.isLong ? 6000 : 1500)) / count)
          const names: Array<string> = []
          const operations = yield* Operations.Operations
          const bare = reading(operations, names)
          const repeated = reading(Retrying.make(operations), names)
          const readers = yield* Effect.fork(Effect.all([bare.run, repeated.run], { concurrency: 2 }))
          for (let i = 0; i < count; i++) {
            const name = yield* patiently(start(i % 2 === 0 ? 50 : 1_000_000, { requestId: `request-${i}` }))
            if (i % 2 === 1) yield* patiently(Operations.cancel(name))
            names.push(name)
            yield* Effect.sleep(pause)
          }
          yield* Fiber.join(chaos)
          yield* Fiber.interrupt(readers)
          const ends = yield* Effect.forEach(names, awaitDone, { concurrency: 8 })
          const wrong = ends.filter(({ _tag }, i) => _tag !== (i % 2 === 0 ? "Succeeded" : "Cancelled")).length
          Goals.tell("G18", `${wrong} of ${count} operations ended wrong over ${restarts} restarts`, wrong === 0)
          const others = bare.seen.others + repeated.seen.others
          const share = repeated.seen.failed / repeated.seen.reads
          const told =
            `${(share * 100).toFixed(2)} % of ${repeated.seen.reads} reads that a client repeats failed, of ${bare.seen.reads} ` +
            `that nobody repeats ${((bare.seen.failed / bare.seen.reads) * 100).toFixed(2)} %, ${others} with anything but UNAVAILABLE`
          process.stdout.write(`${told}\n`)
          Goals.tell("G18", told, share <= 0.01 && others === 0)
          assert.strictEqual(others, 0)
          assert.isAbove(bare.seen.failed, 0)
          assert.strictEqual(wrong, 0)
          yield* expectAll(names)
        }).pipe(Effect.provide(Layer.provideMerge(WorkLive, HostSql.layerPostgres({ url: server.url }))))
      }).pipe(quietly),
    Goals.isLong ? 600_000 : 120_000
  )
})
