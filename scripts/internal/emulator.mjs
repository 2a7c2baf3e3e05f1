import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { root } from "./paths.mjs"
import { Problem } from "./process.mjs"

const patience = 20_000

const firstLine = async (child) => {
  const lines = createInterface({ input: child.stdout })
  const timer = setTimeout(() => lines.close(), patience)
  try {
    for await (const line of lines) return line
    return undefined
  } finally {
    clearTimeout(timer)
    // What comes after the first line is not read, and must not fill the pipe.
    child.stdout.resume()
  }
}

/** Starts the emulator as a process of its own and returns when it takes requests. */
export const startEmulator = async (args) => {
  const child = spawn(process.execPath, [join(root, "scripts/lro.mjs"), "emulator", "--port", "0", "--json", ...args], {
    stdio: ["ignore", "pipe", "pipe"]
  })
  const errors = []
  child.stderr.on("data", (chunk) => errors.push(chunk))
  const ended = once(child, "exit")
  // However this process ends, it leaves no emulator behind.
  const kill = () => child.kill("SIGKILL")
  process.once("exit", kill)
  const line = await firstLine(child)
  let url
  try {
    url = JSON.parse(line).url
  } catch {
    // The sentence below says what was printed instead.
  }
  if (typeof url !== "string") {
    kill()
    const printed = `${line ?? ""}\n${Buffer.concat(errors).toString()}`.trim()
    throw new Problem(`The emulator did not start.\n${printed === "" ? "It printed nothing." : printed}`)
  }
  const stop = async () => {
    child.kill("SIGTERM")
    const timer = setTimeout(kill, 5000)
    const [code, signal] = await ended
    clearTimeout(timer)
    process.removeListener("exit", kill)
    if (code !== 0) throw new Problem(`The emulator ended with ${signal ?? `code ${code}`} instead of 0.`)
  }
  return { url, pid: child.pid, stop }
}
