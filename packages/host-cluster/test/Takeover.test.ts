import * as Host from "@effect-lro/host/Host"
import * as Postgres from "@effect-lro/test-support/Postgres"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Works from "./processes/Works.js"
import * as Cluster from "./support/Cluster.js"
import { inOneProcess, isIn, nextRequest, runsIn, threeProcesses } from "./support/scenes.js"
import * as silentHost from "./support/silentHost.js"

const hour = 3_600_000

const leaseDuration = 6000

describe("a cluster of three processes", { timeout: 600_000 }, () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.scopedLive("stops a body at the request of another process, and takes up what nobody told of", () =>
    Effect.gen(function* () {
      const { cluster, members } = yield* threeProcesses(leaseDuration)
      const { name, other } = yield* inOneProcess(cluster, members, {
        told: { millis: hour },
        untold: { millis: hour }
      })
      yield* other.cancel(name("told"))
      yield* isIn(cluster, name("told"), "CANCELLED")
      assert.strictEqual(yield* other.get(name("told")), "Cancelled")

      const silent = Context.get(yield* Layer.build(silentHost.layer(cluster.database)), Host.Host)
      yield* silent.operations.cancel(name("untold"))
      yield* isIn(cluster, name("untold"), "CANCELLED")

      const forgotten = yield* Works.byName("Again")
        .start({ millis: 10, ends: "Succeeded", isStubborn: false }, { requestId: nextRequest() })
        .pipe(Effect.provideService(Host.Host, silent))
      yield* isIn(cluster, forgotten.name, "SUCCEEDED")
      assert.deepStrictEqual(yield* cluster.contradictions([name("told"), name("untold"), forgotten.name]), [])
    })
  )

  it.scopedLive("takes over what ran in a process that was killed, as its definition says", () =>
    Effect.gen(function* () {
      const { cluster, members } = yield* threeProcesses(leaseDuration)
      const { name, other, owner } = yield* inOneProcess(cluster, members, {
        again: { millis: hour },
        once: { millis: hour, work: "Once" },
        cancelled: { millis: hour }
      })
      yield* owner.kill
      // Nobody runs it at this moment.
      yield* other.cancel(name("cancelled"))
      yield* runsIn(cluster, name("again"))
      yield* isIn(cluster, name("once"), "FAILED")
      yield* isIn(cluster, name("cancelled"), "CANCELLED")
      yield* other.cancel(name("again"))
      yield* isIn(cluster, name("again"), "CANCELLED")
      const all = yield* cluster.runs
      const attempts = (kind: "again" | "once" | "cancelled") =>
        all.filter(({ operation }) => operation === name(kind)).length
      assert.strictEqual(attempts("again"), 2)
      assert.strictEqual(attempts("once"), 1)
      assert.strictEqual(attempts("cancelled"), 1)
      assert.deepStrictEqual(yield* cluster.contradictions([name("again"), name("once"), name("cancelled")]), [])
    })
  )

  it.scopedLive("hands over what runs in a process that is told to end, which then ends by itself", () =>
    Effect.gen(function* () {
      const { cluster, members } = yield* threeProcesses(leaseDuration)
      const { name, other, owner } = yield* inOneProcess(cluster, members, {
        again: { millis: hour },
        once: { millis: hour, work: "Once" },
        short: { millis: 1500 }
      })
      assert.strictEqual(yield* owner.terminate, 0)
      yield* runsIn(cluster, name("again"), owner)
      yield* isIn(cluster, name("once"), "FAILED")
      yield* other.cancel(name("again"))
      yield* isIn(cluster, name("again"), "CANCELLED")
      yield* isIn(cluster, name("short"), "SUCCEEDED")
      assert.deepStrictEqual(yield* cluster.contradictions([name("again"), name("once"), name("short")]), [])
    })
  )

  it.scopedLive(
    "ends what was cancelled while no process lived, without starting it; answered messages are removed",
    () =>
      Effect.gen(function* () {
        const { cluster, members } = yield* threeProcesses(leaseDuration)
        const { name } = yield* inOneProcess(cluster, members, { running: { millis: hour } })
        const over = yield* members[0].start({ millis: 0, requestId: nextRequest() })
        yield* Cluster.until(Effect.map(cluster.messages(over), ({ answered }) => (answered === 1 ? true : undefined)))
        yield* Effect.forEach(members, ({ kill }) => kill)
        const silent = Context.get(yield* Layer.build(silentHost.layer(cluster.database)), Host.Host)
        yield* silent.operations.cancel(name("running"))
        assert.strictEqual((yield* cluster.states).get(name("running")), "CANCELLING")
        const before = yield* cluster.runs
        yield* cluster.start
        yield* isIn(cluster, name("running"), "CANCELLED")
        assert.deepStrictEqual(yield* cluster.runs, before)
        yield* Cluster.until(Effect.map(cluster.messages(over), ({ all }) => (all === 0 ? true : undefined)))
        assert.deepStrictEqual(yield* cluster.contradictions([name("running")]), [])
      })
  )
})
