// All of them by one `Bulk.cancel` or `Bulk.await`.
import * as Bulk from "@effect-lro/core/Bulk"
import * as PollSchedule from "@effect-lro/core/PollSchedule"
import { nameOf } from "../../operation.mjs"
import { runtime } from "./layers.mjs"

function* names(from, to) {
  for (let index = from; index < to; index++) yield nameOf(index)
}

// All that a wait wants to know.
const mask = "operations(name,done,error,response),nextPageToken"

const every = (intervalMs) =>
  intervalMs === undefined ? {} : { schedule: PollSchedule.capped({ initial: intervalMs, factor: 1, max: intervalMs }) }

export const make = (config) => {
  const { runFork, runPromise } = runtime(config)
  const { intervalMs, isMasked, listFrom } = config.settings
  const listing = {
    ...(listFrom === undefined ? {} : { listFrom: listFrom === "never" ? Infinity : listFrom }),
    ...(isMasked ? { fields: mask } : {})
  }
  return {
    cancelAll: async ({ concurrency, from, to }) => {
      const summary = await runPromise(
        Bulk.cancel(names(from, to), { concurrency, ...listing, ...every(intervalMs) }).pipe(Bulk.summarize)
      )
      return { confirmed: summary.ends.Cancelled ?? 0, failed: summary.failed, ends: summary.ends }
    },
    watch: ({ count, intervalMs }) => {
      const fiber = runFork(Bulk.await(names(0, count), { ...listing, ...every(intervalMs) }).pipe(Bulk.summarize))
      return () => runPromise(fiber.interruptAsFork(fiber.id()))
    }
  }
}
