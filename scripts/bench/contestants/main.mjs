// A contestant in a process of its own: it does what it is told and tells what that took.
import { performance } from "node:perf_hooks"

const collect = async () => {
  if (globalThis.gc === undefined) return
  // Twice, with a turn of the event loop between: what hangs on finalizers goes in the second.
  globalThis.gc()
  await new Promise((resolve) => setTimeout(resolve, 50))
  globalThis.gc()
}

const MiB = 1024 * 1024

/** CPU and time of some work, and the most memory that the process has had. */
const measured = async (work) => {
  const cpu = process.cpuUsage()
  const started = performance.now()
  const result = await work()
  const { system, user } = process.cpuUsage(cpu)
  return {
    ...result,
    cpuMs: (user + system) / 1000,
    wallMs: performance.now() - started,
    maxRssMiB: process.resourceUsage().maxRSS / 1024
  }
}

/** Heap that waits take while they wait, and what it costs to look after them. */
const held = async (contestant, { count, forMs, ...more }) => {
  await collect()
  const before = process.memoryUsage().heapUsed
  const stop = await contestant.watch({ count, ...more })
  await new Promise((resolve) => setTimeout(resolve, more.settleMs))
  process.send({ type: "settled" })
  const result = await measured(() => new Promise((resolve) => setTimeout(resolve, forMs)))
  process.send({ type: "held" })
  await collect()
  const { heapUsed, rss } = process.memoryUsage()
  await stop?.()
  return { ...result, heapBytesEach: (heapUsed - before) / count, rssMiB: rss / MiB }
}

const run = async ({ module, parameters, ports, scenario, settings }) => {
  const contestant = await (await import(module)).make({ ports, base: `http://127.0.0.1:${ports.http}`, settings })
  if (scenario === "hold") return held(contestant, parameters)
  const { concurrency, count, warmUp } = parameters
  // Warm-up has operations of its own; what it costs to compile is no part of the comparison.
  if (warmUp > 0) await contestant.cancelAll({ from: count, to: count + warmUp, concurrency })
  await collect()
  process.send({ type: "warm" })
  await new Promise((resolve) => process.once("message", resolve))
  return measured(() => contestant.cancelAll({ from: 0, to: count, concurrency }))
}

process.once("message", (task) => {
  run(task).then(
    (result) => process.send({ type: "result", result }, () => process.exit()),
    (error) => process.send({ type: "error", error: String(error?.stack ?? error) }, () => process.exit(1))
  )
})
process.on("disconnect", () => process.exit(1))
