/**
 * Who asks: what a server makes of the headers of a request, before it looks at anything else.
 *
 * @since 0.1.0
 */
export * as Authenticator from "./Authenticator.js"

/**
 * Who may do what: asked about every request for an operation or below a parent, before it is known whether there is such an
 * operation (AIP-211).
 *
 * @since 0.1.0
 */
export * as Authorizer from "./Authorizer.js"

/**
 * The discovery document of a service: what Google's clients that are not generated (such as the one for Python) build
 * their methods from.
 *
 * @since 0.1.0
 */
export * as Discovery from "./Discovery.js"

/**
 * A client and a server in one process, without a socket between them.
 *
 * @since 0.1.0
 */
export * as InMemory from "./InMemory.js"

/**
 * How much a server lets be asked at a time. What is too much is refused with advice on when to come back.
 *
 * @since 0.1.0
 */
export * as Limits from "./Limits.js"

/**
 * A service in OpenAPI 3.1: its methods on operations and its start methods, as its server answers them.
 *
 * @since 0.1.0
 */
export * as OpenApi from "./OpenApi.js"

/**
 * Any `Operations` as Google's REST methods.
 *
 * @since 0.1.0
 */
export * as OperationsServer from "./OperationsServer.js"

/**
 * Effect's metrics in the text format of Prometheus, version 0.0.4.
 *
 * @since 0.1.0
 */
export * as Prometheus from "./Prometheus.js"

/**
 * How the bytes of a request's body are read, within a limit.
 *
 * @since 0.1.0
 */
export * as RequestBody from "./RequestBody.js"

/**
 * A method that a server offers beside those of google.longrunning.Operations, such as one that starts an operation.
 *
 * @since 0.1.0
 */
export * as Route from "./Route.js"

/**
 * What a server counts and measures, by OpenTelemetry's names. No label has anything in it that a client wrote: requests are
 * told apart by the template of their route, never by the name of an operation.
 *
 * @since 0.1.0
 */
export * as ServerMetrics from "./ServerMetrics.js"

/**
 * The server's notice that it is about to stop, so that requests which only wait can end early, and nobody sends new ones.
 *
 * @since 0.1.0
 */
export * as Shutdown from "./Shutdown.js"
