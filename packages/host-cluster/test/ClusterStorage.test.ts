import * as ClusterStorage from "@effect-lro/host-cluster/ClusterStorage"
import { PersistenceError } from "@effect/cluster/ClusterError"
import * as RunnerAddress from "@effect/cluster/RunnerAddress"
import * as RunnerStorage from "@effect/cluster/RunnerStorage"
import * as ShardId from "@effect/cluster/ShardId"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"

const shard = ShardId.make("default", 1)

const nothing = Effect.dieMessage("it is not asked for")

describe("the renewing of leases", () => {
  it.effect("is tried again after a failure, and after one that never ends, with the same shards", () =>
    Effect.gen(function* () {
      const asked: Array<ReadonlyArray<ShardId.ShardId>> = []
      const storage = ClusterStorage.patient(
        RunnerStorage.RunnerStorage.of({
          register: () => nothing,
          unregister: () => nothing,
          getRunners: nothing,
          setRunnerHealth: () => nothing,
          acquire: () => nothing,
          release: () => nothing,
          releaseAll: () => nothing,
          refresh: (_, shards) =>
            Effect.suspend(() => {
              const all = [...shards]
              asked.push(all)
              if (asked.length === 1) return Effect.fail(new PersistenceError({ cause: new Error("ECONNREFUSED") }))
              return asked.length === 2 ? Effect.never : Effect.succeed(all)
            })
        })
      )
      const fiber = yield* Effect.fork(storage.refresh(RunnerAddress.make("localhost", 1), new Set([shard]).values()))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* Fiber.join(fiber), [shard])
      assert.deepStrictEqual(asked, [[shard], [shard], [shard]])
    })
  )
})
