import * as PollSchedule from "@effect-lro/core/PollSchedule"
import * as SharedPoller from "@effect-lro/core/SharedPoller"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { name, running, scripted, succeeded } from "./fixtures/scripted.js"

describe("PollSchedule.capped", () => {
  it("looks at the same times whether it is walked or known", async () => {
    const options = FastCheck.record({
      initial: FastCheck.integer({ min: 0, max: 10_000 }),
      factor: FastCheck.double({ min: 1, max: 4, noNaN: true }),
      max: FastCheck.integer({ min: 1, max: 60_000 }),
      looks: FastCheck.integer({ min: 1, max: 12 })
    })
    const timesOf = (schedule: Schedule.Schedule<unknown>, looks: number) => {
      const server = scripted({ looks: [...Array.from({ length: looks }, () => running()), succeeded] })
      return Effect.gen(function* () {
        const fiber = yield* Effect.fork(SharedPoller.awaitDone(name, { schedule }))
        yield* TestClock.adjust("15 minutes")
        yield* Fiber.join(fiber)
        return server.at("get")
      }).pipe(
        Effect.provide(SharedPoller.layer({ window: 0, listFrom: Infinity }).pipe(Layer.provide(server.layer))),
        Effect.provide(TestContext.TestContext),
        Effect.runPromise
      )
    }
    await FastCheck.assert(
      FastCheck.asyncProperty(options, async ({ looks, ...options }) => {
        const known = PollSchedule.capped(options)
        // Whatever is made of a schedule has to be walked.
        const walked = Schedule.map(known, () => undefined)
        assert.deepStrictEqual(await timesOf(known, looks), await timesOf(walked, looks))
      }),
      { numRuns: 20 }
    )
  })
})
