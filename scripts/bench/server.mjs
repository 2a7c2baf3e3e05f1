// The server's goals: S1 to S3, and of the host and the server together G6, G7 and G9 to G13.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bundleServer } from "./bundles.mjs"
import { startPostgres } from "./postgres.mjs"
import * as latency from "./served-goals/latency.mjs"
import * as requests from "./served-goals/requests.mjs"
import * as stored from "./served-goals/stored.mjs"
import * as wait from "./served-goals/wait.mjs"
import { serve } from "./servers.mjs"

const parts = [
  { goals: ["S1", "S2"], title: "requests", measure: requests.measure },
  { goals: ["S3", "G6", "G7"], title: "latency", measure: latency.measure },
  { goals: ["G9", "G10", "G12", "G13"], title: "stored", measure: stored.measure },
  { goals: ["G11"], title: "wait", measure: wait.measure }
]

const whole = {
  requests: {
    stored: 10_000,
    warmUpMillis: 3000,
    get: { millis: 1500, rounds: 5, warmUp: 200 },
    list: { millis: 1500, rounds: 5, warmUp: 50 },
    cancel: { cancels: 2000, rounds: 3, warmUp: 200 },
    start: { millis: 1000, rounds: 3, warmUp: 200 }
  },
  latency: { stored: 0, count: 1000, rate: 100, starts: 300, warmUp: 500 },
  stored: {
    stored: 100_000,
    look: { count: 1000, rate: 500, rounds: 5 },
    list: { count: 300, rate: 50 },
    herd: { count: 5000, rate: 1000 }
  },
  wait: { count: 1000, millis: 5000 }
}

// To see that everything runs; the numbers are too small to judge by.
const quick = {
  requests: {
    stored: 1000,
    warmUpMillis: 200,
    get: { millis: 200, rounds: 1, warmUp: 100 },
    list: { millis: 200, rounds: 1, warmUp: 10 },
    cancel: { cancels: 300, rounds: 1, warmUp: 100 },
    start: { millis: 200, rounds: 1, warmUp: 100 }
  },
  latency: { stored: 0, count: 100, rate: 100, starts: 100, warmUp: 50 },
  stored: {
    stored: 20_000,
    look: { count: 250, rate: 500, rounds: 1 },
    list: { count: 50, rate: 50 },
    herd: { count: 1000, rate: 1000 }
  },
  wait: { count: 100, millis: 500 }
}

// Clears the line of a terminal.
const rewrite = process.stderr.isTTY ? "\r\u001b[K" : ""

/** Where the run is: rewritten in place on a terminal, elsewhere a line for each step, with the seconds since the first. */
const progress = (text) => {
  const line = `  ${Math.round(process.uptime())} s: ${text} `
  process.stderr.write(process.stderr.isTTY ? rewrite + line : `${line.trimEnd()}\n`)
}

/** Runs a measurement on a server over each store; a store that cannot be had is left out, and it is said why. */
const onEachStore = (folder, postgres) => async (amount, settings, measure) => {
  const results = []
  for (const store of ["memory", "sqlite", "postgres"]) {
    progress(`${store}${amount > 0 ? `, ${amount} stored` : ""}`)
    if (store === "postgres" && postgres.url === undefined) {
      results.push({ store, reason: postgres.reason })
      continue
    }
    const at = store === "sqlite" ? { file: join(mkdtempSync(join(folder, "sqlite-")), "operations.db") } : {}
    const url = store === "postgres" ? await postgres.database() : undefined
    const server = await serve("ours", { ...settings, ...at, store, stored: amount, url })
    try {
      const busiest = url === undefined ? undefined : (millis) => postgres.busiest(url, millis)
      results.push({ store, result: await measure({ ...server, busiest }) })
    } finally {
      server.stop()
    }
  }
  return results
}

/** Measures what was asked for (everything by default) and returns goals, tables and samples. */
export const measure = async ({ isQuick, only }) => {
  await bundleServer()
  const folder = mkdtempSync(join(tmpdir(), "effect-lro-bench-"))
  const postgres = await startPostgres()
  const result = { goals: {}, table: {}, samples: {} }
  const wants = (...goals) => only.length === 0 || goals.some((goal) => only.includes(goal))
  const context = { sizes: isQuick ? quick : whole, progress, eachStore: onEachStore(folder, postgres), wants }
  try {
    for (const part of parts) {
      if (!wants(...part.goals)) continue
      process.stderr.write(`${rewrite}${part.goals.join(", ")}: ${part.title}\n`)
      try {
        const { goals, samples, table } = await part.measure(context)
        Object.assign(result.goals, goals)
        result.table[part.title] = table
        result.samples[part.title] = samples.map(slim)
      } catch (error) {
        // The others are measured all the same.
        process.stderr.write(`${rewrite}${error.stack}\n`)
        process.exitCode = 1
        for (const name of part.goals.filter((goal) => wants(goal))) {
          result.goals[name] = { goal: part.title, measured: `it broke: ${error.message.slice(0, 200)}`, met: false }
        }
      }
    }
  } finally {
    process.stderr.write(rewrite)
    postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return result
}

/** Without the single requests, of which there are thousands. */
const slim = ({ result, ...sample }) =>
  result === undefined
    ? sample
    : { ...sample, result: Object.fromEntries(Object.entries(result).filter(([, value]) => !Array.isArray(value))) }
