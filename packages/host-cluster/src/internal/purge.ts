import * as Sharding from "@effect/cluster/Sharding"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { OperationEntity } from "./operationEntity.js"

/**
 * Removes answered messages, which the cluster keeps for ever: nobody asks for their answers, and the record of the operation
 * says all that there is to say. One process of the cluster does it for all.
 */
export const start: Effect.Effect<void, never, Sharding.Sharding | SqlClient.SqlClient | Scope.Scope> = Effect.gen(
  function* () {
    const sharding = yield* Sharding.Sharding
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()

    /** The replies first: a message without one that is marked as processed is read by nobody. */
    const batch: Effect.Effect<number, SqlError> = sql<{ readonly id: string }>`
      WITH answered AS (
        SELECT id FROM cluster_messages WHERE entity_type = ${OperationEntity.type} AND processed LIMIT ${batchSize}
      ), replies AS (
        DELETE FROM cluster_replies WHERE request_id IN (SELECT id FROM answered)
      )
      DELETE FROM cluster_messages WHERE id IN (SELECT id FROM answered) RETURNING id
    `.pipe(
      // An interruption would cancel the statement by its process, which may be at another one by then.
      Effect.uninterruptible,
      Effect.map((rows) => rows.length)
    )

    yield* sharding.registerSingleton(
      "effect-lro/host-cluster/purge",
      Effect.repeat(batch, { while: (removed) => removed === batchSize }).pipe(
        // There is time to do it later, also where it died.
        Effect.catchAllCause((cause) => Effect.logWarning("answered messages could not be removed", cause)),
        Effect.repeat(Schedule.spaced("1 minute")),
        Effect.asVoid
      )
    )
  }
)

const batchSize = 1000
