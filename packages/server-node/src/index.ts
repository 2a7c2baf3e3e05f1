/**
 * Why a server could not be given its port.
 *
 * @since 0.1.0
 */
export * as ListenError from "./ListenError.js"

/**
 * An operations server on a socket of Node, with limits against slow clients and a graceful stop.
 *
 * @since 0.1.0
 */
export * as NodeOperationsServer from "./NodeOperationsServer.js"
