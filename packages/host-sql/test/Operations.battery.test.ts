import * as RestOperations from "@effect-lro/client/RestOperations"
import * as HostSql from "@effect-lro/host-sql/HostSql"
import * as NodeOperationsServer from "@effect-lro/server-node/NodeOperationsServer"
import { newFile } from "@effect-lro/test-support/Files"
import * as HostSubject from "@effect-lro/test-support/HostSubject"
import * as Postgres from "@effect-lro/test-support/Postgres"
import * as Battery from "@effect-lro/testing/Battery"
import * as Subject from "@effect-lro/testing/Subject"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const subject = Layer.effect(Subject.Subject, HostSubject.make)

const sqlite = Layer.unwrapScoped(Effect.map(newFile, (filename) => HostSql.layerSqlite({ filename })))

const postgres = Layer.unwrapScoped(Effect.map(Postgres.database, (url) => HostSql.layerPostgres({ url })))

/** A client of a server on a socket, in front of the host. */
const overSocket = Layer.unwrapEffect(
  Effect.map(NodeOperationsServer.NodeOperationsServer, ({ url }) =>
    RestOperations.layer({ service: HostSubject.service, endpoint: url })
  )
).pipe(Layer.provide([NodeOperationsServer.layer({ service: HostSubject.service }), FetchHttpClient.layer]))

describe.concurrent("a host over SQLite, against the battery", () => {
  Battery.register(it.live, { layer: Layer.provideMerge(subject, sqlite), capabilities: HostSubject.capabilities })
})

describe.concurrent("a host over SQLite and a socket, against the battery", () => {
  Battery.register(it.live, {
    layer: Layer.merge(subject, overSocket).pipe(Layer.provide(sqlite)),
    capabilities: HostSubject.capabilities
  })
})

describe.concurrent("a host over Postgres, against the battery", () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()
  Battery.register(it.live, { layer: Layer.provideMerge(subject, postgres), capabilities: HostSubject.capabilities })
})

describe.concurrent("a host over Postgres and a socket, against the battery", () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()
  Battery.register(it.live, {
    layer: Layer.merge(subject, overSocket).pipe(Layer.provide(postgres)),
    capabilities: HostSubject.capabilities
  })
})
