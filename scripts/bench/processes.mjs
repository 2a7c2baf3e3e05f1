// The stand-in server and the contestants, each in a process of its own.
import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { root } from "../internal/paths.mjs"
import { bundleFolder } from "./bundles.mjs"

const path = (name) => fileURLToPath(new URL(name, import.meta.url))

export const startServer = async () => {
  const child = fork(path("stand-in/main.mjs"), { execArgv: ["--max-old-space-size=4096"] })
  const [{ ports }] = await once(child, "message")
  let last = 0
  const ask = (message) =>
    new Promise((resolve) => {
      const id = ++last
      const answered = (answer) => {
        if (answer.id !== id) return
        child.off("message", answered)
        resolve(answer.report)
      }
      child.on("message", answered)
      child.send({ ...message, id })
    })
  return {
    ports,
    reset: (plan = {}) => ask({ type: "reset", plan }),
    report: () => ask({ type: "report" }),
    stop: () => child.disconnect()
  }
}

/** Every contestant: what it is called, where it is, and how it is set up. */
export const contestants = {
  floor: { title: "raw sockets by hand (floor)", module: "floor" },
  U: { title: "undici Pool.request loop (U)", bundle: "undici" },
  bulk: { title: "effect-lro, Bulk.cancel", bundle: "bulk", settings: { client: "ours", listFrom: "never" } },
  single: { title: "effect-lro, cancelAndConfirm", bundle: "single", settings: { client: "ours" } },
  singleUndici: {
    title: "effect-lro on platform-node's layerUndici",
    bundle: "single",
    settings: { client: "undici" }
  },
  bare: { title: "bare Effect loop on layerUndici", bundle: "idiomatic", settings: { bare: true } },
  idiomatic: { title: "idiomatic Effect", bundle: "idiomatic", settings: {} },
  azure: { title: "@azure/core-lro", module: "azure", settings: {}, peer: true },
  gaxGrpc: { title: "google-gax, gRPC", module: "gax", settings: { transport: "grpc" }, peer: true },
  gaxRest: { title: "google-gax, REST", module: "gax", settings: { transport: "rest" }, peer: true },
  fetch: { title: "fetch loop", module: "fetch", settings: {}, peer: true },
  earthEngine: { title: "Earth Engine's client, batches of 500", module: "earth-engine", settings: {}, peer: true }
}

const moduleOf = ({ bundle, module }) =>
  bundle === undefined ? path(`contestants/${module}.mjs`) : join(bundleFolder, `${bundle}.mjs`)

/**
 * Runs a contestant and brings together what it says and what the server has seen. `hooks.warm` is called before it begins,
 * `hooks.settled` when what it holds has come to rest, `hooks.held` when it was watched long enough.
 */
export const run = async (server, name, { execArgv = [], parameters, plan, scenario = "cancel", settings }) => {
  const contestant = contestants[name]
  await server.reset(plan)
  const child = fork(path("contestants/main.mjs"), {
    cwd: root,
    execArgv: ["--expose-gc", ...execArgv],
    stdio: ["ignore", "ignore", "pipe", "ipc"]
  })
  let complaints = ""
  child.stderr.on("data", (chunk) => (complaints += chunk))
  try {
    return await new Promise((resolve, reject) => {
      let held
      let done
      child.on("message", async ({ error, result, type }) => {
        if (type === "warm") {
          await server.reset(plan)
          child.send("go")
        }
        if (type === "settled") {
          held = await server.report()
          await server.reset({ ...plan, keep: true })
        }
        if (type === "held") held = { ...(await server.report()), before: held }
        if (type === "error") reject(new Error(`${name}: ${error}\n${complaints}`))
        if (type === "result")
          done = Promise.resolve(held ?? server.report()).then((seen) => ({ name, ...result, server: seen }))
      })
      child.on("exit", async (code) => {
        if (done === undefined) reject(new Error(`${name} ended with ${code}: ${complaints.slice(-2000)}`))
        else resolve(await done)
      })
      child.send({
        module: moduleOf(contestant),
        ports: server.ports,
        scenario,
        parameters,
        settings: { ...contestant.settings, ...settings }
      })
    })
  } finally {
    child.kill()
  }
}
