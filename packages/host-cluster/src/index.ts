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

export * as HostCluster from "./HostCluster.js"
