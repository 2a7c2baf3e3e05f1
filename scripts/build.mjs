#!/usr/bin/env node
// Installs what is missing, writes the barrels, compiles every package and bundles the command line program.
import { ensureBundled } from "./internal/bundle.mjs"
import { writeBarrels } from "./internal/codegen.mjs"
import { compile, prune } from "./internal/compiler.mjs"
import { ensureInstalled } from "./internal/install.mjs"
import { Problem, reportAndExit, requireNode20, seconds } from "./internal/process.mjs"

requireNode20()
if (process.argv.length > 2) {
  process.stderr.write("Usage: node scripts/build.mjs\n")
  process.exit(2)
}

const build = async () => {
  await ensureInstalled()
  for (const file of writeBarrels()) process.stdout.write(`wrote ${file}\n`)
  const started = performance.now()
  const result = await compile()
  if (!result.ok) throw new Problem(`${result.output.trimEnd()}\n\nCompiling failed.`)
  prune()
  process.stdout.write(`Compiled in ${seconds(started)}\n`)
  await ensureBundled()
}

await build().catch(reportAndExit)
