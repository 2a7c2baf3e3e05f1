import { isLong, percentile, tell } from "@effect-lro/test-support/Goals"
import * as Postgres from "@effect-lro/test-support/Postgres"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Start } from "./processes/MemberProcess.js"
import * as Cluster from "./support/Cluster.js"
import { inOneProcess, nextRequest, runsIn, threeProcesses } from "./support/scenes.js"

const hour: Omit<Start, "requestId"> = { millis: 3_600_000 }

const cancels = isLong ? 200 : 10

const kills = 10

const partitions = 5

describe("a cluster with the settings that everybody has", { timeout: 600_000 }, () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.scopedLive(`stops ${cancels} bodies, each at the request of another process`, () =>
    Effect.gen(function* () {
      const { cluster, members } = yield* threeProcesses(9000)
      const latencies: Array<number> = []
      const names: Array<string> = []
      for (let i = 0; i < cancels; i++) {
        const [first] = members
        const name = yield* first.start({ ...hour, requestId: nextRequest() })
        names.push(name)
        const { pid } = yield* runsIn(cluster, name)
        const other = members.find((member) => member.pid !== pid) ?? first
        const asked = Date.now()
        yield* other.cancel(name)
        const ended = yield* Cluster.until(
          Effect.map(
            cluster.runs,
            (runs) => runs.find((run) => run.operation === name && run.ended !== Infinity)?.ended
          )
        )
        latencies.push(ended - asked)
      }
      yield* Cluster.until(
        Effect.map(cluster.states, (states) =>
          names.every((name) => states.get(name) === "CANCELLED") ? true : undefined
        )
      )
      const p99 = percentile(latencies, 0.99)
      tell(
        "G7",
        `cancel to the interruption of a body in another process: p50 ${percentile(latencies, 0.5)} ms, p99 ${p99} ms of ${cancels}`,
        p99 <= 500
      )
      assert.deepStrictEqual(yield* cluster.contradictions(names), [])
    })
  )

  // What is right of it is tested without measuring, too.
  if (!isLong) return

  it.scopedLive(`takes over from a process that is killed, ${kills} times`, () =>
    Effect.gen(function* () {
      const { cluster, members } = yield* threeProcesses(9000)
      let living: ReadonlyArray<Cluster.Member> = members
      const names: Array<string> = []
      const gaps: Array<number> = []
      for (let i = 0; i < kills; i++) {
        const { name, other, owner } = yield* inOneProcess(cluster, living, { long: hour })
        names.push(name("long"))
        const killed = Date.now()
        yield* owner.kill
        const { began } = yield* runsIn(cluster, name("long"), owner)
        gaps.push(began - killed)
        yield* other.cancel(name("long"))
        living = [...living.filter((member) => member !== owner), yield* cluster.start]
      }
      const p95 = percentile(gaps, 0.95)
      tell("G8", `owner SIGKILLed: p95 ${p95} ms of ${kills}`, p95 <= 15_000)
      assert.lengthOf(gaps, kills)
    })
  )

  it.scopedLive(`takes over from a process that is cut off in silence, ${partitions} times`, () =>
    Effect.gen(function* () {
      const { cluster, members } = yield* threeProcesses(9000)
      const names: Array<string> = []
      const gaps: Array<number> = []
      const margins: Array<number> = []
      for (let i = 0; i < partitions; i++) {
        const { name, other, owner } = yield* inOneProcess(cluster, members, { long: hour })
        names.push(name("long"))
        const cut = Date.now()
        yield* owner.hole.cut("both")
        const { began } = yield* runsIn(cluster, name("long"), owner)
        gaps.push(began - cut)
        const before = (yield* cluster.runs).find((run) => run.operation === name("long") && run.pid === owner.pid)
        margins.push(began - (before?.ended ?? Infinity))
        yield* owner.hole.heal
        yield* other.cancel(name("long"))
        // It takes its share again.
        yield* Effect.forEach(members, (member) => member.start({ millis: 0, requestId: nextRequest() }))
      }
      tell(
        "G8",
        `silent partition: p95 ${percentile(gaps, 0.95)} ms of ${partitions}`,
        percentile(gaps, 0.95) <= 45_000
      )
      tell("G4", `bodies stopped before others began: ${Math.min(...margins)} ms at least`, Math.min(...margins) > 0)
      assert.isAbove(Math.min(...margins), 0)
    })
  )
})
