/**
 * Runs an Effect as an operation that others start, watch and cancel over HTTP, as they would one of Google's.
 */
import * as RestOperations from "@effect-lro/client/RestOperations"
import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Operation from "@effect-lro/core/Operation"
import * as OperationsError from "@effect-lro/core/OperationsError"
import * as Poller from "@effect-lro/core/Poller"
import * as Status from "@effect-lro/core/Status"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import type * as Job from "@effect-lro/host/Job"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as NodeOperationsServer from "@effect-lro/server-node/NodeOperationsServer"
import type * as Route from "@effect-lro/server/Route"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/** The work: it tells how far it is, and cleans up when it is interrupted. */
const countTo = (goal: number) => (job: Job.Job) =>
  Effect.gen(function* () {
    for (let counted = 1; counted <= goal; counted++) {
      yield* Effect.sleep("10 millis")
      yield* job.update(AnyMessage.pack("example.v1.CountMetadata", { counted, goal }))
    }
    return AnyMessage.pack("example.v1.CountResponse", { counted: goal })
  }).pipe(Effect.onInterrupt(() => Console.log("server: cleaned up")))

const service = ServiceDescription.project({ id: "counting.example.com", versions: ["v1"] })

const Body = Schema.Struct({ goal: Schema.Int })

/** What a handler fails with is answered as Google's services do; a defect would be a 500 that says nothing. */
const invalid = ({ message }: ParseResult.ParseError) =>
  OperationsError.fromStatus({
    operation: "",
    method: "start",
    status: Status.make({ code: "INVALID_ARGUMENT", message })
  })

const count: Route.Route<Host.Host> = {
  method: "POST",
  template: "/v1/{project=projects/*}:count",
  handler: ({ body, variables }) =>
    Schema.decodeUnknown(Body)(body).pipe(
      Effect.mapError(invalid),
      Effect.flatMap(({ goal }) => Host.submit({ parent: variables["project"], body: countTo(goal) })),
      Effect.map(Operation.toWire)
    )
}

// A store on disk in the place of the memory, and the operations outlive the process.
const Server = NodeOperationsServer.layer({ service, routes: [count], port: 0 }).pipe(
  Layer.provide(HostOperations.layerMemory())
)

const Started = Schema.Struct({ name: Schema.String })

const program = Effect.gen(function* () {
  const url = yield* NodeOperationsServer.url
  const start = (goal: number) =>
    HttpClient.post(`${url}/v1/projects/demo:count`, { body: HttpBody.unsafeJson({ goal }) }).pipe(
      Effect.flatMap((response) => response.json),
      Effect.flatMap(Schema.decodeUnknown(Started))
    )
  const Client = RestOperations.layer({ service, endpoint: url })
  const refused = yield* HttpClient.post(`${url}/v1/projects/demo:count`, {
    body: HttpBody.unsafeJson({ goal: "far" })
  })
  yield* Console.log(`client: ${refused.status}`)
  yield* Effect.gen(function* () {
    const short = yield* start(3)
    yield* Console.log(`client: ${(yield* Poller.awaitDone(short.name))._tag}`)
    const long = yield* start(1_000_000)
    yield* Console.log(`client: ${(yield* Cancellation.cancelAndConfirm(long.name))._tag}`)
  }).pipe(Effect.provide(Client))
}).pipe(Effect.provide([Server, FetchHttpClient.layer]))

NodeRuntime.runMain(program)
