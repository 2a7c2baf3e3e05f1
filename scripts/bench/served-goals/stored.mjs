// G9, G10, G12 and G13: looks and lists where much is stored, a herd that polls one operation, and slow clients.
import { bodyOf, connect } from "../load/connection.mjs"
import { requestsOf } from "../load/requests.mjs"
import { nameOf } from "../operation.mjs"
import { load, startLoad } from "../servers.mjs"
import { median } from "../statistics.mjs"
import { fixed } from "../table.mjs"
import { slowClients } from "./slow.mjs"

const filter = `filter=${encodeURIComponent('state = "SUCCEEDED"')}&pageSize=100`

/** The query of the last full page, found by going through all before it. */
const lastPage = async (server) => {
  const ask = await connect(server.port)
  let query = filter
  while (true) {
    const page = JSON.parse(bodyOf((await ask(requestsOf("list", { query })())).read))
    if (page.operations?.length !== 100) throw new Error(`a page of ${page.operations?.length} operations`)
    if (page.nextPageToken === undefined) break
    query = `${filter}&pageToken=${page.nextPageToken}`
  }
  ask.close()
  return query
}

/** Looks alone and looks beside slow clients, in turns. */
const looks = async (server, { count, rate, rounds, stored }) => {
  const loads = startLoad()
  const options = { connections: 32, kind: "get", parameters: { stored } }
  const look = () => loads.on(server, { ...options, pace: { count, rate }, warmUp: 50 })
  try {
    await loads.on(server, { ...options, pace: { count: Math.min(3000, 2 * count) } })
    const alone = []
    const beside = []
    for (let round = 0; round < rounds; round++) {
      alone.push(await look())
      const slow = await slowClients(server.port, 200)
      try {
        beside.push(await look())
        if (slow.held() < 150) throw new Error(`only ${slow.held()} of 200 slow clients are connected`)
      } finally {
        slow.stop()
      }
    }
    const at = (runs, of) => median(runs.map(of))
    return {
      p50: at(alone, ({ p50 }) => p50),
      p99: at(alone, ({ p99 }) => p99),
      beside: at(beside, ({ p99 }) => p99),
      slowdown: at(beside, ({ p99 }, round) => p99 / alone[round].p99)
    }
  } finally {
    loads.stop()
  }
}

const lists = async (server, pace) => {
  const page = (query) => load(server, { kind: "list", pace, parameters: { query }, warmUp: 200 })
  const query = await lastPage(server)
  const first = await page(filter)
  const last = await page(query)
  return { p50: first.p50, p99: first.p99, last: last.p99, growth: last.p50 / first.p50 }
}

const herdOf = async (server, pace) => {
  const crowd = await load(server, { connections: 300, kind: "one", pace, parameters: { name: nameOf(7) } })
  return { reads: (crowd.after.reads - crowd.before.reads) / (crowd.millis / 1000), perSecond: crowd.perSecond }
}

export const measure = async ({ eachStore, sizes, wants }) => {
  const { herd, list, look, stored } = sizes.stored
  const samples = await eachStore(stored, { maxReadsPerSecond: 20 }, async (server) => ({
    look: wants("G9", "G13") ? await looks(server, { ...look, stored }) : undefined,
    list: wants("G10") ? await lists(server, list) : undefined,
    herd: wants("G12") ? await herdOf(server, herd) : undefined
  }))
  const judged = samples.filter(({ result }) => result !== undefined)
  const goals = {}
  const judge = (name, part, goal, text, test) => {
    if (!wants(name)) return
    goals[name] = {
      goal,
      measured: judged.map(({ result, store }) => `${store} ${text(result[part])}`).join(", "),
      met: judged.every(({ result }) => test(result[part]))
    }
  }
  judge(
    "G9",
    "look",
    `Get: p50 ≤ 3 ms, p99 ≤ 20 ms at ${look.rate}/s with ${stored} stored`,
    ({ p50, p99 }) => `p50 ${fixed(p50, 1)} p99 ${fixed(p99, 1)} ms`,
    ({ p50, p99 }) => p50 <= 3 && p99 <= 20
  )
  judge(
    "G10",
    "list",
    `List, 100 per page, filter on state: p99 ≤ 60 ms at ${list.rate}/s with ${stored} stored; last page within 2× of the first`,
    ({ growth, p99 }) => `p99 ${fixed(p99, 1)} ms, last page ${fixed(growth)}×`,
    ({ growth, p99 }) => p99 <= 60 && growth <= 2
  )
  judge(
    "G12",
    "herd",
    `${herd.rate} looks a second at one operation: ≤ 20 store reads/s`,
    ({ perSecond, reads }) => `${fixed(reads, 1)} reads/s for ${Math.round(perSecond)} looks/s`,
    ({ reads }) => reads <= 20
  )
  judge(
    "G13",
    "look",
    "200 slow connections: p99 of G9 ≤ 2×",
    ({ slowdown }) => `${fixed(slowdown)}×`,
    ({ slowdown }) => slowdown <= 2
  )
  return {
    samples,
    goals,
    table: {
      title: `${stored} stored, in ms`,
      header: [
        "store",
        "get p50",
        "get p99",
        "p99 beside 200 slow",
        "first page p50",
        "first page p99",
        "last page p99",
        "reads/s of a herd"
      ],
      rows: samples.map(({ reason, result, store }) =>
        result === undefined
          ? [store, reason]
          : [
              store,
              fixed(result.look?.p50, 1),
              fixed(result.look?.p99, 1),
              fixed(result.look?.beside, 1),
              fixed(result.list?.p50, 1),
              fixed(result.list?.p99, 1),
              fixed(result.list?.last, 1),
              fixed(result.herd?.reads, 1)
            ]
      )
    }
  }
}
