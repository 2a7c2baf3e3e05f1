/**
 * Credentials as a transformation of an HTTP client that knows where they may be sent.
 *
 * @since 0.1.0
 */
import type { Unauthorized } from "@effect-lro/core/OperationsError"
import * as HttpClient from "@effect/platform/HttpClient"
import { ResponseError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { missing } from "./internal/bearer.js"
import * as Bearer from "./internal/bearer.js"
import * as body from "./internal/body.js"

/**
 * Adds credentials to the requests that go to `origin` (such as `https://earthengine.googleapis.com`), and to no others.
 *
 * @since 0.1.0
 * @category models
 */
export interface Credentials {
  (origin: string): <E, R>(client: HttpClient.HttpClient.With<E, R>) => HttpClient.HttpClient.With<E | Unauthorized, R>
  /**
   * What they are where that is no more than a token: it can be sent with requests that no client is transformed for, such as
   * those below a bulk. None by default, and then there are no such requests.
   */
  readonly token?: Token | undefined
}

/**
 * A token as {@link bearer} takes it.
 *
 * @since 0.1.0
 * @category models
 */
export type Token = Redacted.Redacted | Effect.Effect<Redacted.Redacted, Unauthorized> | Renewable

/**
 * A token that can be had anew before it expires, such as an `AccessToken` of `@effect-lro/google-auth`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Renewable {
  /** A token that is still good. It is run for every request, so it should keep its token. */
  readonly get: Effect.Effect<Redacted.Redacted, Unauthorized>
  /** Another token than one that a server refused, or the same where there is no other. */
  readonly renew: (refused: Redacted.Redacted) => Effect.Effect<Redacted.Redacted, Unauthorized>
}

/**
 * Sends a token as `Authorization: Bearer`. An Effect is run for every request, so it should keep its token for as long
 * as it is good.
 *
 * A {@link Renewable} token that is refused (401) is renewed once, and its request repeated once; a body that cannot be
 * sent twice, a stream, is not. A second 401, and a 403, which no fresh token cures, are handed on as they are.
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
export const bearer = (token: Token): Credentials => Object.assign(addressed(sending(token)), { token })

export {
  /**
   * The error of somebody who looked for credentials and found none; the request that they were for fills in the rest.
   *
   * @since 0.1.0
   * @category constructors
   */
  missing
}

/** Sends one request with credentials. */
type Send = <E, R>(
  client: HttpClient.HttpClient.With<E, R>,
  request: HttpClientRequest.HttpClientRequest
) => Effect.Effect<HttpClientResponse, E | Unauthorized, R>

const sending = (token: Token): Send => {
  if (Redacted.isRedacted(token)) return withHeader(Bearer.headerValue(token))
  if (Effect.isEffect(token)) return withHeader(Effect.flatMap(token, Bearer.headerValue))
  return withRenewal(token)
}

const addressed =
  (authorized: Send): Credentials =>
  (origin) => {
    const prefix = `${origin}/`
    return <E, R>(client: HttpClient.HttpClient.With<E, R>) => {
      const send = (
        request: HttpClientRequest.HttpClientRequest
      ): Effect.Effect<HttpClientResponse, E | Unauthorized, R> =>
        request.url.startsWith(prefix) ? authorized(client, request) : client.execute(request)
      // This is done after all that a transformation around it does, so that one which follows redirects is asked again
      // for every new address, and its request never has the header itself.
      return HttpClient.makeWith<never, never, E | Unauthorized, R>(Effect.flatMap(send), Effect.succeed)
    }
  }

const withHeader =
  (header: Effect.Effect<string, Unauthorized>): Send =>
  (client, request) =>
    Effect.flatMap(header, (value) => client.execute(HttpClientRequest.setHeader(request, "authorization", value)))

const withRenewal =
  (token: Renewable): Send =>
  (client, request) => {
    const sendWith = (token: Redacted.Redacted) => withHeader(Bearer.headerValue(token))(client, request)
    return Effect.flatMap(token.get, (first) => {
      const sent = sendWith(first)
      return isRepeatable(request)
        ? Effect.matchEffect(sent, {
            onSuccess: (response) =>
              response.status === 401
                ? Effect.flatMap(Bearer.renewed(token, first), (second) =>
                    Option.isNone(second)
                      ? Effect.succeed(response)
                      : Effect.zipRight(discarded(response), sendWith(second.value))
                  )
                : Effect.succeed(response),
            onFailure: (error) =>
              // A transformation below may fail on a status.
              error instanceof ResponseError && error.reason === "StatusCode" && error.response.status === 401
                ? Effect.flatMap(Bearer.renewed(token, first), (second) =>
                    Option.isNone(second) ? Effect.fail(error) : sendWith(second.value)
                  )
                : Effect.fail(error)
          })
        : sent
    })
  }

const isRepeatable = (request: HttpClientRequest.HttpClientRequest): boolean =>
  request.body._tag === "Empty" || request.body._tag === "Uint8Array"

const discarded = (response: HttpClientResponse): Effect.Effect<void> =>
  // It is read so that the connection can be used again; where it cannot be read, another one is made.
  Effect.ignore(body.read(response, { operation: "", method: "get" }, 64 * 1024))
