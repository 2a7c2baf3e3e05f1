#!/usr/bin/env node
// Compiles, and writes packages/*/api.md from the emitted declarations. The diff of that is what a reviewer reads.
import { compile, prune } from "./internal/compiler.mjs"
import { ensureInstalled } from "./internal/install.mjs"
import { Problem, reportAndExit, requireNode20 } from "./internal/process.mjs"

requireNode20()

const main = async () => {
  await ensureInstalled()
  const { writeReports } = await import("./internal/api.mjs")
  const result = await compile()
  if (!result.ok) throw new Problem(`${result.output.trimEnd()}\n\nCompiling failed.`)
  prune()
  for (const file of writeReports()) process.stdout.write(`wrote ${file}\n`)
}

await main().catch(reportAndExit)
