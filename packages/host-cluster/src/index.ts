/**
 * How the processes of a cluster find each other, and how long the word of one that is not heard of any more counts.
 *
 * @since 0.1.0
 */
export * as ClusterConfig from "./ClusterConfig.js"

/**
 * Where a cluster keeps its leases and its messages: tables of `@effect/cluster`, in the same Postgres as the operations.
 *
 * @since 0.1.0
 */
export * as ClusterStorage from "./ClusterStorage.js"

/**
 * A host spread over several processes: whichever of them an operation is started, looked at or cancelled through, one of them
 * runs it, and when that one goes away another takes it over.
 *
 * Each operation is an entity of `@effect/cluster`, to which running and cancelling it are stored messages. A body runs only
 * where the lease of its entity is held. One that cannot renew the lease in time is stopped before anybody else may start it,
 * and whatever it may still write is refused.
 *
 * @since 0.1.0
 */
export * as HostCluster from "./HostCluster.js"
