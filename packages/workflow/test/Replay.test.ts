import * as Goals from "@effect-lro/test-support/Goals"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Judge from "./support/Judge.js"
import { mutants } from "./support/Mutants.js"
import * as Scenarios from "./support/Scenarios.js"
import * as World from "./support/World.js"

const scenarios: Readonly<Record<string, World.Scenario>> = {
  "an operation that takes its time": {
    behaviour: { takes: 70_000, ends: "Succeeded", stopsWithin: 0, refusals: 0 },
    onInterrupt: "cancelAndConfirm",
    crashes: [],
    downtime: 0
  },
  "an operation that is interrupted": {
    behaviour: { takes: 3_600_000, ends: "Succeeded", stopsWithin: 3000, refusals: 0 },
    onInterrupt: "cancelAndConfirm",
    interruptAfter: 25_000,
    crashes: [],
    downtime: 0
  }
}

const trace = ({ requests, steps }: World.Observed) => ({
  steps,
  requests: requests.map(({ at, method }) => `${method} ${Math.round(at / 100)}`)
})

const play = (seed: number, program?: World.Program) => {
  const scenario = Scenarios.make(seed)
  return Effect.map(World.play(scenario, program), (observed) => ({
    scenario,
    observed,
    complaints: Judge.judge(scenario, observed)
  }))
}

const count = Goals.isLong ? 5000 : 150

describe("a workflow whose process dies", () => {
  it.live("and one that does not: it looks when the schedule says so, whatever is a step of its own", () =>
    Effect.gen(function* () {
      for (const takes of [0, 400, 9900, 10_000, 600_000]) {
        const scenario: World.Scenario = {
          behaviour: { takes, ends: "Succeeded", stopsWithin: 0, refusals: 0 },
          onInterrupt: "leave",
          crashes: [],
          downtime: 0
        }
        const observed = yield* World.play(scenario)
        const complaints = takes === 0 ? [] : Judge.judgeLooks(scenario, observed)
        assert.deepStrictEqual([...Judge.judge(scenario, observed), ...complaints], [])
      }
    })
  )

  it.live.each(Object.entries(scenarios))(
    "at any point of %s: the next one walks the same path",
    ([, scenario]) =>
      Effect.gen(function* () {
        const undisturbed = yield* World.play(scenario)
        assert.deepStrictEqual(Judge.judge(scenario, undisturbed), [])
        let between = 0
        for (let point = 1; point <= undisturbed.points; point++) {
          const disturbed = { ...scenario, crashes: [point] }
          const observed = yield* World.play(disturbed)
          assert.deepStrictEqual(Judge.judge(disturbed, observed), [], `died at point ${point}`)
          if (observed.crashes[0]?.length !== 0) continue
          // Nothing was under way, so nothing may be seen of it.
          between += 1
          assert.deepStrictEqual(trace(observed), trace(undisturbed), `died at point ${point}`)
        }
        assert.isAbove(between, 20)
      }),
    120_000
  )

  it.live(
    "at random points, again and again: one start, one cancel that was meant, the right end",
    () =>
      Effect.gen(function* () {
        const played = yield* Effect.forEach(
          Array.from({ length: count }, (_, seed) => seed),
          (seed) => play(seed)
        )
        for (const { complaints, scenario } of played) assert.deepStrictEqual(complaints, [], JSON.stringify(scenario))
        const those = (holds: (one: (typeof played)[number]) => boolean) => played.filter(holds).length
        const distribution = {
          scenarios: played.length,
          crashes: played.reduce((sum, { observed }) => sum + observed.crashes.length, 0),
          crashesDuringAStep: played.reduce(
            (sum, { observed }) => sum + observed.crashes.filter((begun) => begun.length > 0).length,
            0
          ),
          interrupted: those(({ scenario }) => scenario.interruptAfter !== undefined),
          cancelled: those(({ observed }) => observed.requests.some(({ method }) => method === "cancel")),
          startedAgain: those(
            ({ observed }) => observed.requests.filter(({ method }) => method === "start").length > 1
          ),
          cancelledAgain: those(
            ({ observed, scenario }) =>
              observed.requests.filter(({ method }) => method === "cancel").length > 1 + scenario.behaviour.refusals
          ),
          successes: those(({ observed }) => observed.exit._tag === "Success")
        }
        console.log(JSON.stringify(distribution))
        for (const [what, number] of Object.entries(distribution)) assert.isAbove(number, 0, what)
      }),
    120_000
  )

  it.live.each(Object.entries(mutants))(
    "%s is noticed",
    ([, mutant]) =>
      Effect.gen(function* () {
        for (let seed = 0; seed < 100; seed++) {
          const { complaints } = yield* play(seed, mutant)
          if (complaints.length > 0) return
        }
        assert.fail("nobody has noticed")
      }),
    120_000
  )
})
