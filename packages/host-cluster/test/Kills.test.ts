import { isLong, tell } from "@effect-lro/test-support/Goals"
import * as Postgres from "@effect-lro/test-support/Postgres"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type { CallFailed } from "./processes/MemberProcess.js"
import * as Cluster from "./support/Cluster.js"
import { nextRequest } from "./support/scenes.js"

const kills = isLong ? 30 : 3

describe("a cluster whose processes are killed", { timeout: 600_000 }, () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.scopedLive(`loses nothing that was acknowledged, and ends nothing twice, in ${kills} kills`, () =>
    Effect.gen(function* () {
      // In the long run with the settings that everybody has.
      const cluster = yield* Cluster.make({ leaseDuration: isLong ? 9000 : 6000 })
      const members = yield* Effect.all([cluster.start, cluster.start, cluster.start], { concurrency: 3 })
      const acknowledged: Array<string> = []
      let cancels = 0
      let repeats = 0

      /** Asks one process after the other, as a client behind a load balancer does. */
      const ask = <A>(call: (member: Cluster.Member) => Effect.Effect<A, CallFailed>): Effect.Effect<A> =>
        Effect.flatMap(Random.choice(members), call).pipe(
          Effect.tapError(() => Effect.sync(() => repeats++)),
          // One that is being replaced is missing for a moment.
          Effect.catchAll(() => Effect.delay(ask(call), "200 millis"))
        )

      const operation = Effect.gen(function* () {
        const millis = yield* Random.nextIntBetween(0, 6000)
        const start = {
          requestId: nextRequest(),
          millis,
          ends: yield* Random.choice(["Succeeded", "Succeeded", "Failed"] as const),
          isStubborn: (yield* Random.next) < 0.1
        }
        const name = yield* ask((member) => member.start(start))
        acknowledged.push(name)
        if ((yield* Random.next) > 0.4) return
        yield* Effect.sleep(yield* Random.nextIntBetween(0, 5000))
        yield* ask((member) => member.cancel(name))
        cancels++
      }).pipe(Effect.orDie)

      const load = yield* Effect.fork(
        Effect.forever(Effect.zipRight(Effect.fork(operation), Effect.sleep("150 millis")))
      )
      for (let i = 0; i < kills; i++) {
        yield* Effect.sleep(yield* Random.nextIntBetween(500, 4000))
        const index = yield* Random.nextIntBetween(0, members.length)
        yield* members[index]?.kill ?? Effect.void
        const next = yield* cluster.start
        members.splice(index, 1, next)
      }
      yield* Fiber.interrupt(load)
      yield* Cluster.until(
        Effect.map(cluster.states, (states) =>
          acknowledged.every((name) => Cluster.isTerminal(states.get(name) ?? "")) ? true : undefined
        )
      )

      const states = yield* cluster.states
      const ends = (state: string) => acknowledged.filter((name) => states.get(name) === state).length
      const runs = yield* cluster.runs
      const again = runs.filter(({ attempt }) => attempt > 1)
      const gaps = again.flatMap((run) => {
        const before = runs.find((it) => it.operation === run.operation && it.attempt === run.attempt - 1)
        return before === undefined ? [] : [run.began - before.ended]
      })
      process.stdout.write(
        `${kills} kills, ${acknowledged.length} operations: ${ends("SUCCEEDED")} succeeded, ${ends("FAILED")} failed, ` +
          `${ends("CANCELLED")} were cancelled of ${cancels} that were to be; ${again.length} runs were taken over, ` +
          `after ${Math.max(...gaps)} ms at most, with kills that follow faster than leases end; ${repeats} calls repeated\n`
      )
      const contradictions = yield* cluster.contradictions(acknowledged)
      const lost = contradictions.filter((it) => it.includes("has not ended")).length
      const twice = contradictions.filter((it) => it.includes("was written again")).length
      const early = contradictions.filter((it) => it.includes("CANCELLED while")).length
      const doubled = contradictions.filter((it) => it.includes("at once")).length
      const of = `${acknowledged.length} operations, ${kills} SIGKILLs of three processes on Postgres`
      tell("G1", `${lost} lost of ${of}`, lost === 0)
      tell("G2", `${twice} ended twice of ${of}`, twice === 0)
      tell("G3", `${early} CANCELLED before their body had stopped, of ${of}`, early === 0)
      tell("G4", `${doubled} with two bodies at once, of ${of}`, doubled === 0)
      assert.deepStrictEqual(contradictions, [])
      assert.isAbove(again.length, 0)
    })
  )
})
