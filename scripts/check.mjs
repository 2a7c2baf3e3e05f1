#!/usr/bin/env node
// Runs the checks of the workspace: all of them, or the named ones with those they need.
import { ensureInstalled } from "./internal/install.mjs"
import { reportAndExit, requireNode20, seconds } from "./internal/process.mjs"

requireNode20()

const main = async () => {
  await ensureInstalled()
  const { names, runChecks } = await import("./internal/checks.mjs")
  const { printResult } = await import("./internal/results.mjs")
  const { bold, print } = await import("./internal/terminal.mjs")
  const args = process.argv.slice(2)
  const asJson = args.includes("--json")
  const wanted = args.filter((_) => _ !== "--json")
  const unknown = wanted.filter((_) => !names.includes(_))
  if (unknown.length > 0) {
    process.stderr.write(`Unknown: ${unknown.join(" ")}\nUsage: node scripts/check.mjs [name...] [--json]\n`)
    process.stderr.write(`Checks: ${names.join(", ")}\n`)
    process.exit(2)
  }
  const started = performance.now()
  const results = await runChecks(wanted, asJson ? () => {} : printResult)
  const failed = results.filter((_) => !_.ok)
  if (asJson) {
    const checks = results.map(({ ms, ...rest }) => ({ ...rest, seconds: Number((ms / 1000).toFixed(2)) }))
    print(JSON.stringify({ passed: results.length - failed.length, failed: failed.length, checks }))
  } else {
    print()
    if (failed.length > 0) print(`Failed: ${failed.map((_) => _.name).join(", ")}`)
    print(bold(`${results.length - failed.length} of ${results.length} checks passed in ${seconds(started)}`))
  }
  process.exitCode = failed.length > 0 ? 1 : 0
}

await main().catch(reportAndExit)
