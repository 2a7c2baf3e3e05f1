/**
 * Google's other APIs are described as data: which methods there are, under which paths, and what their messages are. Here
 * Vertex AI, whose operations belong to a location or to a resource in it, and Spanner, whose operations belong to an
 * instance, or to a database or a backup in it.
 */
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as OperationType from "@effect-lro/core/OperationType"
import * as Poller from "@effect-lro/core/Poller"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as InMemory from "@effect-lro/server/InMemory"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import * as Script from "@effect-lro/testing/Script"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as TestOperations from "@effect-lro/testing/TestOperations"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** One of its regions; each has a host of its own. */
const vertexAi = (location: string) =>
  ServiceDescription.unsafeMake({
    id: `${location}-aiplatform.googleapis.com`,
    versions: ["v1"],
    methods: Object.fromEntries(
      ServiceDescription.methods.map((method) => [method, parents.map((parent) => bindings(parent)[method])])
    )
  })

const parents = ["projects/*/locations/*", "projects/*/locations/*/models/*", "projects/*/locations/*/endpoints/*"]

const bindings = (parent: string): Record<ServiceDescription.Method, ServiceDescription.BindingOptions> => ({
  get: { template: `{name=${parent}/operations/*}` },
  list: { template: `{name=${parent}}/operations` },
  cancel: { template: `{name=${parent}/operations/*}:cancel`, body: "none" },
  delete: { template: `{name=${parent}/operations/*}` },
  wait: { template: `{name=${parent}/operations/*}:wait`, body: "none" }
})

/** Uploading a model, with what its messages are. */
const UploadModel = OperationType.make({
  metadata: OperationType.message({
    typeName: "google.cloud.aiplatform.v1.UploadModelOperationMetadata",
    schema: Schema.Struct({ genericMetadata: Schema.Struct({ createTime: Schema.String }) })
  }),
  response: OperationType.message({
    typeName: "google.cloud.aiplatform.v1.UploadModelResponse",
    schema: Schema.Struct({ model: Schema.String, modelVersionId: Schema.String })
  })
})

const spanner = ServiceDescription.unsafeMake({
  id: "spanner.googleapis.com",
  versions: ["v1"],
  methods: {
    get: [
      { template: "{name=projects/*/instances/*/operations/*}" },
      { template: "{name=projects/*/instances/*/databases/*/operations/*}" },
      { template: "{name=projects/*/instances/*/backups/*/operations/*}" }
    ],
    cancel: [
      { template: "{name=projects/*/instances/*/operations/*}:cancel", body: "none" },
      { template: "{name=projects/*/instances/*/databases/*/operations/*}:cancel", body: "none" },
      { template: "{name=projects/*/instances/*/backups/*/operations/*}:cancel", body: "none" }
    ],
    list: [{ template: "{name=projects/*/instances/*/databases/*/operations}" }]
  }
})

const Restore = OperationType.make({
  metadata: OperationType.message({
    typeName: "google.spanner.admin.database.v1.RestoreDatabaseMetadata",
    schema: Schema.Struct({ progress: Schema.Struct({ progressPercent: Schema.Number }) })
  }),
  response: OperationType.anything
})

const uploaded = "projects/demo/locations/us-central1/models/42/operations/7"

const restored = "projects/demo/instances/main/databases/orders/operations/_auto_op_1"

/** In the place of Google's server; a program of yours has `FetchHttpClient.layer` with credentials here. */
const served = (service: ServiceDescription.ServiceDescription, name: string, script: Script.Script) => {
  const Server = Layer.unwrapEffect(Effect.map(OperationsServer.make({ service }), InMemory.layerHttpClient)).pipe(
    Layer.provide(TestOperations.layer({ [name]: script }))
  )
  return RestOperations.layer({ service }).pipe(Layer.provideMerge(Layer.provide(TestHttpClient.layer, Server)))
}

const paths = Effect.map(TestHttpClient.requests, (requests) => [...new Set(requests.map(({ url }) => url))].join())

const upload = Effect.gen(function* () {
  const done = yield* Poller.awaitDone(uploaded, { type: UploadModel })
  const model = Option.map(OperationType.response(done), (response) => response.model)
  yield* Console.log(yield* paths)
  yield* Console.log(`the model is ${Option.getOrElse(model, () => "none")}`)
}).pipe(
  Effect.provide(
    served(
      vertexAi("us-central1"),
      uploaded,
      Script.completes({
        after: "100 millis",
        response: AnyMessage.pack("google.cloud.aiplatform.v1.UploadModelResponse", {
          model: "projects/demo/locations/us-central1/models/42",
          modelVersionId: "1"
        })
      })
    )
  )
)

const restore = Effect.gen(function* () {
  const done = yield* Poller.awaitDone(restored, { type: Restore })
  const progress = Option.map(OperationType.metadata(done), (metadata) => metadata.progress.progressPercent)
  yield* Console.log(yield* paths)
  yield* Console.log(`restored: ${Option.getOrElse(progress, () => 0)} %`)
}).pipe(
  Effect.provide(
    served(
      spanner,
      restored,
      Script.stays(
        Script.succeeded({
          metadata: AnyMessage.pack("google.spanner.admin.database.v1.RestoreDatabaseMetadata", {
            progress: { progressPercent: 100 }
          })
        })
      )
    )
  )
)

NodeRuntime.runMain(Effect.zipRight(upload, restore))
