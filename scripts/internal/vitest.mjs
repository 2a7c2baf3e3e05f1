import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { root } from "./paths.mjs"
import { runNode } from "./process.mjs"

const resultsPath = join(root, "build/vitest-results.json")

/**
 * Runs vitest and returns what came of it. Whatever keeps vitest from telling, a crash for one, counts as one failure.
 */
export const runVitest = async (args, { long, onOutput }) => {
  mkdirSync(join(root, "build"), { recursive: true })
  rmSync(resultsPath, { force: true })
  const reporters = ["--reporter=default", `--reporter=${join(root, "scripts/internal/reporter.mjs")}`]
  const ran = await runNode(join(root, "node_modules/vitest/vitest.mjs"), ["run", ...reporters, ...args], {
    env: { EFFECT_LRO_RESULTS: resultsPath, ...(long ? { EFFECT_LRO_LONG: "1" } : {}) },
    onOutput
  })
  const lost = {
    passed: 0,
    failures: [{ file: "", name: "vitest", message: `ended with code ${ran.code}` }],
    skips: []
  }
  if (!existsSync(resultsPath)) return lost
  const result = JSON.parse(readFileSync(resultsPath, "utf8"))
  if (!ran.ok && result.failures.length === 0) result.failures.push(lost.failures[0])
  return result
}
