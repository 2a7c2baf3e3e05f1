// S3, G6 and G7: from a cancel to its acknowledgement and to the end of the body, and from a start to its end.
import { load } from "../servers.mjs"
import { at } from "../statistics.mjs"
import { fixed } from "../table.mjs"

const latencyOn = async (server, { count, rate, starts: amount, warmUp }) => {
  const first = await server.ask("submit", { body: "endless", count: warmUp })
  await load(server, { kind: "cancel", pace: { count: warmUp }, parameters: { names: first } })
  await load(server, { kind: "start", pace: { count: warmUp } })
  const names = await server.ask("submit", { body: "endless", count })
  const cancels = await load(server, { kind: "cancel", pace: { count, rate, keeps: true }, parameters: { names } })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const stopped = new Map(await server.ask("stopped"))
  const toStop = cancels.each.flatMap(({ index, sent }) =>
    stopped.has(names[index]) ? [stopped.get(names[index]) - sent] : []
  )
  const starts = await load(server, { kind: "start", pace: { count: amount, rate, keeps: true } })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const ended = new Map(await server.ask("ended"))
  const toEnd = starts.each.flatMap(({ name, sent }) => (ended.has(name) ? [ended.get(name) - sent] : []))
  return { acknowledged: cancels.p99, toStop, missed: count - toStop.length, toEnd, unstarted: amount - toEnd.length }
}

// The goal for the acknowledgement is about what is written to a disk first.
const goals = { memory: [Infinity, 50], sqlite: [10, 50], postgres: [25, 50] }

export const measure = async ({ eachStore, sizes }) => {
  const samples = await eachStore(sizes.latency.stored, {}, (server) => latencyOn(server, sizes.latency))
  const judged = samples.filter(({ result }) => result !== undefined)
  const acknowledged = judged.map(({ result, store }) => `${store} ${fixed(result.acknowledged, 1)} ms`)
  const stopped = judged.map(({ result, store }) => `${store} ${fixed(at(result.toStop, 0.99), 1)} ms`)
  const missed = judged.reduce((sum, { result }) => sum + result.missed, 0)
  const isAcknowledged = judged.every(({ result, store }) => result.acknowledged <= goals[store][0])
  const isStopped = missed === 0 && judged.every(({ result, store }) => at(result.toStop, 0.99) <= goals[store][1])
  return {
    samples,
    goals: {
      S3: {
        goal: "cancel acknowledged, and the body stopped: as G6 and G7",
        measured: `acknowledged p99 ${acknowledged.join(", ")}; stopped p99 ${stopped.join(", ")}`,
        met: isAcknowledged && isStopped
      },
      G6: {
        goal: "cancel acknowledged: p99 ≤ 10 ms SQLite, ≤ 25 ms Postgres, at 100/s",
        measured: acknowledged.join(", "),
        met: isAcknowledged
      },
      G7: {
        goal: "cancel to interruption of an interruptible body: embedded p99 ≤ 50 ms",
        measured: `${stopped.join(", ")}; ${missed} missed`,
        met: isStopped
      }
    },
    table: {
      title: `Latency at ${sizes.latency.rate}/s, in ms`,
      header: ["store", "cancel p99", "to stop p50", "to stop p99", "start to done p50", "start to done p99"],
      rows: samples.map(({ reason, result, store }) =>
        result === undefined
          ? [store, reason]
          : [
              store,
              fixed(result.acknowledged, 1),
              fixed(at(result.toStop, 0.5), 1),
              fixed(at(result.toStop, 0.99), 1),
              fixed(at(result.toEnd, 0.5), 1),
              fixed(at(result.toEnd, 0.99), 1)
            ]
      )
    }
  }
}
