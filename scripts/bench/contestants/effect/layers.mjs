import * as NodeClient from "@effect-lro/client-node/NodeClient"
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"

// As a user would write it: everything that is on by default is on.
const service = ServiceDescription.project({ id: "bench.googleapis.com", versions: ["v1"] })

const clients = {
  ours: () => NodeClient.layer(),
  undici: () => NodeHttpClient.layerUndici
}

const mask = "operations(name,done,error),nextPageToken"

// A list that says only what a wait wants to know; the library itself asks for everything.
const masked = HttpClient.mapRequest((request) =>
  request.url.includes("/operations?") ? HttpClientRequest.setUrlParam(request, "fields", mask) : request
)

/** Our operations over our transport, or over the HttpClient of platform-node. */
export const runtime = ({ base, settings }) =>
  ManagedRuntime.make(
    RestOperations.layer({ service, endpoint: base, transformClient: settings.isMasked ? masked : undefined }).pipe(
      Layer.provideMerge(clients[settings.client]())
    )
  )
