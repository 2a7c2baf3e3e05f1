// The client's goals, P1 to P11.
import { bundle } from "./bundles.mjs"
import * as cancel from "./goals/cancel.mjs"
import * as faults from "./goals/faults.mjs"
import * as growth from "./goals/growth.mjs"
import * as pending from "./goals/pending.mjs"
import * as requests from "./goals/requests.mjs"
import * as size from "./goals/size.mjs"
import { ensurePeers } from "./peers.mjs"
import { contestants, run, startServer } from "./processes.mjs"

const parts = [
  { goals: ["P1", "P2", "P3"], title: "cancel", measure: cancel.measure },
  { goals: ["P4", "P7", "P8"], title: "pending", measure: pending.measure },
  { goals: ["P5", "P6"], title: "requests", measure: requests.measure },
  { goals: ["P9"], title: "faults", measure: faults.measure },
  { goals: ["P10"], title: "size", measure: size.measure },
  { goals: ["P11"], title: "growth", measure: growth.measure }
]

const whole = {
  count: 10_000,
  rounds: 5,
  warmUp: 1000,
  some: 1000,
  batched: 10_000,
  patient: 1000,
  starts: 11,
  pending: { pending: 10_000, many: 100_000, intervalMs: 2000, looks: 5, rounds: 3 },
  growth: { few: 1000, many: 100_000, rounds: 3 }
}

// To see that everything runs; the numbers are too small to judge by.
const quick = {
  count: 1000,
  rounds: 2,
  warmUp: 300,
  some: 300,
  batched: 1000,
  patient: 0,
  starts: 3,
  pending: { pending: 1000, many: 10_000, intervalMs: 1000, looks: 2, rounds: 1 },
  growth: { few: 500, many: 5000, rounds: 2 }
}

const installed = () => {
  try {
    ensurePeers()
    return true
  } catch (error) {
    process.stderr.write(
      `The peers cannot be installed (${String(error.message).split("\n")[0]}): measured without them.\n`
    )
    return false
  }
}

// Clears the line of a terminal.
const rewrite = process.stderr.isTTY ? "\r\u001b[K" : ""

const progress = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`${rewrite}  ${text} `)
}

/** A run that failed is a result too: the others go on. */
const attemptOn = async (server, name, options) => {
  progress(contestants[name].title)
  try {
    return await run(server, name, options)
  } catch (error) {
    const reason = String(error.message).split("\n").slice(0, 2).join(" ").slice(0, 300)
    process.stderr.write(`${rewrite}  ${reason}\n`)
    return { name, error: reason }
  }
}

/** Measures what was asked for (everything by default) and returns goals, tables and samples. */
export const measure = async ({ isQuick, only }) => {
  const hasPeers = installed()
  await bundle()
  const server = await startServer()
  const context = {
    sizes: isQuick ? quick : whole,
    hasPeers,
    attemptOn,
    attempt: (name, options) => attemptOn(server, name, options)
  }
  const result = { goals: {}, table: {}, samples: {} }
  try {
    for (const part of parts) {
      if (only.length > 0 && !part.goals.some((goal) => only.includes(goal))) continue
      process.stderr.write(`${rewrite}${part.goals.join(", ")}: ${part.title}\n`)
      const { goals, samples, table } = await part.measure(context)
      Object.assign(result.goals, goals)
      if (table !== undefined) result.table[part.title] = table
      result.samples[part.title] = samples
    }
  } finally {
    process.stderr.write(rewrite)
    server.stop()
  }
  return result
}
