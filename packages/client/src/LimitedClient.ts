/**
 * HTTP clients that keep the limits of a request by themselves, at the socket.
 *
 * For any other client, a transport has to watch over each request from a fiber of its own and to count the bytes of each
 * answer, which is most of what a request costs.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
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
 * A request of text to a known origin.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message {
  /** Upper case, such as `POST`. */
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** Begins with a slash, percent-encoded, with the query. It is sent as it is. */
  readonly path: string
  /** Names and values by turns. */
  readonly headers: ReadonlyArray<string>
  readonly body?: string | undefined
}

/**
 * A complete answer to a {@link Message}, whatever its status.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reply {
  readonly status: number
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Why a {@link Message} has no complete answer: an error, as the cause of an `HttpClientError` would be.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failure extends Error {
  /** `"Timeout"` and `"TooLarge"` are the limits; `"InvalidRequest"` says that nothing was sent. */
  readonly reason: string
  /** That of the answer, where it broke off after its head. */
  readonly status?: number | undefined
}

/**
 * Sends requests below Effect: calls back exactly once, possibly before it returns, unless the request is abandoned by what
 * it returns.
 *
 * @since 0.1.0
 * @category models
 */
export interface Sender {
  (message: Message, callback: (exit: Exit.Exit<Reply, Failure>) => void): () => void
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
  readonly [TypeId]: (limits: Limits) => BoundClient
}

/**
 * A client that keeps limits.
 *
 * @since 0.1.0
 * @category models
 */
export interface BoundClient extends HttpClient.HttpClient {
  /**
   * The same below Effect, for one origin. There is none where the fiber that asks wants spans; by default a client cannot do
   * it at all.
   */
  readonly sender?: ((origin: string) => Effect.Effect<Option.Option<Sender>>) | undefined
}

/**
 * The client bound to limits, if it is one that can be. A client that was transformed can not.
 *
 * @since 0.1.0
 * @category combinators
 */
export const bind = (client: HttpClient.HttpClient, limits: Limits): Option.Option<BoundClient> =>
  isLimitedClient(client) ? Option.some(client[TypeId](limits)) : Option.none()

/**
 * Says whether a client can be bound to limits.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isLimitedClient = (client: HttpClient.HttpClient): client is LimitedClient =>
  Predicate.hasProperty(client, TypeId)
