// P1, P2, P3: cancel so many, 64 at a time, each done at its first look.
import { contestants } from "../processes.mjs"
import { cpu, median, ratio, ratios, wall } from "../statistics.mjs"
import { fixed } from "../table.mjs"

const names = [
  "floor",
  "U",
  "bulk",
  "single",
  "singleUndici",
  "bare",
  "idiomatic",
  "azure",
  "gaxGrpc",
  "gaxRest",
  "fetch",
  "earthEngine"
]

// Those that ask for every operation by itself; the batches of Earth Engine's client are another kind of request.
const comparable = ["azure", "gaxGrpc", "gaxRest", "fetch"]

const concurrency = 64

/** What is wrong with a run, by the server's own count. */
const wrong = ({ confirmed, name, server }, count) => {
  const { batch, cancel, get, other } = server.requests
  if (confirmed !== count) return `${confirmed} of ${count} confirmed`
  if (other > 0) return `${other} requests that nobody expected`
  const [cancels, gets] = name === "earthEngine" ? [server.parts / 2, server.parts / 2] : [cancel, get]
  if (cancels !== count || gets !== count) return `${cancels} cancels and ${gets} gets of ${count} operations`
  return batch > 0 && name !== "earthEngine" ? "a batch" : undefined
}

export const measure = async ({ attempt, hasPeers, sizes }) => {
  const taking = names.filter((name) => hasPeers || !contestants[name].peer)
  const runs = {}
  const failures = {}
  for (let round = 0; round < sizes.rounds; round++) {
    for (const name of taking) {
      const run = await attempt(name, {
        plan: { count: sizes.count + sizes.warmUp },
        parameters: { count: sizes.count, concurrency, warmUp: sizes.warmUp }
      })
      const reason = run.error ?? wrong(run, sizes.count)
      if (reason === undefined) (runs[name] ??= []).push(run)
      else failures[name] = reason
    }
  }
  return { goals: goals(runs, failures), table: table(runs, failures, sizes), samples: runs }
}

const best = (runs) =>
  comparable
    .filter((name) => runs[name] !== undefined)
    .toSorted((a, b) => ratio(runs[a], runs.U, cpu) - ratio(runs[b], runs.U, cpu))[0]

const judged = (runs, failures, name, goal, isMet) => {
  if (failures[name] !== undefined || runs[name] === undefined)
    return { goal, measured: failures[name] ?? "not run", met: false }
  const b = best(runs)
  const byU = ratios(runs[name], runs.U, cpu)
  const it = {
    byU: median(byU),
    worst: Math.max(...byU),
    byB: b === undefined ? undefined : ratio(runs[name], runs[b], cpu),
    speed: 1 / ratio(runs[name], runs.U, wall)
  }
  const peer = b === undefined ? "the peers are not installed" : `${fixed(it.byB)} B (${contestants[b].title})`
  return {
    goal,
    measured: `${fixed(it.byU)} U (worst ${fixed(it.worst)}), ${peer}, operations/s ${fixed(it.speed)} of U`,
    met: b === undefined ? null : isMet(it)
  }
}

const goals = (runs, failures) => ({
  P1: judged(
    runs,
    failures,
    "bulk",
    "bulk cancel and confirm, GET looks: CPU ≤ 1.0 U (never over 1.3) and ≤ 0.33 B, operations/s ≥ 1.0 of U",
    ({ byB, byU, speed, worst }) => byU <= 1 && worst <= 1.3 && byB <= 0.33 && speed >= 1
  ),
  P2: judged(
    runs,
    failures,
    "single",
    "cancelAndConfirm one by one over our transport: CPU ≤ 1.4 U (never over 1.6) and ≤ 0.5 B",
    ({ byB, byU, worst }) => byU <= 1.4 && worst <= 1.6 && byB <= 0.5
  ),
  P3: (() => {
    const goal = "with the user's own HttpClient: ≤ 10 % CPU over a bare loop on it"
    const reason = failures.singleUndici ?? failures.bare
    if (reason !== undefined) return { goal, measured: reason, met: false }
    const over = ratio(runs.singleUndici, runs.bare, cpu)
    return { goal, measured: `${fixed(100 * (over - 1), 0)} % over the bare loop`, met: over <= 1.1 }
  })()
})

const table = (runs, failures, { count }) => ({
  title: `Cancel ${count} and confirm each with one GET, ${concurrency} at a time`,
  header: [
    "client",
    "CPU / U",
    "CPU µs a request",
    "wall / U",
    "peak MiB",
    "requests each",
    "sockets",
    "server's CPU share"
  ],
  rows: names
    .filter((name) => runs[name] !== undefined || failures[name] !== undefined)
    .map((name) => {
      const { title } = contestants[name]
      const of = runs[name]
      if (of === undefined || runs.U === undefined) return [title, failures[name] ?? "not comparable"]
      return [
        title,
        fixed(ratio(of, runs.U, cpu)),
        fixed((1000 * median(of.map(cpu))) / (2 * count), 1),
        fixed(ratio(of, runs.U, wall)),
        fixed(median(of.map((run) => run.maxRssMiB)), 0),
        fixed(median(of.map((run) => run.server.total)) / count, 3),
        Math.max(...of.map((run) => run.server.sockets.most)),
        `${fixed(100 * median(of.map((run) => run.server.cpuMs / run.server.wallMs)), 0)} %`
      ]
    })
})
