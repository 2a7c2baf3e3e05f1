/**
 * Where a cluster keeps its leases and its messages: tables of `@effect/cluster`, in the same Postgres as the operations.
 *
 * @since 0.1.0
 */
import * as MessageStorage from "@effect/cluster/MessageStorage"
import * as RunnerStorage from "@effect/cluster/RunnerStorage"
import type { ShardId } from "@effect/cluster/ShardId"
import type * as ShardingConfig from "@effect/cluster/ShardingConfig"
import * as Snowflake from "@effect/cluster/Snowflake"
import * as SqlMessageStorage from "@effect/cluster/SqlMessageStorage"
import * as SqlRunnerStorage from "@effect/cluster/SqlRunnerStorage"
import type * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as HashSet from "effect/HashSet"
import * as Layer from "effect/Layer"
import * as MutableHashSet from "effect/MutableHashSet"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"

/**
 * The storage of a cluster, which makes its tables where there are none.
 *
 * It differs from that of `@effect/cluster` in two things: processes that start together on an empty database do not bring
 * each other down, and renewing a lease is {@link patient}.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<
  MessageStorage.MessageStorage | RunnerStorage.RunnerStorage,
  SqlError,
  SqlClient.SqlClient | ShardingConfig.ShardingConfig
> = Layer.merge(
  Layer.scoped(
    MessageStorage.MessageStorage,
    Effect.suspend(() => together(SqlMessageStorage.make()))
  ).pipe(Layer.provide(Snowflake.layerGenerator)),
  Layer.scoped(
    RunnerStorage.RunnerStorage,
    Effect.suspend(() => Effect.map(together(SqlRunnerStorage.make({})), patient))
  )
)

/**
 * Tries again to renew a lease for as long as it may be, so that a database that is back within two seconds or so, as after a
 * restart, costs no body its run.
 *
 * The time for it is set by who asks: `@effect/cluster` gives it a third of the lease, and then stops what runs. It also takes
 * for lost what is not in the answer, even if it was acquired after it had asked: that is in the answer, too.
 *
 * @since 0.1.0
 * @category combinators
 */
export const patient = (storage: RunnerStorage.RunnerStorage["Type"]): RunnerStorage.RunnerStorage["Type"] => {
  /** What was acquired and not released. A lease may have run out meanwhile, which is found out by renewing it. */
  const acquired = MutableHashSet.empty<ShardId>()
  return RunnerStorage.RunnerStorage.of({
    ...storage,
    acquire: (address, shards) =>
      Effect.tap(storage.acquire(address, shards), (taken) =>
        Effect.sync(() => {
          for (const shard of taken) MutableHashSet.add(acquired, shard)
        })
      ),
    refresh: (address, shards) => {
      // Something that can be read once only would be empty at the second attempt.
      const all = HashSet.fromIterable(shards)
      return storage.refresh(address, all).pipe(
        // A connection that could not be replaced is waited for, and tried again only once that was given up.
        Effect.timeout("1 second"),
        Effect.retry(Schedule.spaced("200 millis")),
        // Only who asks ends it.
        Effect.orDie,
        Effect.map((renewed) => [...renewed, ...[...acquired].filter((shard) => !HashSet.has(all, shard))])
      )
    },
    release: (address, shard) =>
      Effect.suspend(() => {
        MutableHashSet.remove(acquired, shard)
        return storage.release(address, shard)
      }),
    releaseAll: (address) =>
      Effect.suspend(() => {
        MutableHashSet.clear(acquired)
        return storage.releaseAll(address)
      })
  })
}

/** Of those who make the same tables at the same time, all but one fail, some of them with a defect. */
const together = <A, E, R>(make: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Scope.Scope> =>
  Effect.gen(function* () {
    const outer = yield* Effect.scope
    const attempt = Effect.gen(function* () {
      // What an attempt that failed holds, such as a connection, is not kept until the end.
      const scope = yield* Scope.fork(outer, ExecutionStrategy.sequential)
      return yield* Effect.provideService(make, Scope.Scope, scope).pipe(
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
    })
    return yield* attempt.pipe(
      Effect.sandbox,
      Effect.retry({ times: 5, schedule: Schedule.jittered(Schedule.spaced("300 millis")) }),
      Effect.unsandbox
    )
  })
