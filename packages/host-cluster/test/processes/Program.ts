import { Socket } from "node:net"
import * as Operations from "@effect-lro/core/Operations"
import * as ClusterConfig from "@effect-lro/host-cluster/ClusterConfig"
import * as ClusterStorage from "@effect-lro/host-cluster/ClusterStorage"
import * as HostCluster from "@effect-lro/host-cluster/HostCluster"
import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as StatusError from "@effect-lro/host/StatusError"
import * as ShardingConfig from "@effect/cluster/ShardingConfig"
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Calls from "./Calls.js"
import * as Witness from "./Witness.js"
import * as Works from "./Works.js"

/** A process of a cluster as a user would write it, only that its parent tells it what to do. */
const settings = Schema.decodeUnknownSync(Schema.parseJson(Calls.Settings))(process.argv[2])

const mark = (operation: string, attempt: number, mark: Witness.Mark["mark"]) =>
  Effect.sync(() => Witness.write(settings.witness, { operation, pid: process.pid, attempt, mark, at: Date.now() }))

const work = Works.all.map((definition) =>
  definition.toLayer(({ ends, isStubborn, millis }, { attempt, name }) =>
    Effect.acquireUseRelease(
      mark(name, attempt, "began"),
      () => {
        const sleep = Effect.sleep(millis)
        return Effect.zipRight(
          isStubborn ? Effect.uninterruptible(sleep) : sleep,
          ends === "Succeeded" ? Effect.void : Effect.fail(StatusError.make({ code: "INTERNAL" }))
        )
      },
      () => mark(name, attempt, "ended")
    )
  )
)

/** A connection on which nothing is heard is a dead one: the operating system would find that out in a quarter of an hour. */
const socket = () => {
  const made = new Socket()
  made.setTimeout(10_000, () => made.destroy(new Error("the database does not answer")))
  return made
}

const config = ClusterConfig.toShardingConfig({
  host: "127.0.0.1",
  port: settings.port,
  leaseDuration: settings.leaseDuration
})

const database = PgClient.layer({
  url: Redacted.make(settings.database),
  applicationName: settings.application,
  maxConnections: 6,
  connectTimeout: "5 seconds",
  stream: socket
})

const cluster = NodeClusterSocket.layer({ storage: "byo", shardingConfig: config }).pipe(
  Layer.provide(ClusterStorage.layer),
  Layer.provide(ShardingConfig.layer(config))
)

const host = HostCluster.layer({ sweepInterval: "2 seconds" }).pipe(
  Layer.provide(cluster),
  Layer.provide(SqlOperationStore.layer()),
  Layer.provide(database)
)

const answer = ({ call, id }: typeof Calls.Request.Type) =>
  Effect.gen(function* () {
    switch (call._tag) {
      case "Start":
        return (yield* Works.byName(call.work).start(call.payload, { requestId: call.requestId })).name
      case "Get":
        return (yield* Operations.get(call.name))._tag
      case "Cancel":
        yield* Operations.cancel(call.name)
        return ""
    }
  }).pipe(
    Effect.match({
      onSuccess: (value) => ({ id, value }),
      onFailure: (error) => ({ id, error: error._tag })
    }),
    Effect.flatMap((reply) => Effect.sync(() => void process.send?.(reply)))
  )

const main = Effect.gen(function* () {
  const requests = yield* Queue.unbounded<unknown>()
  process.on("message", (message) => Queue.unsafeOffer(requests, message))
  process.on("disconnect", () => process.exit(1))
  process.send?.("ready")
  return yield* Queue.take(requests).pipe(
    Effect.flatMap(Schema.decodeUnknown(Calls.Request)),
    Effect.flatMap((request) => Effect.fork(answer(request))),
    Effect.forever
  )
}).pipe(
  Effect.provide(Layer.provideMerge(Layer.mergeAll(HostOperations.layer, ...work), host)),
  Effect.provide(Logger.minimumLogLevel(settings.isVerbose ? LogLevel.Debug : LogLevel.None))
)

NodeRuntime.runMain(main)
