// G11: how soon those who wait are told, and what a thousand of them weigh.
import { load } from "../servers.mjs"
import { at } from "../statistics.mjs"
import { fixed } from "../table.mjs"

const waitOn = async (server, { count, millis }) => {
  const names = await server.ask("submit", { body: "told", count })
  // A start is answered before the body runs, and bodies are no waiters.
  await server.ask("running", { count })
  const before = await server.ask("collect")
  const waiting = load(server, {
    connections: count,
    kind: "wait",
    pace: { count, keeps: true },
    parameters: { names }
  })
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const busiest = await server.busiest?.(1000)
  const parked = await server.ask("collect")
  const told = new Map(await server.ask("finish", { millis }))
  const { each } = await waiting
  return {
    wakes: each.map(({ answered, index }) => answered - told.get(names[index])),
    busiest,
    mebibytes: (parked.rss - before.rss) / 2 ** 20
  }
}

const told = ({ busiest, mebibytes, wakes }) =>
  `p99 ${fixed(at(wakes, 0.99), 1)} ms, ${fixed(mebibytes, 0)} MiB` +
  (busiest === undefined ? "" : `, at most ${busiest} connections at work`)

export const measure = async ({ eachStore, sizes }) => {
  const samples = await eachStore(0, {}, (server) => waitOn(server, sizes.wait))
  const judged = samples.filter(({ result }) => result !== undefined)
  return {
    samples,
    goals: {
      G11: {
        goal: `Wait: wakes ≤ 100 ms after done, p99; ${sizes.wait.count} waiters use ≤ 1 database connection and ≤ 100 MiB more memory`,
        measured: judged.map(({ result, store }) => `${store} ${told(result)}`).join(", "),
        met: judged.every(
          ({ result }) => at(result.wakes, 0.99) <= 100 && result.mebibytes <= 100 && (result.busiest ?? 0) <= 1
        )
      }
    },
    table: {
      title: `${sizes.wait.count} waiters`,
      header: ["store", "wakes after p50 ms", "p99 ms", "MiB more", "connections at work"],
      rows: samples.map(({ reason, result, store }) =>
        result === undefined
          ? [store, reason]
          : [
              store,
              fixed(at(result.wakes, 0.5), 1),
              fixed(at(result.wakes, 0.99), 1),
              fixed(result.mebibytes, 0),
              result.busiest
            ]
      )
    }
  }
}
