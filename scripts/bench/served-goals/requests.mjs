// S1 and S2: how many requests a second, beside a bare handler that answers the same bytes from a Map.
import { bodyOf, connect } from "../load/connection.mjs"
import { requestsOf } from "../load/requests.mjs"
import { nameOf } from "../operation.mjs"
import { serve, startLoad } from "../servers.mjs"
import { median } from "../statistics.mjs"
import { fixed } from "../table.mjs"

const kinds = ["get", "list", "cancel", "start"]

/** The length of what each answers. Where they are not the same but for a name or a token, there is nothing to compare. */
const answered = async (servers, kind, parameters) => {
  const [ours, bare] = await Promise.all(
    [servers.ours, servers.bare].map(async ({ port }) => {
      const ask = await connect(port)
      const bodies = []
      for (let i = 0; i < 20; i++) bodies.push(bodyOf((await ask(requestsOf(kind, parameters)(i))).read))
      ask.close()
      return bodies
    })
  )
  const isSame = (body, index) =>
    kind === "get" || kind === "cancel"
      ? body === bare[index]
      : Math.abs(body.length - bare[index].length) <= 0.03 * bare[index].length
  if (!ours.every(isSame)) throw new Error(`${kind}: ours answers ${ours[0]}, the bare handler ${bare[0]}`)
  return ours[0].length
}

const pair = async (loads, servers, round, optionsOf) => {
  const runs = {}
  // Neither is always the first.
  for (const name of round % 2 === 0 ? ["bare", "ours"] : ["ours", "bare"]) {
    runs[name] = await loads.on(servers[name], await optionsOf(name))
  }
  return runs
}

const measureOn = async ({ connections, kind, loads, parameters, servers, size }) => {
  // A run is as long as it takes to cancel so many, or as long as it may take.
  const fresh = size.cancels === undefined ? undefined : size.cancels + size.warmUp
  const pace = fresh === undefined ? { millis: size.millis } : { count: size.cancels }
  const optionsOf = async (name) => ({
    connections,
    kind,
    pace,
    parameters:
      fresh !== undefined && name === "ours"
        ? { names: await servers.ours.ask("submit", { body: "endless", count: fresh }) }
        : parameters,
    warmUp: size.warmUp
  })
  const pairs = []
  // One connection is shown, and not judged by.
  const rounds = connections === 1 ? Math.min(3, size.rounds) : size.rounds
  for (let round = 0; round < rounds; round++) pairs.push(await pair(loads, servers, round, optionsOf))
  return pairs
}

const parametersOf = (kind, stored) =>
  ({ get: { stored }, list: { stored, query: "pageSize=100" }, cancel: { names: [nameOf(0)] }, start: {} })[kind]

export const measure = async ({ progress, sizes, wants }) => {
  const { requests } = sizes
  const settings = { store: "memory", stored: requests.stored }
  const servers = { bare: await serve("bare", {}), ours: await serve("ours", settings) }
  const loads = startLoad()
  const samples = []
  try {
    for (const kind of kinds) {
      if (!wants({ get: "S1", list: "S2" }[kind])) continue
      progress(kind)
      const parameters = parametersOf(kind, requests.stored)
      await servers.bare.ask("learn", { kind, parameters, port: servers.ours.port })
      const bytes = await answered(servers, kind, parameters)
      for (const server of Object.values(servers)) {
        await loads.on(server, { kind, parameters, pace: { millis: requests.warmUpMillis } })
      }
      for (const connections of [1, 16, 64]) {
        const pairs = await measureOn({ connections, kind, loads, parameters, servers, size: requests[kind] })
        const of = (value) => median(pairs.map(value))
        samples.push({
          kind,
          connections,
          bytes,
          bare: of(({ bare }) => bare.perSecond),
          ours: of(({ ours }) => ours.perSecond),
          ratios: pairs.map(({ bare, ours }) => ours.perSecond / bare.perSecond),
          cpuRatio: of(({ bare, ours }) => bare.cpuMicros / ours.cpuMicros),
          p99: of(({ ours }) => ours.p99),
          share: of(({ ours }) => ours.cpuShare),
          bareShare: of(({ bare }) => bare.cpuShare),
          loadShare: of(({ bare }) => bare.loadShare)
        })
      }
    }
  } finally {
    loads.stop()
    for (const server of Object.values(servers)) server.stop()
  }
  const judged = (goal, kind) => {
    const several = samples.filter((it) => it.kind === kind && it.connections > 1)
    if (several.length === 0) return {}
    const worst = Math.min(...several.map(({ ratios }) => median(ratios)))
    const byProcessor = Math.min(...several.map(({ cpuRatio }) => cpuRatio))
    const measured = `${worst.toFixed(2)} × requests/s at 16 and 64 connections, ${byProcessor.toFixed(2)} × by processor time a request`
    return { [kind === "get" ? "S1" : "S2"]: { goal, measured, met: worst >= 0.5 } }
  }
  return {
    samples,
    goals: {
      ...judged(
        "GET of an operation: ≥ 0.5 × requests/s of a bare node:http handler that answers the same bytes",
        "get"
      ),
      ...judged("list page of 100: ≥ 0.5 × a bare handler that serialises the same page", "list")
    },
    table: {
      title: "Requests: ours has authentication, limits and metrics on; the bare handler asks nobody anything",
      header: [
        "request",
        "bytes",
        "connections",
        "bare/s",
        "ours/s",
        "ratio",
        "by CPU",
        "p99 ms",
        "CPU of bare",
        "CPU of ours",
        "CPU of the load on bare"
      ],
      rows: samples.map((it) => [
        it.kind,
        it.bytes,
        it.connections,
        Math.round(it.bare),
        Math.round(it.ours),
        fixed(median(it.ratios)),
        fixed(it.cpuRatio),
        fixed(it.p99, 1),
        fixed(it.bareShare),
        fixed(it.share),
        fixed(it.loadShare)
      ])
    }
  }
}
