/**
 * A client and a server in one process, without a socket between them.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as RequestBody from "./RequestBody.js"

/**
 * An `HttpClient` that hands each request to a server's app and its answer back. Hosts are not looked at, so any base
 * URL will do; paths reach the app as they were written.
 *
 * Interrupting the client is to the app what a lost connection is: work that may be interrupted stops, and the client
 * does not wait for it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const toHttpClient = (app: HttpApp.Default<never, Scope.Scope>): HttpClient.HttpClient =>
  HttpClient.makeWith<HttpClientError.HttpClientError, never, HttpClientError.HttpClientError, never>(
    Effect.flatMap((request) =>
      Effect.flatMap(bodyOf(request), (body) => {
        const serverRequest = HttpServerRequest.fromWeb(
          new Request("http://in-memory/", {
            method: request.method,
            headers: request.headers,
            ...(bodyless.has(request.method) || body.length === 0 ? {} : { body: new Uint8Array(body) })
          })
        ).modify({ url: target(request) })
        return app.pipe(
          Effect.scoped,
          Effect.mapInputContext((context: Context.Context<never>) =>
            context.pipe(
              Context.add(HttpServerRequest.HttpServerRequest, serverRequest),
              Context.add(RequestBody.CurrentReader, readerOf(body))
            )
          ),
          Effect.map((response) =>
            HttpClientResponse.fromWeb(
              request,
              HttpServerResponse.toWeb(response, { withoutBody: request.method === "HEAD" })
            )
          ),
          Effect.disconnect
        )
      })
    ),
    Effect.succeed
  )

/**
 * The service `HttpClient`, served by an app.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHttpClient = (app: HttpApp.Default<never, Scope.Scope>): Layer.Layer<HttpClient.HttpClient> =>
  Layer.succeed(HttpClient.HttpClient, toHttpClient(app))

const bodyless: ReadonlySet<string> = new Set(["GET", "HEAD"])

// The URL stays text, because `URL` would resolve `..` and the server's answer to it is among what is tested.
const target = (request: HttpClientRequest.HttpClientRequest): string => {
  const path = request.url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/#.*$/s, "")
  const query = UrlParams.toString(request.urlParams)
  const rooted = path.startsWith("/") ? path : `/${path}`
  return query === "" ? rooted : `${rooted}${rooted.includes("?") ? "&" : "?"}${query}`
}

const readerOf =
  (body: Uint8Array): RequestBody.Reader =>
  (_, maxBytes) =>
    body.length > maxBytes ? Effect.fail(new RequestBody.BodyTooLarge({ maxBytes })) : Effect.succeed(body)

const bodyOf = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<Uint8Array, HttpClientError.RequestError> => {
  const { body } = request
  const failed = (cause: unknown) => new HttpClientError.RequestError({ request, reason: "Encode", cause })
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(new Uint8Array(0))
    case "Uint8Array":
      return Effect.succeed(body.body)
    case "Stream":
      return body.stream.pipe(
        Stream.runFold([] as ReadonlyArray<Uint8Array>, (chunks, chunk) => [...chunks, chunk]),
        Effect.map((chunks) =>
          RequestBody.concat(
            chunks,
            chunks.reduce((size, chunk) => size + chunk.length, 0)
          )
        ),
        Effect.mapError(failed)
      )
    case "Raw":
      return typeof body.body === "string"
        ? Effect.succeed(new TextEncoder().encode(body.body))
        : Effect.fail(failed(new Error("a raw body in memory is text")))
    case "FormData":
      return Effect.fail(failed(new Error("forms are not sent in memory")))
  }
}
