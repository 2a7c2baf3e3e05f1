import * as NodeClient from "@effect-lro/client-node/NodeClient"
import * as Batches from "@effect-lro/client/Batches"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"

// As a user would write it: everything that is on by default is on.
const serviceOf = ({ isBatched }) =>
  ServiceDescription.project({
    id: "bench.googleapis.com",
    versions: ["v1"],
    batchPath: isBatched ? "batch" : undefined
  })

const clients = {
  ours: () => NodeClient.layer(),
  undici: () => NodeHttpClient.layerUndici
}

/** Our operations over our transport, or over the HttpClient of platform-node. */
export const runtime = ({ base, settings }) =>
  ManagedRuntime.make(
    RestOperations.layer({ service: serviceOf(settings), endpoint: base, batches: Batches.make() }).pipe(
      Layer.provideMerge(clients[settings.client]())
    )
  )
