import * as RestOperations from "@effect-lro/client/RestOperations"
import * as Immediate from "@effect-lro/core/Immediate"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as NodeOperationsServer from "@effect-lro/server-node/NodeOperationsServer"
import * as InMemory from "@effect-lro/server/InMemory"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as HostSubject from "@effect-lro/test-support/HostSubject"
import * as Subject from "@effect-lro/testing/Subject"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"

/** What a host cannot do by itself: its operations end with a result. */
class Resultless extends Context.Tag("Resultless")<Resultless, Set<string>>() {}

const layerHost = (options?: Host.Options) =>
  Layer.merge(
    Host.layerMemory(options),
    Layer.sync(Resultless, () => new Set<string>())
  )

/** The operations of the host, some of which are shown without their result. */
const layerHostOperations = Layer.effect(
  Operations.Operations,
  Effect.gen(function* () {
    const { operations } = yield* Host.Host
    const resultless = yield* Resultless
    const getNow = Immediate.of(operations.get)
    if (getNow === undefined) return yield* Effect.dieMessage("a look at a host in memory is at hand")
    const shown = (operation: Operation.Operation) =>
      operation._tag === "Succeeded" && resultless.has(operation.name)
        ? Operation.doneWithoutResult({ name: operation.name })
        : operation
    return Operations.make({
      ...operations,
      // As those of a host are: at hand, and the same for as long as nothing has changed.
      get: Immediate.make(
        (name) => Effect.map(operations.get(name), shown),
        (name) => Exit.map(getNow(name), shown)
      ),
      wait: (name, options) => Effect.map(operations.wait(name, options), shown),
      listPage: (request) =>
        Effect.map(operations.listPage(request), (page) => ({ ...page, operations: page.operations.map(shown) }))
    })
  })
)

/** A way to a server that serves the `Operations` of the environment. */
export interface Connection {
  readonly endpoint: string
  readonly client: HttpClient.HttpClient
}

class Connected extends Context.Tag("Connected")<Connected, Connection>() {}

export const inMemory = Layer.effect(
  Connected,
  Effect.map(OperationsServer.make({ service: HostSubject.service }), (app) => ({
    endpoint: "http://battery.invalid",
    client: InMemory.toHttpClient(app)
  }))
)

export const overSocket = (hotPath: boolean) =>
  Layer.effect(
    Connected,
    Effect.gen(function* () {
      const { url } = yield* NodeOperationsServer.NodeOperationsServer
      return { endpoint: url, client: yield* HttpClient.HttpClient }
    })
  ).pipe(Layer.provide([NodeOperationsServer.layer({ service: HostSubject.service, hotPath }), FetchHttpClient.layer]))

/** A client with its connection, which is witnessed; `transform` may make it lie. */
export const layerClient = (transform: (client: HttpClient.HttpClient) => HttpClient.HttpClient) =>
  Layer.unwrapEffect(
    Effect.map(Connected, ({ client, endpoint }) =>
      RestOperations.layer({ service: HostSubject.service, endpoint }).pipe(
        Layer.provide(Layer.function(HttpClient.HttpClient, HttpClient.HttpClient, transform)),
        Layer.provideMerge(TestHttpClient.layer),
        Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
      )
    )
  )

const layerSubject = Layer.effect(
  Subject.Subject,
  Effect.gen(function* () {
    const subject = yield* HostSubject.make
    const resultless = yield* Resultless
    const wire = yield* TestHttpClient.TestHttpClient
    return {
      ...subject,
      start: (behaviour, options) =>
        Effect.tap(subject.start(behaviour, options), (name) => {
          if (behaviour._tag === "DoneWithoutResult") resultless.add(name)
        }),
      ...TestHttpClient.witness(wire)
    }
  })
)

/** A host, a server, a client of it, and the host as the subject. */
export const layer = <E>(options: {
  readonly connection: Layer.Layer<Connected, E, Operations.Operations>
  readonly host?: Host.Options | undefined
  readonly transformHost?: ((operations: Operations.Service) => Operations.Service) | undefined
  readonly transformClient?: ((client: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
}): Layer.Layer<Operations.Operations | Subject.Subject, E> => {
  const served = Layer.function(Operations.Operations, Operations.Operations, options.transformHost ?? ((it) => it))
  return layerSubject.pipe(
    Layer.provideMerge(layerClient(options.transformClient ?? ((it) => it))),
    Layer.provide(options.connection),
    Layer.provide(served),
    Layer.provide(layerHostOperations),
    Layer.provide(layerHost(options.host))
  )
}
