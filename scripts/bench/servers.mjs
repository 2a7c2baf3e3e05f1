// The servers that are measured and the load on them, each in a process of its own.
import { fork } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { bundleFolder } from "./bundles.mjs"

const path = (name) => fileURLToPath(new URL(name, import.meta.url))

const modules = { ours: () => join(bundleFolder, "ours.mjs"), bare: () => path("served/bare.mjs") }

const firstMessage = (child, what) =>
  new Promise((resolve, reject) => {
    let complaints = ""
    child.stderr?.on("data", (chunk) => (complaints += chunk))
    child.once("message", (message) => {
      if (message.error === undefined) resolve(message)
      else reject(new Error(`${what}: ${message.error}`))
    })
    child.once("exit", (code) => reject(new Error(`${what} ended with ${code}: ${complaints.slice(-2000)}`)))
  })

/** Starts a server; it listens when this resolves. */
export const serve = async (module, settings) => {
  const child = fork(modules[module](), { execArgv: ["--expose-gc"], stdio: ["ignore", "ignore", "pipe", "ipc"] })
  child.send(settings)
  let last = 0
  try {
    const { port } = await firstMessage(child, module)
    return {
      port,
      ask: (type, parameters) =>
        new Promise((resolve) => {
          const id = ++last
          const answered = (answer) => {
            if (answer.id !== id) return
            child.off("message", answered)
            resolve(answer.report)
          }
          child.on("message", answered)
          child.send({ ...parameters, id, type })
        }),
      stop: () => child.kill("SIGKILL")
    }
  } catch (error) {
    child.kill("SIGKILL")
    throw error
  }
}

/** Puts a load on a server, and says what came of it and what it cost the server. */
export const load = async (server, { connections = 16, kind, pace, parameters = {}, warmUp = 0 }) => {
  const child = fork(path("load/main.mjs"), { stdio: ["ignore", "ignore", "pipe", "ipc"] })
  try {
    child.send({ port: server.port, connections, kind, pace, parameters, warmUp })
    await firstMessage(child, kind)
    const before = await server.ask("usage")
    child.send("go")
    const result = await firstMessage(child, kind)
    const after = await server.ask("usage")
    const cpuMs = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1000
    return { ...result, cpuMicros: (cpuMs * 1000) / result.count, cpuShare: cpuMs / result.millis, before, after }
  } finally {
    child.kill()
  }
}
