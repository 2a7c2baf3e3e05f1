import * as RestOperations from "@effect-lro/client/RestOperations"
import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as HostSql from "@effect-lro/host-sql/HostSql"
import * as Host from "@effect-lro/host/Host"
import type * as Job from "@effect-lro/host/Job"
import * as StatusError from "@effect-lro/host/StatusError"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as NodeOperationsServer from "@effect-lro/server-node/NodeOperationsServer"
import * as Battery from "@effect-lro/testing/Battery"
import * as Subject from "@effect-lro/testing/Subject"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { newFile } from "./support/files.js"
import * as Postgres from "./support/Postgres.js"

const service = ServiceDescription.project({
  id: "battery.example.com",
  ids: "multi-segment",
  methods: ["get", "list", "cancel", "delete", "wait"]
})

/** All but what a body cannot be, and what only a client that is witnessed can show. */
const capabilities: Subject.Capabilities = {
  ...Subject.everything,
  doneWithoutResult: false,
  requestWitness: false,
  trouble: false
}

const body = (behaviour: Subject.Behaviour): Effect.Effect<AnyMessage.AnyMessage | void, StatusError.StatusError> => {
  switch (behaviour._tag) {
    case "RunsUntilCancelled":
      return Effect.onInterrupt(Effect.never, () => Effect.sleep(behaviour.cancelLatency ?? 0))
    case "Completes":
      return Effect.sleep(behaviour.after)
    case "Fails":
      return Effect.delay(Effect.fail(StatusError.make(behaviour.status)), behaviour.after)
    case "IgnoresCancel":
      return Effect.uninterruptible(Effect.sleep(behaviour.after))
    case "Succeeded":
      return Effect.succeed(behaviour.response)
    case "Failed":
      return Effect.fail(StatusError.make(behaviour.status))
    case "DoneWithoutResult":
      return Effect.dieMessage("a body always has a result")
  }
}

const subject = Layer.effect(
  Subject.Subject,
  Effect.gen(function* () {
    const host = yield* Host.Host
    const bodies = new Set<string>()
    const witnessed = (behaviour: Subject.Behaviour) => (job: Job.Job) =>
      Effect.acquireUseRelease(
        Effect.sync(() => bodies.add(job.name)),
        () => body(behaviour),
        () => Effect.sync(() => bodies.delete(job.name))
      )
    return {
      parent: "projects/demo",
      emptyParent: "projects/empty",
      unknownName: "projects/demo/operations/unknown",
      unit: Duration.millis(20),
      start: (behaviour, options) =>
        host
          .submit({
            parent: "projects/demo",
            name: options?.name,
            body: witnessed(behaviour),
            startDelay: behaviour._tag === "RunsUntilCancelled" ? behaviour.pending : undefined
          })
          .pipe(
            Effect.map((operation) => operation.name),
            Effect.orDie
          ),
      isBodyRunning: (name) => Effect.sync(() => bodies.has(name))
    }
  })
)

const sqlite = Layer.unwrapScoped(Effect.map(newFile, (filename) => HostSql.layerSqlite({ filename })))

const postgres = Layer.unwrapScoped(Effect.map(Postgres.database, (url) => HostSql.layerPostgres({ url })))

/** A client of a server on a socket, in front of the host. */
const overSocket = Layer.unwrapEffect(
  Effect.map(NodeOperationsServer.NodeOperationsServer, ({ url }) => RestOperations.layer({ service, endpoint: url }))
).pipe(Layer.provide([NodeOperationsServer.layer({ service }), FetchHttpClient.layer]))

describe.concurrent("a host over SQLite, against the battery", () => {
  Battery.register(it.live, { layer: Layer.provideMerge(subject, sqlite), capabilities })
})

describe.concurrent("a host over SQLite and a socket, against the battery", () => {
  Battery.register(it.live, {
    layer: Layer.merge(subject, overSocket).pipe(Layer.provide(sqlite)),
    capabilities
  })
})

describe.concurrent("a host over Postgres, against the battery", () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()
  Battery.register(it.live, { layer: Layer.provideMerge(subject, postgres), capabilities })
})

describe.concurrent("a host over Postgres and a socket, against the battery", () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()
  Battery.register(it.live, {
    layer: Layer.merge(subject, overSocket).pipe(Layer.provide(postgres)),
    capabilities
  })
})
