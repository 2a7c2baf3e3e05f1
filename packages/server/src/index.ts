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
 * Any `Operations` as Google's REST methods.
 *
 * @since 0.1.0
 */
export * as OperationsServer from "./OperationsServer.js"

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
 * The server's notice that it is about to stop, so that requests which only wait can end early.
 *
 * @since 0.1.0
 */
export * as Shutdown from "./Shutdown.js"
