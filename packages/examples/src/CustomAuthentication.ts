/**
 * A server that knows its callers by a key of the company's own, and a client that has one.
 */
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Authenticator from "@effect-lro/server/Authenticator"
import * as InMemory from "@effect-lro/server/InMemory"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const service = ServiceDescription.project({ id: "jobs.example.com", versions: ["v1"] })

/** Who has which key. */
const keys = new Map([["key-of-ada", "ada"]])

const authenticate: Authenticator.Authenticator = ({ headers }) => {
  const caller = keys.get(headers["x-company-key"] ?? "")
  return caller === undefined
    ? Authenticator.refuse("The request has no key that is known here.")
    : Effect.as(Console.log(`server: it is ${caller}`), { id: caller })
}

const Server = Layer.unwrapEffect(
  Effect.map(OperationsServer.make({ service, authenticate }), InMemory.layerHttpClient)
)

const client = (key: string) =>
  RestOperations.layer({
    service,
    transformClient: HttpClient.mapRequest(HttpClientRequest.setHeader("x-company-key", key))
  })

const program = Effect.gen(function* () {
  const { name } = yield* Host.submit({ parent: "projects/demo", body: () => Effect.never })
  const cancel = Effect.map(Effect.merge(Cancellation.cancelAndConfirm(name)), ({ _tag }) => _tag)
  yield* Console.log(`a stranger: ${yield* Effect.provide(cancel, client("guessed"))}`)
  yield* Console.log(`ada: ${yield* Effect.provide(cancel, client("key-of-ada"))}`)
}).pipe(Effect.provide(Server), Effect.provide(HostOperations.layerMemory()))

NodeRuntime.runMain(program)
