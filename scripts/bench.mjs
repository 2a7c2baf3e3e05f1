#!/usr/bin/env node
// Measures the goals of the client or the server: node scripts/bench.mjs client|server [--json] [--quick] [P1 S1 G6 ...]
// Writes what was measured into the README: node scripts/bench.mjs readme FILE..., each with what a run with --json has printed
import { availableParallelism, loadavg } from "node:os"
import { ensureInstalled } from "./internal/install.mjs"
import { reportAndExit, requireNode20 } from "./internal/process.mjs"
import { bold, green, print, red, yellow } from "./internal/terminal.mjs"

requireNode20()

const usage = `Usage: node scripts/bench.mjs client|server [--json] [--quick] [goal...]
       node scripts/bench.mjs readme FILE...
`

const subjects = { client: () => import("./bench/client.mjs"), server: () => import("./bench/server.mjs") }

const mark = (met) => (met === true ? green("met") : met === false ? red("not met") : yellow("not judged"))

const main = async () => {
  const args = process.argv.slice(2)
  if (args[0] === "readme" && args.length > 1) {
    await ensureInstalled()
    const { writeReadme } = await import("./bench/readme.mjs")
    return writeReadme(args.slice(1))
  }
  const [what, ...more] = args.filter((it) => !it.startsWith("--"))
  const unknown = args.filter((it) => it.startsWith("--") && it !== "--json" && it !== "--quick")
  if (!Object.hasOwn(subjects, what) || unknown.length > 0 || more.some((it) => !/^[PSG]\d+$/.test(it))) {
    process.stderr.write(usage)
    process.exit(2)
  }
  await ensureInstalled()
  const { measure } = await subjects[what]()
  const { format } = await import("./bench/table.mjs")
  const isQuick = args.includes("--quick")
  const load = loadavg()[0]
  const { goals, samples, table } = await measure({ isQuick, only: more })
  for (const { header, rows, title } of Object.values(table)) print(`${bold(title)}\n\n${format(header, rows)}\n`)
  for (const [name, { goal, measured, met }] of Object.entries(goals)) {
    print(`${bold(name)} ${mark(met)}: ${goal}\n    ${measured}`)
  }
  const machine = { node: process.version, cores: availableParallelism(), load: [load, loadavg()[0]] }
  if (isQuick) print("\nToo small to judge by: --quick only shows that everything runs.")
  if (args.includes("--json")) print(JSON.stringify({ goals, table, machine, isQuick, samples }))
}

await main().catch(reportAndExit)
