import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as World from "./support/World.js"
import { play } from "./support/World.js"

/** An operation that is done only after so many looks, most of which are five seconds apart. */
const lasting = (looks: number): World.Scenario => ({
  behaviour: { takes: (looks - 4) * 5000, ends: "Succeeded", stopsWithin: 0, refusals: 0 },
  onInterrupt: "cancelAndConfirm",
  crashes: [],
  downtime: 0
})

describe("a wait of many looks", () => {
  it.live(
    "ten times as many cost less than ten times as many steps, and replays of them",
    () =>
      Effect.gen(function* () {
        const costs = []
        for (const planned of [100, 1000, 10_000]) {
          const observed = yield* play(lasting(planned))
          const looks = observed.requests.filter(({ method }) => method === "get").length
          assert.approximately(looks, planned, 5)
          costs.push({ looks, steps: observed.steps.length, asked: observed.asked, runs: observed.runs })
        }
        console.log(JSON.stringify(costs))
        const [_, thousand, tenThousand] = costs
        if (thousand === undefined || tenThousand === undefined) return assert.fail("three were played")
        assert.isBelow(tenThousand.steps, 10 * thousand.steps)
        assert.isBelow(tenThousand.asked, 10 * thousand.asked)
        // Five minutes of looks for two steps, and a few seconds of them in the beginning.
        assert.isBelow(tenThousand.steps, 450)
      }),
    120_000
  )
})
