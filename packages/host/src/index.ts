/**
 * What a database has to do to be a store of operations: a few statements over rows. The rest of an `OperationStore` is the
 * same for all of them and is made here: rows become records, filters are applied to the end, subscribers are told.
 *
 * @since 0.1.0
 */
export * as EncodedStore from "./EncodedStore.js"

/**
 * Decides which process runs an operation. In one process that is this one; a cluster provides another.
 *
 * @since 0.1.0
 */
export * as Executor from "./Executor.js"

/**
 * Runs Effects as long-running operations.
 *
 * An operation is CANCELLED only after its body, with all its finalizers, has stopped. A body that comes to a result in spite
 * of a cancel request ends with that result.
 *
 * @since 0.1.0
 */
export * as Host from "./Host.js"

/**
 * What a host measures.
 *
 * @since 0.1.0
 */
export * as HostMetrics from "./HostMetrics.js"

/**
 * google.longrunning.Operations, provided by a host in the same process.
 *
 * @since 0.1.0
 */
export * as HostOperations from "./HostOperations.js"

/**
 * A kind of operation that a host runs, as a value: what it is started with, what it tells of its progress, and how it ends.
 *
 * Since its payload is stored with the operation, the work is taken up again by whatever process has its layer: after a
 * crash, after a restart, on another machine. It is started at least once, and one result of it is visible.
 *
 * @since 0.1.0
 */
export * as HostedOperation from "./HostedOperation.js"

/**
 * What the body of an operation knows of the operation it runs for.
 *
 * @since 0.1.0
 */
export * as Job from "./Job.js"

/**
 * What a host keeps of an operation: one row, from which everything that is told about it is derived, so that `done`,
 * `state` and the result never come from two reads.
 *
 * @since 0.1.0
 */
export * as OperationRecord from "./OperationRecord.js"

/**
 * Where a host keeps its records. In memory here; what is stored elsewhere implements the same service and passes the
 * same `StoreBattery`.
 *
 * @since 0.1.0
 */
export * as OperationStore from "./OperationStore.js"

/**
 * Page tokens: positions in a listing, sealed together with the listing they belong to.
 *
 * @since 0.1.0
 */
export * as PageToken from "./PageToken.js"

/**
 * Runs stored operations in this process: claims them, runs their bodies, stops them, and writes how they ended.
 *
 * A `Host` has one and applications never see it. Who decides which process runs an operation (`Executor`) calls it.
 *
 * @since 0.1.0
 */
export * as Runner from "./Runner.js"

/**
 * The states of an operation, in the words of Earth Engine's operation metadata.
 *
 * @since 0.1.0
 */
export * as State from "./State.js"

/**
 * Which state follows which: a pure function, and the only place that knows.
 *
 * @since 0.1.0
 */
export * as StateMachine from "./StateMachine.js"

/**
 * A failure of a body that says which `google.rpc.Status` the operation ends with.
 *
 * @since 0.1.0
 */
export * as StatusError from "./StatusError.js"

/**
 * What every store does, as named cases to run against it. Each needs an empty store, or one that it never ran on.
 *
 * @since 0.1.0
 */
export * as StoreBattery from "./StoreBattery.js"

/**
 * How a case of the store battery fails.
 *
 * @since 0.1.0
 */
export * as StoreViolation from "./StoreViolation.js"
