// G9, G10, G12 and G13: looks and lists where much is stored, a herd that polls one operation, and slow clients.
import net from "node:net"
import { nameOf, project } from "../operation.mjs"
import { load } from "../servers.mjs"
import { fixed } from "../table.mjs"

const filter = `filter=${encodeURIComponent('state = "SUCCEEDED"')}&pageSize=100`

/** The query of the last page, found by going through all before it. */
const lastPage = async (server) => {
  let query = filter
  while (true) {
    const answer = await fetch(`http://127.0.0.1:${server.port}/v1/projects/${project}/operations?${query}`, {
      headers: { authorization: "Bearer the-token-of-the-bench" }
    })
    const page = await answer.json()
    if (page.nextPageToken === undefined) return query
    query = `${filter}&pageToken=${page.nextPageToken}`
  }
}

/** Connections that hold on to a server: half of them in their headers, half in a body. */
const slowClients = (port, count) => {
  const sockets = Array.from({ length: count }, (_, index) => {
    const open = () => {
      const socket = net.connect({ port, host: "127.0.0.1" })
      socket.on("error", () => {})
      socket.write(
        index % 2 === 0
          ? "GET / HTTP/1.1\r\nX-A: "
          : `POST /v1/${nameOf(0)}:cancel HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n `
      )
      return socket
    }
    const held = { socket: open() }
    held.drip = setInterval(() => {
      // Whoever is thrown out comes again.
      if (held.socket.destroyed) held.socket = open()
      else held.socket.write(" ")
    }, 500)
    return held
  })
  return () => {
    for (const { drip, socket } of sockets) {
      clearInterval(drip)
      socket.destroy()
    }
  }
}

const storedOn = async (server, { get, herd, list, stored }) => {
  const looks = () =>
    load(server, { connections: 32, kind: "get", pace: get, parameters: { stored }, warmUp: Math.min(2000, get.count) })
  const alone = await looks()
  const stop = slowClients(server.port, 200)
  const beside = await looks().finally(stop)
  const first = await load(server, { kind: "list", pace: list, parameters: { query: filter }, warmUp: 20 })
  const last = await load(server, {
    kind: "list",
    pace: list,
    parameters: { query: await lastPage(server) },
    warmUp: 20
  })
  const crowd = await load(server, { connections: 300, kind: "one", pace: herd, parameters: { name: nameOf(7) } })
  const reads = (crowd.after.reads - crowd.before.reads) / (crowd.millis / 1000)
  return { alone, beside, first, last, reads, crowd }
}

export const measure = async ({ eachStore, sizes }) => {
  const settings = { maxReadsPerSecond: 20 }
  const samples = await eachStore(sizes.stored.stored, settings, (server) => storedOn(server, sizes.stored))
  const judged = samples.filter(({ result }) => result !== undefined)
  const all = (test) => judged.every(({ result }) => test(result))
  const told = (text) => judged.map(({ result, store }) => `${store} ${text(result)}`).join(", ")
  const pages = ({ first, last }) => last.p50 / first.p50
  return {
    samples,
    goals: {
      G9: {
        goal: `Get: p50 ≤ 3 ms, p99 ≤ 20 ms at 500/s with ${sizes.stored.stored} stored`,
        measured: told(({ alone }) => `p50 ${fixed(alone.p50, 1)} p99 ${fixed(alone.p99, 1)} ms`),
        met: all(({ alone }) => alone.p50 <= 3 && alone.p99 <= 20)
      },
      G10: {
        goal: "List, 100 per page, filter on state: p99 ≤ 60 ms at 50/s; last page within 2× of the first",
        measured: told((it) => `p99 ${fixed(it.first.p99, 1)} ms, last page ${fixed(pages(it))}×`),
        met: all((it) => it.first.p99 <= 60 && pages(it) <= 2)
      },
      G12: {
        goal: "1,000 looks a second at one operation: ≤ 20 store reads/s",
        measured: told(({ reads }) => `${fixed(reads, 1)}/s`),
        met: all(({ reads }) => reads <= 20)
      },
      G13: {
        goal: "200 slow connections: p99 of G9 ≤ 2×",
        measured: told(({ alone, beside }) => `${fixed(beside.p99 / alone.p99)}×`),
        met: all(({ alone, beside }) => beside.p99 <= 2 * alone.p99)
      }
    },
    table: {
      title: `${sizes.stored.stored} stored, in ms`,
      header: [
        "store",
        "get p50",
        "get p99",
        "beside 200 slow",
        "first page p99",
        "last page p99",
        "reads/s of a herd"
      ],
      rows: samples.map(({ reason, result, store }) =>
        result === undefined
          ? [store, reason]
          : [
              store,
              fixed(result.alone.p50, 1),
              fixed(result.alone.p99, 1),
              fixed(result.beside.p99, 1),
              fixed(result.first.p99, 1),
              fixed(result.last.p99, 1),
              fixed(result.reads, 1)
            ]
      )
    }
  }
}
