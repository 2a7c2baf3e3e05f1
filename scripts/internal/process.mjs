import { spawn } from "node:child_process"
import { root } from "./paths.mjs"

/**
 * Runs a program to its end and keeps what it printed. It never rejects: a program that cannot be started
 * counts as one that failed.
 */
export const run = (command, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"]
    })
    // What was started here does not outlive this process.
    const end = () => child.kill("SIGTERM")
    process.once("exit", end)
    child.once("close", () => process.removeListener("exit", end))
    const out = []
    const all = []
    const keep = (lists) => (chunk) => {
      for (const list of lists) list.push(chunk)
      options.onOutput?.(chunk)
    }
    child.stdout.on("data", keep([out, all]))
    child.stderr.on("data", keep([all]))
    child.on("error", (error) => resolve({ ok: false, code: 127, stdout: "", output: `${command}: ${error.message}` }))
    child.on("close", (code, signal) =>
      resolve({
        ok: code === 0,
        code: code ?? 128,
        stdout: Buffer.concat(out).toString(),
        output: Buffer.concat(all).toString() + (signal === null ? "" : `\nended by ${signal}\n`)
      })
    )
  })

/** Runs a JavaScript program of the workspace with this Node. */
export const runNode = (script, args = [], options = {}) => run(process.execPath, [script, ...args], options)

export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** A failure that is the reader's to act on: printed as its sentence, without a stack. */
export class Problem extends Error {}

/** Ends the process with the sentence of a `Problem`, or with the stack of anything else. */
export const reportAndExit = (error) => {
  process.stderr.write(`${error instanceof Problem ? error.message : (error?.stack ?? error)}\n`)
  process.exit(1)
}

export const requireNode20 = () => {
  const major = Number(process.versions.node.split(".")[0])
  if (major < 20) {
    process.stderr.write(
      `effect-lro needs Node 20 or later; this is Node ${process.versions.node}. See https://nodejs.org\n`
    )
    process.exit(1)
  }
}
