import * as RestOperations from "@effect-lro/client/RestOperations"
import type * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import type * as Job from "@effect-lro/host/Job"
import * as StatusError from "@effect-lro/host/StatusError"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as NodeOperationsServer from "@effect-lro/server-node/NodeOperationsServer"
import * as InMemory from "@effect-lro/server/InMemory"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as Subject from "@effect-lro/testing/Subject"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export const service = ServiceDescription.project({
  id: "battery.example.com",
  ids: "multi-segment",
  methods: ["get", "list", "cancel", "delete", "wait"]
})

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
    const shown = (operation: Operation.Operation) =>
      operation._tag === "Succeeded" && resultless.has(operation.name)
        ? Operation.doneWithoutResult({ name: operation.name })
        : operation
    return Operations.make({
      ...operations,
      get: (name) => Effect.map(operations.get(name), shown),
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
  Effect.map(OperationsServer.make({ service }), (app) => ({
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
  ).pipe(Layer.provide([NodeOperationsServer.layer({ service, hotPath }), FetchHttpClient.layer]))

/** A client with its connection, which is witnessed; `transform` may make it lie. */
export const layerClient = (transform: (client: HttpClient.HttpClient) => HttpClient.HttpClient) =>
  Layer.unwrapEffect(
    Effect.map(Connected, ({ client, endpoint }) =>
      RestOperations.layer({ service, endpoint }).pipe(
        Layer.provide(Layer.function(HttpClient.HttpClient, HttpClient.HttpClient, transform)),
        Layer.provideMerge(TestHttpClient.layer),
        Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
      )
    )
  )

const layerSubject = Layer.effect(
  Subject.Subject,
  Effect.gen(function* () {
    const host = yield* Host.Host
    const resultless = yield* Resultless
    const wire = yield* TestHttpClient.TestHttpClient
    const bodies = new Set<string>()
    const witnessed =
      (behaviour: Subject.Behaviour) =>
      (job: Job.Job): ReturnType<typeof body> =>
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
            Effect.tap((name) => {
              if (behaviour._tag === "DoneWithoutResult") resultless.add(name)
            }),
            Effect.orDie
          ),
      isBodyRunning: (name) => Effect.sync(() => bodies.has(name)),
      ...TestHttpClient.witness(wire)
    }
  })
)

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
      return Effect.void
  }
}

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
