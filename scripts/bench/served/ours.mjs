// Our server, as it is run: authentication, limits and metrics on, over a host with one of three stores.
import { randomUUID } from "node:crypto"
import * as Immediate from "@effect-lro/core/Immediate"
import * as Operation from "@effect-lro/core/Operation"
import * as SqliteClient from "@effect-lro/host-sql/SqliteClient"
import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as OperationRecord from "@effect-lro/host/OperationRecord"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as NodeOperationsServer from "@effect-lro/server-node/NodeOperationsServer"
import * as Authenticator from "@effect-lro/server/Authenticator"
import * as Authorizer from "@effect-lro/server/Authorizer"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqlClient from "@effect/sql/SqlClient"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { metadataOf, nameOf, project } from "../operation.mjs"

const service = ServiceDescription.project({
  id: "bench.example.com",
  methods: ["get", "list", "cancel", "delete", "wait"]
})

const parent = `projects/${project}`

const metadataText = metadataOf("RUNNING")

/** No two operations of a real host share the object. */
const metadata = () => JSON.parse(metadataText)

const empty = { "@type": "type.googleapis.com/google.protobuf.Empty" }

const failure = { code: 3, message: "no", details: [] }

const now = () => Number(process.hrtime.bigint()) / 1e6

let reads = 0

const counting = (read) => {
  const counted = (request) => Effect.suspend(() => (reads++, read(request)))
  const immediate = Immediate.of(read)
  return immediate === undefined ? counted : Immediate.make(counted, (request) => (reads++, immediate(request)))
}

/** Counts the reads that reach the store, in whichever form they do. */
const counted = Layer.function(OperationStore.OperationStore, OperationStore.OperationStore, (store) => ({
  ...store,
  get: counting(store.get),
  list: counting(store.list),
  unfinished: counting(store.unfinished),
  subscribe: counting(store.subscribe)
}))

const clients = {
  sqlite: ({ file }) => SqliteClient.layer({ filename: file }),
  postgres: ({ url }) => PgClient.layer({ url: Redacted.make(url), maxConnections: 10 })
}

/** As many records as are asked for: that nothing is known of them but what is stored makes them all alike. */
const fill = (stored, concurrency) =>
  Effect.gen(function* () {
    const store = yield* OperationStore.OperationStore
    const since = DateTime.toEpochMillis(yield* DateTime.now)
    const create = (index) => {
      const created = OperationRecord.make({
        name: nameOf(index),
        parent,
        // The oldest first, as they come.
        createTime: DateTime.unsafeMake(since - (stored - index) * 10),
        metadata: metadata()
      })
      const ended = {
        attempt: 1,
        fence: 1,
        startTime: Option.some(created.createTime),
        endTime: Option.some(created.createTime)
      }
      // Every hundredth is another, so that there is something to be found.
      return store.create(
        index % 100 === 0
          ? { ...created, ...ended, state: "SUCCEEDED", result: Option.some({ _tag: "Response", response: empty }) }
          : { ...created, ...ended, state: "FAILED", result: Option.some({ _tag: "Error", error: failure }) }
      )
    }
    yield* Effect.forEach(
      Array.from({ length: stored }, (_, i) => i),
      create,
      { concurrency, discard: true }
    )
  })

const withOptions = (url) => {
  const changed = new URL(url)
  changed.searchParams.set("options", "-c synchronous_commit=off")
  return changed.href
}

// What fills a store need not be sure of each record by itself, as whoever is measured has to be.
const filling = {
  sqlite: (settings) =>
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(fill(settings.stored, 1))).pipe(
      Effect.provide(Layer.provideMerge(SqlOperationStore.layer(), clients.sqlite(settings)))
    ),
  postgres: ({ stored, url }) =>
    Effect.zipRight(
      fill(stored, 10),
      Effect.flatMap(SqlClient.SqlClient, (sql) => sql`ANALYZE`)
    ).pipe(Effect.provide(Layer.provideMerge(SqlOperationStore.layer(), clients.postgres({ url: withOptions(url) }))))
}

const storeOf = (settings) => {
  const { store, stored } = settings
  if (store === "memory")
    return Layer.tap(OperationStore.layerMemory, (context) => Effect.provide(fill(stored, 1), context))
  const served = Layer.provide(SqlOperationStore.layer(), clients[store](settings))
  return stored === 0 ? served : Layer.provide(served, Layer.effectDiscard(filling[store](settings)))
}

const stopped = new Map()
const ended = new Map()
const finishing = new Map()

const bodies = {
  /** Runs until it is cancelled, and notes when it was. */
  endless: ({ name }) => Effect.onInterrupt(Effect.never, () => Effect.sync(() => stopped.set(name, now()))),
  /** Ends when it is told to. */
  told: ({ name }) => Effect.flatMap(Deferred.make(), (end) => (finishing.set(name, end), Deferred.await(end))),
  short: ({ name }) => Effect.sync(() => void ended.set(name, now()))
}

const start = {
  method: "POST",
  template: `/v1/{parent=projects/*}/jobs:run`,
  handler: ({ variables }) =>
    Effect.map(
      Effect.flatMap(Host.Host, (host) =>
        host.submit({ parent: variables.parent, body: bodies.short, metadata: metadata(), requestId: randomUUID() })
      ),
      Operation.toWire
    )
}

const submit = (host, body, count) =>
  Effect.forEach(
    Array.from({ length: count }),
    () => Effect.map(host.submit({ parent, body: bodies[body], metadata: metadata() }), ({ name }) => name),
    { concurrency: 16 }
  )

const answers = (host) => ({
  usage: () => Effect.sync(() => ({ cpu: process.cpuUsage(), rss: process.memoryUsage().rss, reads })),
  collect: () => Effect.sync(() => (globalThis.gc?.(), { rss: process.memoryUsage().rss })),
  submit: ({ body, count }) => submit(host, body, count),
  /** Answers when that many run that wait to be told. */
  running: ({ count }) =>
    Effect.sync(() => finishing.size).pipe(
      Effect.delay("10 millis"),
      Effect.repeat({ until: (size) => size >= count })
    ),
  stopped: () => Effect.sync(() => Array.from(stopped)),
  ended: () => Effect.sync(() => Array.from(ended)),
  /** Ends everything that waits for it, spread over a while, and says when each was told. */
  finish: ({ millis }) =>
    Effect.gen(function* () {
      const told = []
      const all = Array.from(finishing)
      for (const [name, end] of all) {
        told.push([name, now()])
        yield* Deferred.succeed(end, undefined)
        yield* Effect.sleep(millis / all.length)
      }
      finishing.clear()
      return told
    })
})

// Whoever measures may be stopped at any time.
process.once("disconnect", () => process.exit())

process.once("message", (settings) => {
  const server = NodeOperationsServer.layer({
    service,
    routes: [start],
    authenticate: Authenticator.bearer({ bench: Redacted.make("the-token-of-the-bench") }),
    authorize: Authorizer.byParent({ bench: [parent] }),
    limits: { rate: { limit: 1_000_000 }, maxActive: 2000, maxReadsPerSecond: settings.maxReadsPerSecond },
    hotPath: settings.hotPath,
    headersTimeout: settings.headersTimeout,
    requestTimeout: settings.requestTimeout
  })
  const layer = server.pipe(
    Layer.provideMerge(HostOperations.layer),
    Layer.provideMerge(Host.layer()),
    Layer.provide(counted),
    Layer.provide(storeOf(settings))
  )
  const program = Effect.gen(function* () {
    const { port } = yield* NodeOperationsServer.NodeOperationsServer
    const host = yield* Host.Host
    process.on("message", ({ id, type, ...parameters }) =>
      Effect.runFork(Effect.map(answers(host)[type](parameters), (report) => process.send({ id, report })))
    )
    process.send({ port })
    return yield* Effect.never
  })
  Effect.runPromise(Effect.provide(program, layer)).catch((error) =>
    process.send({ error: String(error?.stack ?? error) })
  )
})
