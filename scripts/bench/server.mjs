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
  requests: { stored: 10_000, count: 30_000, rounds: 5, warmUp: 20_000 },
  latency: { stored: 0, count: 1000, rate: 100, warmUp: 1000 },
  stored: {
    stored: 100_000,
    get: { count: 10_000, rate: 500 },
    list: { count: 500, rate: 50 },
    herd: { count: 10_000, rate: 1000 }
  },
  wait: { count: 1000, millis: 5000 }
}

// To see that everything runs; the numbers are too small to judge by.
const quick = {
  requests: { stored: 1000, count: 2000, rounds: 1, warmUp: 500 },
  latency: { stored: 0, count: 100, rate: 100, warmUp: 50 },
  stored: {
    stored: 2000,
    get: { count: 500, rate: 500 },
    list: { count: 50, rate: 50 },
    herd: { count: 2000, rate: 1000 }
  },
  wait: { count: 100, millis: 500 }
}

const rewrite = process.stderr.isTTY ? "\r\u001b[K" : ""

const progress = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`${rewrite}  ${text} `)
}

/** Runs a measurement on a server over each store; a store that cannot be had is left out, and it is said why. */
const onEachStore = (folder, postgres) => async (amount, settings, measure) => {
  const results = []
  for (const store of ["memory", "sqlite", "postgres"]) {
    progress(store)
    if (store === "postgres" && postgres.url === undefined) {
      results.push({ store, reason: postgres.reason })
      continue
    }
    const at = store === "sqlite" ? { file: join(mkdtempSync(join(folder, "sqlite-")), "operations.db") } : {}
    const url = store === "postgres" ? await postgres.database() : undefined
    const server = await serve("ours", { ...settings, ...at, store, stored: amount, url })
    try {
      results.push({ store, result: await measure(server) })
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
  const context = { sizes: isQuick ? quick : whole, progress, eachStore: onEachStore(folder, postgres) }
  try {
    for (const part of parts) {
      if (only.length > 0 && !part.goals.some((goal) => only.includes(goal))) continue
      process.stderr.write(`${rewrite}${part.goals.join(", ")}: ${part.title}\n`)
      const { goals, samples, table } = await part.measure(context)
      Object.assign(result.goals, goals)
      result.table[part.title] = table
      result.samples[part.title] = samples.map(slim)
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
