/**
 * HTTP clients that keep the limits of a request by themselves, at the socket.
 *
 * For any other client, a transport has to watch over each request from a fiber of its own and to count the bytes of each
 * answer, which is most of what a request costs.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: TypeId = "~@effect-lro/client/LimitedClient"

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = "~@effect-lro/client/LimitedClient"

/**
 * What a request may take.
 *
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  /** In milliseconds, to the last byte of the answer. */
  readonly requestTimeout: number
  /** As it is sent, and decompressed. */
  readonly maxBodyBytes: number
}

/**
 * A client that can be bound to limits. What it then is
 *
 * - fails, and gives up the connection, when a limit is passed: with an `HttpClientError` whose `cause` has a `reason` of
 *   `"Timeout"` or `"TooLarge"`;
 * - follows no redirects;
 * - makes spans only where `HttpClient.currentTracerDisabledWhen` was set and allows them;
 * - answers with responses that are complete, which they show by having the `TypeId` too.
 *
 * @since 0.1.0
 * @category models
 */
export interface LimitedClient extends HttpClient.HttpClient {
  readonly [TypeId]: (limits: Limits) => HttpClient.HttpClient
}

/**
 * The client bound to limits, if it is one that can be. A client that was transformed can not.
 *
 * @since 0.1.0
 * @category combinators
 */
export const bind = (client: HttpClient.HttpClient, limits: Limits): Option.Option<HttpClient.HttpClient> =>
  isLimitedClient(client) ? Option.some(client[TypeId](limits)) : Option.none()

/**
 * Says whether a client can be bound to limits.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isLimitedClient = (client: HttpClient.HttpClient): client is LimitedClient =>
  Predicate.hasProperty(client, TypeId)
