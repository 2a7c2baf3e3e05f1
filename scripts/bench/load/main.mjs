// Asks a server over sockets of its own, in a process of its own, with as little work for each request as can be.
import { connect } from "./connection.mjs"
import { requestsOf } from "./requests.mjs"

const now = () => Number(process.hrtime.bigint()) / 1e6

const open = (port, connections) => Promise.all(Array.from({ length: connections }, () => connect(port)))

/** Each connection asks again as soon as it is answered, until time or requests are used up; `from` is the first number. */
const flatOut = async (lines, next, { count = Infinity, from = 0, keeps = false, millis = Infinity }) => {
  const began = now()
  const results = []
  let asked = 0
  await Promise.all(
    lines.map(async (ask) => {
      while (asked < count && now() - began < millis) {
        const index = from + asked++
        const sent = now()
        const { read, status } = await ask(next(index))
        results.push({ index, status, sent, millis: now() - sent, read: keeps ? read : undefined })
      }
    })
  )
  return { results, millis: now() - began }
}

/** Asks at a rate, whether answers come or not: what waits for a free connection waits on the clock. */
const paced = async (lines, next, { count, from = 0, keeps = false, rate }) => {
  const began = now()
  const results = []
  const free = [...lines]
  const waiting = []
  const send = async (ask, index, due) => {
    const { read, status } = await ask(next(index))
    results.push({ index, status, sent: due, millis: now() - due, read: keeps ? read : undefined })
    const later = waiting.shift()
    if (later === undefined) free.push(ask)
    else void send(ask, later.index, later.due)
  }
  await new Promise((resolve) => {
    let index = 0
    const tick = () => {
      while (index < count && now() - began >= (index * 1000) / rate) {
        const due = began + (index * 1000) / rate
        const ask = free.pop()
        if (ask === undefined) waiting.push({ index: from + index, due })
        else void send(ask, from + index, due)
        index++
      }
      if (results.length === count) resolve()
      else setTimeout(tick, 1)
    }
    tick()
  })
  return { results, millis: now() - began }
}

const nameIn = (read) => /"name":"([^"]+)"/.exec(read.toString("latin1", 0, 2000))?.[1]

const measure = async ({ connections, kind, pace, parameters, port, warmUp }) => {
  const lines = await open(port, connections)
  const next = requestsOf(kind, parameters)
  if (warmUp > 0) await flatOut(lines, next, { count: warmUp })
  await new Promise((resolve) => {
    process.once("message", resolve)
    process.send({ isWarm: true })
  })
  // What the warm-up has asked for is not asked for again: an operation is cancelled once.
  const before = process.cpuUsage()
  const measured = await (pace.rate === undefined ? flatOut : paced)(lines, next, { ...pace, from: warmUp })
  const { system, user } = process.cpuUsage(before)
  for (const line of lines) line.close()
  const latencies = measured.results.map(({ millis }) => millis).sort((a, b) => a - b)
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]
  const statuses = {}
  for (const { status } of measured.results) statuses[status] = (statuses[status] ?? 0) + 1
  return {
    count: latencies.length,
    millis: measured.millis,
    perSecond: (latencies.length / measured.millis) * 1000,
    loadShare: (user + system) / 1000 / measured.millis,
    p50: at(0.5),
    p99: at(0.99),
    statuses,
    each: pace.keeps
      ? measured.results.map(({ index, millis, read, sent }) => ({
          index,
          sent,
          answered: sent + millis,
          name: nameIn(read)
        }))
      : undefined
  }
}

// Whoever measures may be stopped at any time.
process.once("disconnect", () => process.exit())

process.on("message", async (message) => {
  if (message === "go") return
  try {
    process.send(await measure(message))
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) })
  }
})
