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
import * as Executor from "@effect-lro/host/Executor"
import * as Host from "@effect-lro/host/Host"
import * as OperationStore from "@effect-lro/host/OperationStore"
import * as Runner from "@effect-lro/host/Runner"
import * as Sharding from "@effect/cluster/Sharding"
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Duties from "./internal/duties.js"
import * as executor from "./internal/executor.js"
import { OperationEntity } from "./internal/operationEntity.js"
import * as Purge from "./internal/purge.js"
import * as Sweep from "./internal/sweep.js"

/**
 * How a process of the cluster behaves: as a host, with a default of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Host.Options {
  /**
   * How long bodies are waited for that were asked to stop, because this process shuts down or because another one joined.
   * For ever by default: nobody starts an operation while a body of it runs in a process that lives.
   */
  readonly shutdownTimeout?: Duration.DurationInput | undefined
  /**
   * How often it is looked for operations that nobody is at, since their message was lost, or they are older than the cluster.
   * 30 seconds by default.
   */
  readonly sweepInterval?: Duration.DurationInput | undefined
}

/**
 * Joins the cluster. All that is started through it has to have a definition, since a function cannot be handed over:
 * `Host.submit` dies.
 *
 * When its scope closes it hands over what it runs: that goes on elsewhere, as a new attempt, or is FAILED where its
 * definition says so.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options?: Options
): Effect.Effect<
  Host.Service,
  never,
  OperationStore.OperationStore | Sharding.Sharding | SqlClient.SqlClient | Scope.Scope
> =>
  Effect.gen(function* () {
    const settings = { ...options, shutdownTimeout: options?.shutdownTimeout ?? Duration.infinity }
    const store = yield* OperationStore.OperationStore
    const sharding = yield* Sharding.Sharding
    const runner = yield* Runner.make(settings)
    const duties = Duties.make(runner, store)
    yield* sharding.registerEntity(
      OperationEntity,
      Effect.succeed({
        Run: ({ payload }) => duties.bringToEnd(payload.name),
        Cancel: ({ payload }) => Effect.zipRight(runner.cancel(payload.name), duties.bringToEnd(payload.name)),
        TakeUp: ({ payload }) => duties.bringToEnd(payload.name)
      }),
      // A cancel must not wait for what it is to stop.
      { concurrency: "unbounded" }
    )
    yield* Sweep.start({ store, duties, interval: options?.sweepInterval ?? "30 seconds" })
    yield* Purge.start
    const host = yield* Host.makeWith(settings).pipe(
      Effect.provideService(Runner.Runner, runner),
      Effect.provideServiceEffect(Executor.Executor, executor.make)
    )
    return {
      ...host,
      submit: () =>
        Effect.dieMessage("a cluster runs operations of definitions only: a function cannot go to another process")
    }
  })

/**
 * A process of the cluster.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as ClusterConfig from "@effect-lro/host-cluster/ClusterConfig"
 * import * as ClusterStorage from "@effect-lro/host-cluster/ClusterStorage"
 * import * as HostCluster from "@effect-lro/host-cluster/HostCluster"
 * import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
 * import * as ShardingConfig from "@effect/cluster/ShardingConfig"
 * import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
 * import * as Layer from "effect/Layer"
 *
 * const shardingConfig = ClusterConfig.toShardingConfig({ host: "10.0.0.7", port: 34431 })
 *
 * const cluster = NodeClusterSocket.layer({ storage: "byo", shardingConfig }).pipe(
 *   Layer.provide(ClusterStorage.layer),
 *   Layer.provide(ShardingConfig.layerFromEnv(shardingConfig))
 * )
 *
 * // It still wants a `SqlClient` of Postgres.
 * export const host = HostCluster.layer({ maxRunning: 50 }).pipe(
 *   Layer.provide(cluster),
 *   Layer.provide(SqlOperationStore.layer())
 * )
 * ```
 */
export const layer = (
  options?: Options
): Layer.Layer<Host.Host, never, OperationStore.OperationStore | Sharding.Sharding | SqlClient.SqlClient> =>
  Layer.scoped(Host.Host, make(options))

/**
 * The same, with options from configuration.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options>
): Layer.Layer<Host.Host, ConfigError, OperationStore.OperationStore | Sharding.Sharding | SqlClient.SqlClient> =>
  Layer.scoped(Host.Host, Effect.flatMap(Config.unwrap(options), make))
