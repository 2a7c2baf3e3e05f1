import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { root } from "./paths.mjs"

const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === "EPERM"
  }
}

const isAbandoned = (file) => {
  try {
    const pid = Number(readFileSync(file, "utf8"))
    // A lock is created before its owner is written into it: an empty one is given a moment.
    if (pid === 0) return Date.now() - statSync(file).mtimeMs > 5000
    return !isAlive(pid)
  } catch {
    // It was released in this moment.
    return false
  }
}

/** Runs `body` while no other process of this checkout runs one under the same name. */
export const withLock = async (name, body) => {
  const folder = join(root, "build")
  const file = join(folder, `${name}.lock`)
  mkdirSync(folder, { recursive: true })
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" })
      break
    } catch (error) {
      if (error.code !== "EEXIST") throw error
      if (isAbandoned(file)) rmSync(file, { force: true })
      else await sleep(100)
    }
  }
  const release = () => rmSync(file, { force: true })
  process.once("exit", release)
  try {
    return await body()
  } finally {
    process.removeListener("exit", release)
    release()
  }
}
