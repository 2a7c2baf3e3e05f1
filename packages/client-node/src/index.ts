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
export * as NodeClient from "./NodeClient.js"

export * as NodeTransport from "./NodeTransport.js"

/**
 * Why an HTTP request has no answer.
 *
 * @since 0.1.0
 */
export * as TransportFailure from "./TransportFailure.js"
