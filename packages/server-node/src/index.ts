/**
 * Why a server could not be given its port.
 *
 * @since 0.1.0
 */
export * as ListenError from "./ListenError.js"

export * as NodeOperationsServer from "./NodeOperationsServer.js"
