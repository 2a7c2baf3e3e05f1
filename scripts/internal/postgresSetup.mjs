// What vitest runs before the tests of the packages that need Postgres: one server for all of them, whose address, or the
// reason why there is none, the tests get by `inject("postgres")`.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { root } from "./paths.mjs"

// Each project loads this module anew.
const shared = Symbol.for("effect-lro/postgres")

const start = async () => {
  const child = spawn(process.execPath, [join(root, "scripts/internal/postgres.mjs")], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const [line] = await once(createInterface({ input: child.stdout }), "line")
  const ended = once(child, "exit")
  return {
    answer: JSON.parse(line),
    stop: () => {
      child.stdin.end()
      return ended
    }
  }
}

export default async (project) => {
  globalThis[shared] ??= { users: 0, server: start() }
  const entry = globalThis[shared]
  entry.users++
  const { answer, stop } = await entry.server
  if (answer.url === undefined && process.env.EFFECT_LRO_POSTGRES === "required") {
    throw new Error(`EFFECT_LRO_POSTGRES says that Postgres is required. ${answer.reason}`)
  }
  project.provide("postgres", answer)
  return async () => {
    if (--entry.users > 0) return
    globalThis[shared] = undefined
    await stop()
  }
}
