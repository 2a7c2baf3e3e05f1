import * as Postgres from "@effect-lro/test-support/Postgres"
import * as PostgresServer from "@effect-lro/test-support/PostgresServer"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Cluster from "./support/Cluster.js"
import { isIn, nextRequest, runsIn } from "./support/scenes.js"

describe("a cluster whose database restarts", { timeout: 600_000 }, () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.scopedLive("says that it is away, lets bodies go on, and works again by itself", () =>
    Effect.gen(function* () {
      const server = yield* PostgresServer.start
      const cluster = yield* Cluster.make({ leaseDuration: 15_000, database: server.url })
      const members = yield* Effect.all([cluster.start, cluster.start], { concurrency: 2 })
      // What is not where it belongs yet would be handed over once the database is back, as it would be without a restart.
      yield* cluster.settled(2)
      const [first, second] = members
      const name = yield* first.start({ millis: 3_600_000, requestId: nextRequest() })
      const before = yield* runsIn(cluster, name)
      const other = before.pid === first.pid ? second : first

      yield* server.stop
      assert.strictEqual((yield* Effect.flip(other.get(name))).tag, "Unavailable")
      assert.strictEqual((yield* Effect.flip(other.cancel(name))).tag, "Unavailable")
      yield* Effect.sleep("1 second")
      yield* server.start

      // Until whoever could not renew a lease would have stopped what runs.
      yield* Effect.sleep("10 seconds")
      assert.deepStrictEqual(yield* runsIn(cluster, name), before)
      assert.lengthOf(yield* cluster.runs, 1)
      yield* other.cancel(name)
      yield* isIn(cluster, name, "CANCELLED")
      assert.deepStrictEqual(yield* cluster.contradictions([name]), [])
    })
  )
})
