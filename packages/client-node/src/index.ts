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

/**
 * HTTP requests of a Node program with as little between them and the socket as can be: what an API with small JSON
 * answers needs, asked thousands of times.
 *
 * Connections are kept alive and bounded in number; answers are bounded in size, also when they are decompressed, and in
 * time. A request is sent once, never repeated, and no redirect is ever followed: it is an answer like any other. An
 * interruption closes the connection that the request is on.
 *
 * @since 0.1.0
 */
export * as NodeTransport from "./NodeTransport.js"

/**
 * Why an HTTP request has no answer.
 *
 * @since 0.1.0
 */
export * as TransportFailure from "./TransportFailure.js"
