/**
 * Credentials as a transformation of an HTTP client that knows where they may be sent.
 *
 * @since 0.1.0
 */
import { Unauthorized } from "@effect-lro/core/OperationsError"
import * as Status from "@effect-lro/core/Status"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

/**
 * Adds credentials to the requests that go to `origin` (such as `https://earthengine.googleapis.com`), and to no others.
 *
 * @since 0.1.0
 * @category models
 */
export interface Credentials {
  (origin: string): <E, R>(client: HttpClient.HttpClient.With<E, R>) => HttpClient.HttpClient.With<E | Unauthorized, R>
}

/**
 * Sends a token as `Authorization: Bearer`. An Effect is run for every request, so it should keep its token for as long
 * as it is good.
 *
 * Requests fail with `Unauthorized` of reason `NoCredentials`, and are not sent, where there is no token, or one that no
 * header can hold.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as Credentials from "@effect-lro/client/Credentials"
 * import * as RestOperations from "@effect-lro/client/RestOperations"
 * import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
 * import * as Redacted from "effect/Redacted"
 *
 * export const DialogflowLive = RestOperations.layer({
 *   service: ServiceDescription.project({ id: "dialogflow.googleapis.com", versions: ["v2"] }),
 *   credentials: Credentials.bearer(Redacted.make("ya29.…"))
 * })
 * ```
 */
export const bearer = (token: Redacted.Redacted | Effect.Effect<Redacted.Redacted, Unauthorized>): Credentials => {
  const header = Redacted.isRedacted(token) ? headerValue(token) : Effect.flatMap(token, headerValue)
  return (origin) => {
    const prefix = `${origin}/`
    return <E, R>(client: HttpClient.HttpClient.With<E, R>) => {
      const send = (
        request: HttpClientRequest.HttpClientRequest
      ): Effect.Effect<HttpClientResponse, E | Unauthorized, R> =>
        request.url.startsWith(prefix)
          ? Effect.flatMap(header, (value) =>
              client.execute(HttpClientRequest.setHeader(request, "authorization", value))
            )
          : client.execute(request)
      // This is done after all that a transformation around it does, so that one which follows redirects is asked again
      // for every new address, and its request never has the header itself.
      return HttpClient.makeWith<never, never, E | Unauthorized, R>(Effect.flatMap(send), Effect.succeed)
    }
  }
}

/**
 * The error of somebody who looked for credentials and found none; the request that they were for fills in the rest.
 *
 * @since 0.1.0
 * @category constructors
 */
export const missing = (message: string): Unauthorized =>
  new Unauthorized({
    operation: "",
    method: "get",
    reason: "NoCredentials",
    status: Status.make({ code: "UNAUTHENTICATED", message })
  })

const headerValue = (token: Redacted.Redacted): Effect.Effect<string, Unauthorized> => {
  const text = Redacted.value(token)
  // An error about a header that cannot be sent would show its value.
  return /^[\u0021-\u007e]+$/.test(text)
    ? Effect.succeed(`Bearer ${text}`)
    : Effect.fail(missing(text === "" ? "the token is empty" : "the token has characters that no header can hold"))
}
