import * as AnyMessage from "@effect-lro/core/AnyMessage"
import * as SqlOperationStore from "@effect-lro/host-sql/SqlOperationStore"
import * as OperationRecord from "@effect-lro/host/OperationRecord"
import * as OperationStore from "@effect-lro/host/OperationStore"
import { isLong } from "@effect-lro/test-support/Goals"
import * as Postgres from "@effect-lro/test-support/Postgres"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Direction } from "./processes/BlackHole.js"
import type * as Cluster from "./support/Cluster.js"
import { inOneProcess, isIn, nextRequest, runsIn, threeProcesses } from "./support/scenes.js"

const hour = 3_600_000

const storeOf = ({ database }: Cluster.Cluster) =>
  Layer.provide(SqlOperationStore.layer(), PgClient.layer({ url: database, maxConnections: 2 }))

describe("a process of a cluster that is cut off from the database", { timeout: 600_000 }, () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.scopedLive(
    "has stopped its bodies before others start them; what it writes late is refused, and it comes back",
    () =>
      Effect.gen(function* () {
        const { cluster, members } = yield* threeProcesses(6000)
        const store = Context.get(yield* Layer.build(storeOf(cluster)), OperationStore.OperationStore)
        const { name, owner } = yield* inOneProcess(cluster, members, {
          long: { millis: hour },
          // Comes to a result while it is cut off, and cannot be kept from it.
          ending: { millis: 3000, isStubborn: true }
        })
        // What the process has of it when it is cut off.
        const held = yield* Effect.flatMap(store.get(name("ending")), Effect.orDie)
        yield* owner.hole.cut("both")
        yield* runsIn(cluster, name("long"), owner)
        yield* runsIn(cluster, name("ending"), owner)
        const late = OperationRecord.advance(
          held,
          [{ _tag: "Succeed", response: AnyMessage.empty }],
          yield* DateTime.now
        )
        assert.isFalse(yield* store.compareAndSet(held, yield* late))
        yield* isIn(cluster, name("ending"), "SUCCEEDED")

        yield* owner.hole.heal
        yield* owner.cancel(name("long"))
        yield* isIn(cluster, name("long"), "CANCELLED")
        const ends = (yield* cluster.history).filter((it) => it.name === name("ending") && it.state === "SUCCEEDED")
        assert.deepStrictEqual(
          ends.map(({ fence }) => fence),
          [2]
        )
        assert.deepStrictEqual(yield* cluster.contradictions([name("long"), name("ending")]), [])
      })
  )

  if (!isLong) return

  const oneWay: ReadonlyArray<Direction> = ["fromDatabase", "toDatabase"]

  it.scopedLive.each(oneWay)("is taken over from when it is cut off in one direction only (%s)", (direction) =>
    Effect.gen(function* () {
      const { cluster, members } = yield* threeProcesses(6000)
      const { name, owner } = yield* inOneProcess(cluster, members, { long: { millis: hour } })
      yield* owner.hole.cut(direction)
      yield* runsIn(cluster, name("long"), owner)
      yield* owner.hole.heal
      yield* owner.cancel(name("long"))
      yield* isIn(cluster, name("long"), "CANCELLED")
      assert.deepStrictEqual(yield* cluster.contradictions([name("long")]), [])
    })
  )

  it.scopedLive("comes back by itself after a minute, when its connections are long dead", () =>
    Effect.gen(function* () {
      const { cluster, members } = yield* threeProcesses(6000)
      const { name, owner } = yield* inOneProcess(cluster, members, { long: { millis: hour } })
      yield* owner.hole.cut("both")
      yield* runsIn(cluster, name("long"), owner)
      yield* Effect.sleep("1 minute")
      assert.strictEqual((yield* Effect.flip(owner.get(name("long")))).tag, "Unavailable")
      yield* owner.hole.heal
      yield* cluster.settled(3)
      yield* owner.cancel(name("long"))
      yield* isIn(cluster, name("long"), "CANCELLED")
      assert.deepStrictEqual(yield* cluster.contradictions([name("long")]), [])
    })
  )

  it.scopedLive(
    "cannot stop a body that does not let itself be stopped, which the witnesses see; its result is refused",
    () =>
      Effect.gen(function* () {
        const { cluster, members } = yield* threeProcesses(6000)
        const { name, other, owner } = yield* inOneProcess(cluster, members, {
          stubborn: { millis: 20_000, isStubborn: true }
        })
        yield* owner.hole.cut("both")
        const { pid } = yield* runsIn(cluster, name("stubborn"), owner)
        yield* isIn(cluster, name("stubborn"), "SUCCEEDED")
        yield* owner.hole.heal
        yield* owner.start({ millis: 0, requestId: nextRequest() })
        assert.strictEqual(yield* other.get(name("stubborn")), "Succeeded")
        assert.deepStrictEqual(yield* cluster.contradictions([name("stubborn")]), [
          `two bodies of ${name("stubborn")} ran at once, in ${owner.pid} and ${pid}`
        ])
      })
  )
})
