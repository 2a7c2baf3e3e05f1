import * as RestOperations from "@effect-lro/client/RestOperations"
import { Operations, type Service } from "@effect-lro/core/Operations"
import * as InMemory from "@effect-lro/server/InMemory"
import * as OperationsServer from "@effect-lro/server/OperationsServer"
import type * as Script from "@effect-lro/testing/Script"
import * as TestHttpClient from "@effect-lro/testing/TestHttpClient"
import * as TestOperations from "@effect-lro/testing/TestOperations"
import * as VirtualTime from "@effect-lro/testing/VirtualTime"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { service } from "./service.js"

/** All that there is of it: what programs use, and what tests need to see and to order. */
export type Stack = Operations | HttpClient.HttpClient | TestHttpClient.TestHttpClient | TestOperations.TestOperations

/**
 * A server that plays scripts, the wire between, and a client: everything but the socket is what applications use. Time
 * is the clock's, so that `VirtualTime.run` makes it pass.
 */
export const stack = (
  scripts: { readonly [name: string]: Script.Script },
  options?: {
    readonly server?: TestOperations.Options | undefined
    readonly client?: Partial<RestOperations.Options> | undefined
    /** Goes around the client. */
    readonly transform?: ((operations: Service) => Service) | undefined
    /** Stands before the server. */
    readonly frontEnd?: ((server: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
  }
): Layer.Layer<Stack> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const scripted = yield* TestOperations.make(scripts, options?.server)
      const app = yield* OperationsServer.make({ service }).pipe(Effect.provideService(Operations, scripted.operations))
      const server = InMemory.toHttpClient(app)
      const wire = yield* TestHttpClient.make(options?.frontEnd?.(server) ?? server)
      const operations = yield* RestOperations.make({ service, ...options?.client }).pipe(
        Effect.provideService(HttpClient.HttpClient, wire.client)
      )
      return Context.make(Operations, options?.transform?.(operations) ?? operations).pipe(
        Context.add(HttpClient.HttpClient, wire.client),
        Context.add(TestHttpClient.TestHttpClient, wire.control),
        Context.add(TestOperations.TestOperations, scripted.control)
      )
    })
  )

/** Runs on a stack of its own, with hours that take no time. */
export const on =
  (...parameters: Parameters<typeof stack>) =>
  <A, E>(effect: Effect.Effect<A, E, Stack>): Effect.Effect<A, E> =>
    VirtualTime.run(Effect.provide(effect, stack(...parameters)))

/** The tag of how an effect ends, whichever way. */
export const tagOf = <E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<{ readonly _tag: string }, E, R>
): Effect.Effect<string, never, R> => Effect.map(Effect.merge(effect), ({ _tag }) => _tag)

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
