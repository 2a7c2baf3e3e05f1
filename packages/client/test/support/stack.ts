import * as RestOperations from "@effect-lro/client/RestOperations"
import { Operations } from "@effect-lro/core/Operations"
import * as InMemory from "@effect-lro/server/InMemory"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import type * as Script from "@effect-lro/testing/Script"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as TestOperations from "@effect-lro/testing/TestOperations"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { service } from "./service.js"

/**
 * A server that plays scripts, the wire between, and a client: everything but the socket is what applications use. Time
 * is the clock's, so that `virtually` makes it pass.
 */
export const stack = (
  scripts: { readonly [name: string]: Script.Script },
  options?: {
    readonly server?: TestOperations.Options | undefined
    readonly client?: Partial<RestOperations.Options> | undefined
  }
): Layer.Layer<Operations | TestHttpClient.TestHttpClient | TestOperations.TestOperations> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const scripted = yield* TestOperations.make(scripts, options?.server)
      const app = yield* OperationsServer.make({ service }).pipe(Effect.provideService(Operations, scripted.operations))
      const wire = yield* TestHttpClient.make(InMemory.toHttpClient(app))
      const operations = yield* RestOperations.make({ service, ...options?.client }).pipe(
        Effect.provideService(HttpClient.HttpClient, wire.client)
      )
      return Context.make(Operations, operations).pipe(
        Context.add(TestHttpClient.TestHttpClient, wire.control),
        Context.add(TestOperations.TestOperations, scripted.control)
      )
    })
  )

/** What went over the wire, as `get 0, cancel 500`: methods and the times they were sent at, in milliseconds. */
export const sent: Effect.Effect<string, never, TestHttpClient.TestHttpClient> = Effect.map(
  TestHttpClient.requests,
  (requests) => requests.map(({ at, method }) => `${method} ${Math.round(at)}`).join(", ")
)

/** How many requests of a method went over the wire. */
export const count = (
  method: TestHttpClient.Request["method"]
): Effect.Effect<number, never, TestHttpClient.TestHttpClient> =>
  Effect.map(TestHttpClient.requests, (requests) => requests.filter((request) => request.method === method).length)
