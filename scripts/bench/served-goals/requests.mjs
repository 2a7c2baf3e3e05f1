// S1 and S2: how many requests a second, beside a bare handler that answers the same bytes from a Map.
import { load, serve } from "../servers.mjs"
import { median } from "../statistics.mjs"
import { fixed } from "../table.mjs"

const kinds = ["get", "list", "cancel", "start"]

const measureOn = async (servers, kind, connections, { count, rounds, stored, warmUp }) => {
  const rows = { ours: [], bare: [] }
  for (let round = 0; round < rounds; round++) {
    for (const [name, server] of Object.entries(servers)) {
      const requests = kind === "get" ? count : Math.ceil(count / (kind === "list" ? 10 : 4))
      const parameters = { stored, query: "pageSize=100" }
      if (kind === "cancel") {
        parameters.names =
          name === "ours"
            ? await server.ask("submit", { body: "endless", count: requests + warmUp })
            : ["projects/bench/operations/x"]
      }
      const pace = { count: requests }
      rows[name].push(await load(server, { connections, kind, pace, parameters, warmUp: Math.min(warmUp, requests) }))
    }
  }
  return rows
}

export const measure = async ({ progress, sizes }) => {
  const { requests } = sizes
  const servers = {
    bare: await serve("bare", { stored: requests.stored }),
    ours: await serve("ours", { store: "memory", stored: requests.stored })
  }
  const samples = []
  try {
    for (const kind of kinds) {
      for (const connections of [1, 16, 64]) {
        progress(`${kind}, ${connections} connections`)
        const { bare, ours } = await measureOn(servers, kind, connections, requests)
        for (const { statuses } of [...bare, ...ours]) {
          if (Object.keys(statuses).join() !== "200") throw new Error(`${kind}: ${JSON.stringify(statuses)}`)
        }
        samples.push({
          kind,
          connections,
          bare: median(bare.map((it) => it.perSecond)),
          ours: median(ours.map((it) => it.perSecond)),
          ratio: median(ours.map((it, round) => it.perSecond / bare[round].perSecond)),
          cpuRatio: median(ours.map((it, round) => bare[round].cpuMicros / it.cpuMicros)),
          p99: median(ours.map((it) => it.p99)),
          share: median(ours.map((it) => it.cpuShare))
        })
      }
    }
  } finally {
    for (const server of Object.values(servers)) server.stop()
  }
  const of = (kind) => samples.filter((it) => it.kind === kind && it.connections > 1)
  const judged = (goal, kind) => {
    const worst = Math.min(...of(kind).map(({ ratio }) => ratio))
    const byProcessor = Math.min(...of(kind).map(({ cpuRatio }) => cpuRatio))
    const measured = `${worst.toFixed(2)} × requests/s at 16 and 64 connections, ${byProcessor.toFixed(2)} × by processor time a request`
    return { goal, measured, met: worst >= 0.5 }
  }
  return {
    samples,
    goals: {
      S1: judged("GET of an operation: ≥ 0.5 × requests/s of a bare node:http handler", "get"),
      S2: judged("list page of 100: ≥ 0.5 × a bare handler that serialises the same page", "list")
    },
    table: {
      title: "Requests: ours has authentication, limits and metrics on; the bare handler asks nobody anything",
      header: ["request", "connections", "bare/s", "ours/s", "ratio", "by CPU", "p99 ms", "CPU"],
      rows: samples.map((it) => [
        it.kind,
        it.connections,
        Math.round(it.bare),
        Math.round(it.ours),
        fixed(it.ratio),
        fixed(it.cpuRatio),
        fixed(it.p99, 1),
        fixed(it.share)
      ])
    }
  }
}
