import type { OperationRecord } from "@effect-lro/host/OperationRecord"
import type * as OperationStore from "@effect-lro/host/OperationStore"
import * as EntityId from "@effect/cluster/EntityId"
import * as Sharding from "@effect/cluster/Sharding"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Duties } from "./duties.js"
import { idOf, OperationEntity } from "./operationEntity.js"

/**
 * Looks now and then for operations of the shards of this process that nobody is at: a process may die between a record and
 * its message, a message may be lost with the connection that it was read from, and records may be older than the cluster.
 */
export const start = (options: {
  readonly store: OperationStore.Service
  readonly duties: Duties
  readonly interval: Duration.DurationInput
}): Effect.Effect<void, never, Sharding.Sharding | Scope.Scope> =>
  Effect.gen(function* () {
    const { duties, store } = options
    const sharding = yield* Sharding.Sharding
    const client = yield* OperationEntity.client
    const scope = yield* Effect.scope

    const takeUp = (record: OperationRecord) =>
      Effect.gen(function* () {
        if (duties.has(record.name)) return
        const id = yield* idOf(record.name)
        const entityId = EntityId.make(id)
        if (!sharding.hasShardId(sharding.getShardId(entityId, OperationEntity.getShardGroup(entityId)))) return
        // Where the shard has just gone to another process, this waits for the end of the operation there.
        yield* Effect.forkIn(client(id).TakeUp({ name: record.name }, { discard: true }), scope)
      })

    const page = (state: OperationStore.UnfinishedRequest["state"]) =>
      Effect.gen(function* () {
        let after: OperationStore.Position | undefined
        while (true) {
          const records = yield* store.unfinished({ state, limit: pageSize, after })
          yield* Effect.forEach(records, takeUp, { discard: true })
          if (records.length < pageSize) return
          after = records.at(-1)
        }
      })

    yield* Effect.forEach(["CANCELLING", "PENDING", "RUNNING"] as const, page, { discard: true }).pipe(
      // The next one finds what this one did not, also where this one died.
      Effect.catchAllCause((cause) => Effect.logWarning("forgotten operations could not be looked for", cause)),
      Effect.schedule(Schedule.spaced(options.interval)),
      Effect.interruptible,
      Effect.forkScoped
    )
  })

const pageSize = 500
