/**
 * Decides which process runs an operation. In one process that is this one; a cluster provides another.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as local from "./internal/localExecutor.js"
import type { OperationRecord } from "./OperationRecord.js"
import * as OperationStore from "./OperationStore.js"
import * as Runner from "./Runner.js"

/**
 * What an executor offers. Whatever it does ends in `Runner.run` and `Runner.cancel` of some process.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Sees to it that an operation with a definition is run, once its record is stored. It may be told of one more than once.
   * Where it fails the caller is told UNAVAILABLE, and starts the operation again with the same request id.
   */
  readonly start: (record: OperationRecord) => Effect.Effect<void, OperationStore.StoreError>
  /**
   * Tells whoever runs an operation that it is CANCELLING, or over. It may be lost: a runner also looks for itself.
   */
  readonly cancel: (name: string) => Effect.Effect<void>
  /** A kind of operation can be run by this process from now on. */
  readonly resume: (type: string) => Effect.Effect<void>
}

/**
 * The executor of a host.
 *
 * @since 0.1.0
 * @category tags
 */
export class Executor extends Context.Tag("@effect-lro/host/Executor")<Executor, Service>() {}

/**
 * Everything runs in this process, which alone works on its store. What an earlier process left unfinished is taken up: first
 * everything that was asked to stop is ended, then what no process can run any more is FAILED with ABORTED, and then the
 * operations of each definition are resumed as it is registered.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeLocal: Effect.Effect<Service, never, Runner.Runner | OperationStore.OperationStore | Scope.Scope> =
  Effect.flatMap(Effect.all([OperationStore.OperationStore, Runner.Runner]), ([store, runner]) =>
    local.make(store, runner)
  )

/**
 * The executor of a host that has its store for itself.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerLocal: Layer.Layer<Executor, never, Runner.Runner | OperationStore.OperationStore> = Layer.scoped(
  Executor,
  makeLocal
)
