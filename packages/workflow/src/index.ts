/**
 * What an interrupted workflow ends with: what has become of its remote operation.
 *
 * @since 0.1.0
 */
export * as Interrupted from "./Interrupted.js"

/**
 * Remote operations inside of a workflow: each start, each cancel and each stretch of a wait is a step that is written down,
 * so that whatever process goes on with the workflow neither starts nor cancels anything twice.
 *
 * The `name` of each of them is that of its steps. Give each use in a workflow one of its own, and keep it from one version of
 * the workflow to the next.
 *
 * @since 0.1.0
 */
export * as RemoteOperation from "./RemoteOperation.js"

/**
 * A ready workflow that runs one remote operation: starts it, waits for it, and stops it where it is interrupted.
 *
 * @since 0.1.0
 */
export * as RunOperation from "./RunOperation.js"
