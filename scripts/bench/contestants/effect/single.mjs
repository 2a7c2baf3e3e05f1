// One fiber for each operation, `cancelAndConfirm` as it is documented.
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as Poller from "@effect-lro/core/Poller"
import * as PollSchedule from "@effect-lro/core/PollSchedule"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { nameOf } from "../../operation.mjs"
import { concurrently } from "./concurrently.mjs"
import { runtime } from "./layers.mjs"

const range = (from, to) => Array.from({ length: to - from }, (_, offset) => from + offset)

export const make = (config) => {
  const { runFork, runPromise } = runtime(config)
  return {
    cancelAll: async ({ concurrency, from, to }) => {
      let confirmed = 0
      let failed = 0
      const one = (index) =>
        Effect.match(Cancellation.cancelAndConfirm(nameOf(index)), {
          onFailure: () => void failed++,
          onSuccess: (outcome) => void (outcome._tag === "Cancelled" && confirmed++)
        })
      await runPromise(concurrently(from, to, concurrency, one))
      return { confirmed, failed }
    },
    watch: ({ count, intervalMs }) => {
      const schedule =
        intervalMs === undefined
          ? PollSchedule.default
          : PollSchedule.capped({ initial: intervalMs, factor: 1, max: intervalMs })
      // Each in a fiber of its own, as the requests of an application would have them; `Effect.forEach` weighs as much again.
      const fibers = range(0, count).map((index) => runFork(Poller.awaitDone(nameOf(index), { schedule })))
      return () => runPromise(Fiber.interruptAll(fibers))
    }
  }
}
