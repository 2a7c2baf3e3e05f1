/**
 * The transport as the ordinary `HttpClient` of @effect/platform.
 *
 * It makes a span for each request and passes the trace on, as every `HttpClient` does, but only where a tracer is there
 * to take it: with Effect's own, which keeps nothing, that would be most of what a request costs. Answers are read to
 * their end before they are given out; for downloads that are larger than the transport's `maxBodyBytes`, use another
 * client.
 *
 * @since 0.1.0
 */
import type * as LimitedClient from "@effect-lro/client/LimitedClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as internal from "./internal/httpClient.js"
import * as NodeTransport from "./NodeTransport.js"

/**
 * An `HttpClient` over a transport.
 *
 * What the transport fails with is the `cause` of the `HttpClientError`: of a `RequestError` where no answer began, of a
 * `ResponseError` where one broke off, was too large, or could not be decompressed. `RestOperations` binds it to its own
 * limits.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromTransport = (transport: NodeTransport.Service): LimitedClient.LimitedClient => internal.make(transport)

/**
 * Provides the `HttpClient`, and the transport that it stands on.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as NodeClient from "@effect-lro/client-node/NodeClient"
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import * as Effect from "effect/Effect"
 *
 * export const program = Effect.gen(function* () {
 *   const response = yield* HttpClient.get("https://example.com/v1/operations/1")
 *   return yield* response.json
 * }).pipe(Effect.provide(NodeClient.layer({ connections: 16 })))
 * ```
 */
export const layer = (
  options?: NodeTransport.Options
): Layer.Layer<HttpClient.HttpClient | NodeTransport.NodeTransport> =>
  Layer.provideMerge(layerFromTransport, NodeTransport.layer(options))

/**
 * Provides the `HttpClient` over a transport that is provided.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFromTransport: Layer.Layer<HttpClient.HttpClient, never, NodeTransport.NodeTransport> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(NodeTransport.NodeTransport, fromTransport)
)
