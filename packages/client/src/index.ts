/**
 * Credentials as a transformation of an HTTP client that knows where they may be sent.
 *
 * @since 0.1.0
 */
export * as Credentials from "./Credentials.js"

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
