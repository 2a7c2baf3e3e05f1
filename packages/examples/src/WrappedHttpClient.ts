/**
 * Any `HttpClient` will do, and so will one with something around it: a header of the company, a count of requests, a proxy,
 * a recording.
 */
import * as Poller from "@effect-lro/core/Poller"
import * as EarthEngine from "@effect-lro/earth-engine/EarthEngine"
import * as EmulatorApp from "@effect-lro/emulator/EmulatorApp"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"

const requests = Metric.counter("http.requests")

/** Counts what is sent, and says who sends it. */
const wrap = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  client.pipe(
    HttpClient.mapRequestInput(HttpClientRequest.setHeader("x-team", "mapping")),
    HttpClient.tapRequest(() => Metric.increment(requests))
  )

const Wrapped = Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, wrap))

/** Stands where the company's proxy would, and sees what arrives there. */
const Proxy = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(
    HttpClient.HttpClient,
    HttpClient.tapRequest((request) =>
      Console.log(
        `${request.method} ${new URL(request.url).pathname.replace(/[^/]{24}/, "ID")} ${request.headers["x-team"]}`
      )
    )
  )
)

const Client = EarthEngine.layer({ project: "demo", endpoint: "http://emulator" }).pipe(
  Layer.provide(Wrapped),
  Layer.provide(Proxy),
  Layer.provide(EmulatorApp.layerHttpClient({ exportDuration: 0 }))
)

const program = Effect.gen(function* () {
  const { name } = yield* EarthEngine.exportImage({ expression: { values: {} } })
  const done = yield* Poller.awaitDone(name, { serverWait: "10 seconds" })
  const { count } = yield* Metric.value(requests)
  yield* Console.log(`${done._tag} after ${count} requests`)
}).pipe(Effect.provide(Client))

NodeRuntime.runMain(program)
