import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
// What one writes with @effect/platform alone, or (`bare`) the least that one can write on the same layer.
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { nameOf } from "../../operation.mjs"
import { concurrently } from "./concurrently.mjs"

const Stage = Schema.Struct({
  displayName: Schema.optional(Schema.String),
  completeWorkUnits: Schema.optional(Schema.Number),
  totalWorkUnits: Schema.optional(Schema.Number),
  description: Schema.optional(Schema.String)
})

const Metadata = Schema.Struct({
  state: Schema.String,
  description: Schema.optional(Schema.String),
  priority: Schema.optional(Schema.Number),
  createTime: Schema.optional(Schema.String),
  startTime: Schema.optional(Schema.String),
  updateTime: Schema.optional(Schema.String),
  endTime: Schema.optional(Schema.String),
  type: Schema.optional(Schema.String),
  attempt: Schema.optional(Schema.Number),
  progress: Schema.optional(Schema.Number),
  stages: Schema.optional(Schema.Array(Stage)),
  batchEecuUsageSeconds: Schema.optional(Schema.Number),
  destinationUris: Schema.optional(Schema.Array(Schema.String)),
  scriptUri: Schema.optional(Schema.String),
  labels: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.String }))
})

const Operation = Schema.Struct({
  name: Schema.String,
  done: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  metadata: Schema.optional(Metadata),
  error: Schema.optional(Schema.Struct({ code: Schema.Number, message: Schema.String }))
})

const idiomatic = (base, everyMs) => {
  const schedule = Schedule.zipRight(Schedule.spaced(everyMs), Schedule.identity())
  return Effect.map(HttpClient.HttpClient, (http) => {
    const client = http.pipe(
      HttpClient.mapRequest(HttpClientRequest.prependUrl(`${base}/v1/`)),
      HttpClient.filterStatusOk,
      HttpClient.retryTransient({ times: 3, schedule: Schedule.exponential(500) })
    )
    const cancel = (name) =>
      client
        .execute(HttpClientRequest.post(`${name}:cancel`).pipe(HttpClientRequest.bodyUnsafeJson({})))
        .pipe(Effect.flatMap((response) => response.text))
    const get = (name) => client.get(name).pipe(Effect.flatMap(HttpClientResponse.schemaBodyJson(Operation)))
    return { cancel, done: (name) => Effect.repeat(get(name), { schedule, until: (operation) => operation.done }) }
  })
}

const bare = (base, everyMs) =>
  Effect.map(HttpClient.HttpClient, (http) => {
    const text = (request) => Effect.flatMap(http.execute(request), (response) => response.text)
    const done = (name) =>
      Effect.flatMap(text(HttpClientRequest.get(`${base}/v1/${name}`)), (body) => {
        const operation = JSON.parse(body)
        return operation.done ? Effect.succeed(operation) : Effect.zipRight(Effect.sleep(everyMs), done(name))
      })
    const untraced = Effect.locally(HttpClient.currentTracerDisabledWhen, () => true)
    return {
      cancel: (name) =>
        untraced(
          text(
            HttpClientRequest.post(`${base}/v1/${name}:cancel`).pipe(
              HttpClientRequest.bodyText("{}", "application/json")
            )
          )
        ),
      done: (name) => untraced(done(name))
    }
  })

export const make = async ({ base, settings }) => {
  const { runFork, runPromise } = ManagedRuntime.make(NodeHttpClient.layerUndici)
  return {
    cancelAll: async ({ concurrency, from, to }) => {
      let confirmed = 0
      const api = await runPromise((settings.bare ? bare : idiomatic)(base, 1000))
      const one = (index) => {
        const name = nameOf(index)
        return Effect.map(Effect.zipRight(api.cancel(name), api.done(name)), (operation) => {
          if (operation.error?.code === 1) confirmed++
        })
      }
      await runPromise(concurrently(from, to, concurrency, one))
      return { confirmed }
    },
    watch: async ({ count, intervalMs }) => {
      const api = await runPromise((settings.bare ? bare : idiomatic)(base, intervalMs))
      const indices = Array.from({ length: count }, (_, index) => index)
      runFork(Effect.forEach(indices, (index) => api.done(nameOf(index)), { concurrency: "unbounded", discard: true }))
    }
  }
}
