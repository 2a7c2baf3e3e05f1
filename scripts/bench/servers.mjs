// The servers that are measured and the load on them, each in a process of its own.
import { fork } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { bundleFolder } from "./bundles.mjs"

const path = (name) => fileURLToPath(new URL(name, import.meta.url))

const modules = { ours: () => join(bundleFolder, "ours.mjs"), bare: () => path("served/bare.mjs") }

/** What the process says next; that it ends, or says what went wrong, is a failure. */
const nextMessage = (child, what) =>
  new Promise((resolve, reject) => {
    const leave = () => {
      child.off("message", heard)
      child.off("exit", ended)
    }
    const heard = (message) => {
      leave()
      if (message.error === undefined) resolve(message)
      else reject(new Error(`${what}: ${message.error}`))
    }
    const ended = (code, signal) => {
      leave()
      reject(new Error(`${what} ended with ${code ?? signal}: ${child.complaints.slice(-2000)}`))
    }
    child.once("message", heard)
    child.once("exit", ended)
  })

const start = (module, execArgv) => {
  const child = fork(module, { execArgv, stdio: ["ignore", "ignore", "pipe", "ipc"] })
  child.complaints = ""
  child.stderr.on("data", (chunk) => (child.complaints += chunk))
  return child
}

/** Starts a server; it listens when this resolves. */
export const serve = async (module, settings) => {
  const child = start(modules[module](), ["--expose-gc"])
  child.send(settings)
  let last = 0
  try {
    const { port } = await nextMessage(child, module)
    return {
      port,
      ask: (type, parameters) =>
        new Promise((resolve, reject) => {
          const id = ++last
          const leave = () => {
            child.off("message", answered)
            child.off("exit", ended)
          }
          const answered = (answer) => {
            if (answer.id !== id) return
            leave()
            resolve(answer.report)
          }
          const ended = (code, signal) => {
            leave()
            reject(new Error(`${module} ended with ${code ?? signal}: ${child.complaints.slice(-2000)}`))
          }
          child.on("message", answered)
          child.on("exit", ended)
          child.send({ ...parameters, id, type })
        }),
      stop: () => child.kill("SIGKILL")
    }
  } catch (error) {
    child.kill("SIGKILL")
    throw error
  }
}

/** A process that puts loads on servers, one after the other: once it is warm it is as quick for the one as for the other. */
export const startLoad = () => {
  const child = start(path("load/main.mjs"), [])
  return {
    /** Puts a load on a server, and says what came of it and what it cost the server. */
    on: async (server, { connections = 16, kind, pace, parameters = {}, warmUp = 0 }) => {
      child.send({ port: server.port, connections, kind, pace, parameters, warmUp })
      await nextMessage(child, kind)
      const before = await server.ask("usage")
      child.send("go")
      const result = await nextMessage(child, kind)
      // To refuse is quick.
      if (Object.keys(result.statuses).join() !== "200") throw new Error(`${kind}: ${JSON.stringify(result.statuses)}`)
      const after = await server.ask("usage")
      const cpuMs = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1000
      return { ...result, cpuMicros: (cpuMs * 1000) / result.count, cpuShare: cpuMs / result.millis, before, after }
    },
    stop: () => child.kill("SIGKILL")
  }
}

/** One load, by a process that is there for it only. */
export const load = async (server, options) => {
  const process = startLoad()
  try {
    return await process.on(server, options)
  } finally {
    process.stop()
  }
}
