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
const another = ShardId.make("default", 2)
const self = RunnerAddress.make("localhost", 1)

const nothing = Effect.dieMessage("it is not asked for")

const patient = (storage: Partial<RunnerStorage.RunnerStorage["Type"]>) =>
  ClusterStorage.patient(
    RunnerStorage.RunnerStorage.of({
      register: () => nothing,
      unregister: () => nothing,
      getRunners: nothing,
      setRunnerHealth: () => nothing,
      acquire: (_, shards) => Effect.sync(() => [...shards]),
      refresh: () => nothing,
      release: () => Effect.void,
      releaseAll: () => Effect.void,
      ...storage
    })
  )

const refused = new PersistenceError({ cause: new Error("ECONNREFUSED") })

describe("the renewing of leases", () => {
  it.effect("is tried again after a failure, and after one that never ends, with the same shards", () =>
    Effect.gen(function* () {
      const asked: Array<ReadonlyArray<ShardId.ShardId>> = []
      const storage = patient({
        refresh: (_, shards) =>
          Effect.suspend(() => {
            const all = [...shards]
            asked.push(all)
            if (asked.length === 1) return Effect.fail(refused)
            return asked.length === 2 ? Effect.never : Effect.succeed(all)
          })
      })
      const fiber = yield* Effect.fork(storage.refresh(self, new Set([shard]).values()))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* Fiber.join(fiber), [shard])
      assert.deepStrictEqual(asked, [[shard], [shard], [shard]])
    })
  )

  const retried = Effect.gen(function* () {
    let isAway = true
    const storage = patient({
      refresh: (_, shards) => Effect.suspend(() => (isAway ? Effect.fail(refused) : Effect.succeed([...shards])))
    })
    const fiber = yield* Effect.fork(storage.refresh(self, [shard]))
    yield* TestClock.adjust("500 millis")
    yield* storage.acquire(self, [another])
    const answer = Effect.gen(function* () {
      isAway = false
      yield* TestClock.adjust("200 millis")
      return yield* Fiber.join(fiber)
    })
    return { storage, answer }
  })

  it.effect("does not count as lost what was acquired meanwhile", () =>
    Effect.gen(function* () {
      const { answer } = yield* retried
      assert.deepStrictEqual(yield* answer, [shard, another])
    })
  )

  it.effect("counts as lost what was acquired meanwhile and released", () =>
    Effect.gen(function* () {
      const one = yield* retried
      yield* one.storage.release(self, another)
      assert.deepStrictEqual(yield* one.answer, [shard])
      const all = yield* retried
      yield* all.storage.releaseAll(self)
      assert.deepStrictEqual(yield* all.answer, [shard])
    })
  )

  it.effect("counts as lost what is not found, whenever it was acquired", () =>
    Effect.gen(function* () {
      const storage = patient({ refresh: () => Effect.succeed([]) })
      yield* storage.acquire(self, [shard])
      assert.deepStrictEqual(yield* storage.refresh(self, [shard]), [])
    })
  )
})
