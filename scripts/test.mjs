#!/usr/bin/env node
// Installs, then runs every check and every test. The last line is always `N passed, N failed[, N skipped]`.
import { ensureInstalled } from "./internal/install.mjs"
import { Problem, requireNode20, seconds } from "./internal/process.mjs"
import { bold, dim, print, red, yellow } from "./internal/terminal.mjs"

const usage = `Usage: node scripts/test.mjs [--long] [--tests-only] [--coverage] [--project NAME] [-t PATTERN] [FILE...]

  --long          also what takes minutes: tests see EFFECT_LRO_LONG=1. What they measured is told once more at the
                  end, one line of JSON for each goal: {"goal":"G1","measured":"…","met":true}
  --tests-only    leave the checks out (node scripts/check.mjs runs them)
  --coverage      measure coverage
  --project NAME  only the tests of one package
  -t PATTERN      only the tests whose name matches
  FILE            only the test files whose path contains it
`

const totals = { passed: 0, failed: 0, skipped: 0 }

let closed = false

/** Ends the process with the closing line, once. */
const close = (code) => {
  if (closed) return
  closed = true
  const { failed, passed, skipped } = totals
  print(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
  process.exit(code ?? (failed > 0 ? 1 : 0))
}

const fail = (message, code) => {
  totals.failed++
  process.stderr.write(`${message}\n`)
  close(code)
}

const parseArguments = (args) => {
  const parsed = { long: false, testsOnly: false, vitest: [] }
  const rest = [...args]
  while (rest.length > 0) {
    const arg = rest.shift()
    const [flag, inline] = arg.split(/=(.*)/s)
    if (arg === "--") continue
    else if (arg === "--long") parsed.long = true
    else if (arg === "--tests-only") parsed.testsOnly = true
    else if (arg === "--coverage") parsed.vitest.push(arg)
    else if (["--project", "-t", "--testNamePattern"].includes(flag) && (inline ?? rest[0]) !== undefined) {
      parsed.vitest.push(flag, inline ?? rest.shift())
    } else if (arg.startsWith("-")) return fail(`Not understood: ${arg}\n${usage}`, 2)
    else parsed.vitest.push(arg)
  }
  return parsed
}

const runAllChecks = async () => {
  const { runChecks } = await import("./internal/checks.mjs")
  const { printResult } = await import("./internal/results.mjs")
  const results = await runChecks([], printResult)
  for (const { ok } of results) totals[ok ? "passed" : "failed"]++
  return results.filter((_) => !_.ok).map((_) => _.name)
}

const runAllTests = async ({ long, vitest }) => {
  const { runVitest } = await import("./internal/vitest.mjs")
  const { collectGoals } = await import("./internal/goals.mjs")
  const goals = collectGoals()
  const result = await runVitest(vitest, {
    long,
    onOutput: (chunk) => {
      process.stdout.write(chunk)
      goals.read(String(chunk))
    }
  })
  totals.passed += result.passed
  totals.failed += result.failures.length
  totals.skipped += result.skips.length
  for (const goal of goals.found()) print(goal)
  return result
}

const tell = (checks, tests) => {
  for (const name of checks) print(red(`failed check: ${name}`))
  for (const { file, message, name } of tests.failures) {
    print(red(`failed test: ${[file, name].filter((_) => _ !== "").join(" › ")}`))
    print(`    ${message.split("\n")[0]}`)
  }
  for (const { file, name, reason } of tests.skips) {
    print(yellow(`skipped: ${file} › ${name}${reason ? ` (${reason})` : ""}`))
  }
}

const main = async () => {
  const options = parseArguments(process.argv.slice(2))
  const started = performance.now()
  // Checks and what they start see it as tests do.
  if (options.long) process.env.EFFECT_LRO_LONG = "1"
  await ensureInstalled()
  let checks = []
  if (!options.testsOnly) {
    print(bold("Checks"))
    checks = await runAllChecks()
    print()
  } else {
    const { ensureBundled } = await import("./internal/bundle.mjs")
    await ensureBundled()
  }
  print(bold("Tests"))
  const tests = await runAllTests(options)
  tell(checks, tests)
  print(dim(`\nEverything took ${seconds(started)}`))
  close()
}

requireNode20()
process.on("uncaughtException", (error) => fail(error.stack, 1))
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => fail(`Ended by ${signal}.`, 1))
await main().catch((error) => fail(error instanceof Problem ? error.message : error.stack, 1))
