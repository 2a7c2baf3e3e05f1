/**
 * Many looks or cancels in one request, for services that take batches. It is given to `RestOperations`, so that only
 * programs that use it carry it.
 *
 * @since 0.1.0
 */
export * as Batches from "./Batches.js"

/**
 * Credentials as a transformation of an HTTP client that knows where they may be sent.
 *
 * @since 0.1.0
 */
export * as Credentials from "./Credentials.js"

/**
 * HTTP clients that keep the limits of a request by themselves, at the socket.
 *
 * For any other client, a transport has to watch over each request from a fiber of its own and to count the bytes of each
 * answer, which is most of what a request costs.
 *
 * @since 0.1.0
 */
export * as LimitedClient from "./LimitedClient.js"

/**
 * `Operations` over REST.
 *
 * @since 0.1.0
 */
export * as RestOperations from "./RestOperations.js"

/**
 * Starts operations by the methods that a service has for it.
 *
 * @since 0.1.0
 */
export * as StartOperation from "./StartOperation.js"

/**
 * Sends the requests of one service over any `HttpClient`, each exactly once, and says what came of it.
 *
 * @since 0.1.0
 */
export * as Transport from "./Transport.js"
