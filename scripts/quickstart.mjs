#!/usr/bin/env node
import { join } from "node:path"
// From a bare clone to a cancelled operation: installs, builds, starts the emulator and stops an export on it.
import { setTimeout as sleep } from "node:timers/promises"
import { ensureBundled } from "./internal/bundle.mjs"
import { startEmulator } from "./internal/emulator.mjs"
import { ensureInstalled } from "./internal/install.mjs"
import { root } from "./internal/paths.mjs"
import { Problem, reportAndExit, requireNode20, runNode, seconds } from "./internal/process.mjs"
import { bold, cyan, dim, green, liveLine, print } from "./internal/terminal.mjs"

const project = "demo"
const lookFor = 2500

let steps = 0
const step = (title) => print(`\n${bold(cyan(`${++steps}. ${title}`))}`)
const command = (text) => print(dim(`   $ ${text}`))
const say = (text) => print(`   ${text}`)

/** One HTTP request; the answer's text is kept as it came over the socket. */
const send = async (method, url, body) => {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } })
  })
  const text = await response.text()
  if (!response.ok) throw new Problem(`${method} ${url} answered ${response.status}:\n${text}`)
  return { text, json: JSON.parse(text) }
}

const bar = (fraction, width = 24) => {
  const full = Math.round(fraction * width)
  return `${"█".repeat(full)}${"░".repeat(width - full)}`
}

const describe = ({ done, metadata }) => {
  const progress = metadata?.progress ?? 0
  const stages = metadata?.stages ?? []
  const stage = stages.find((_) => (_.completeWorkUnits ?? 0) < (_.totalWorkUnits ?? 1))?.displayName
  const share = `${Math.round(progress * 100)} %`.padStart(5)
  return `${bar(progress)} ${share}  ${metadata?.state ?? (done ? "done" : "no state")}${stage === undefined ? "" : `, ${stage}`}`
}

const setUp = async () => {
  step("Install and build")
  say("Dependencies as the lockfile says, then the lro command as one file. Done once, quick from then on.")
  const started = performance.now()
  const installed = await ensureInstalled()
  const bundled = await ensureBundled()
  say(installed || bundled ? `Ready after ${seconds(started)}.` : "Nothing to do: both are up to date.")
}

const startExport = async (url) => {
  step("Start an export")
  const target = `${url}/v1/projects/${project}/image:export`
  const body = {
    expression: { values: {} },
    description: "quickstart",
    requestId: `quickstart-${process.pid}-${Date.now()}`
  }
  command(`curl -X POST ${target} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`)
  const { json } = await send("POST", target, body)
  say(`The server answers at once with an operation: ${bold(json.name)}`)
  return json.name
}

const watch = async (url, name) => {
  step("Watch it work")
  command(`curl ${url}/v1/${name}`)
  const line = liveLine()
  const end = performance.now() + lookFor
  let last
  while (performance.now() < end) {
    last = (await send("GET", `${url}/v1/${name}`)).json
    line.show(`   ${describe(last)}`)
    if (last.done) break
    await sleep(process.stdout.isTTY ? 100 : 500)
  }
  line.end()
  if (last.done) throw new Problem(`The export ended before it could be cancelled: ${JSON.stringify(last)}`)
}

const cancel = async (url, name) => {
  step("Cancel it, and know that it stopped")
  say("The cancel method is a request, not an end. So lro sends it, then looks until the operation is over:")
  say(dim(`POST ${url}/v1/${name}:cancel, then GET ${url}/v1/${name}`))
  command(`node scripts/lro.mjs cancel ${name} --endpoint ${url} --json`)
  const started = performance.now()
  const ran = await runNode(join(root, "scripts/lro.mjs"), ["cancel", name, "--endpoint", url, "--json"])
  let answer
  try {
    answer = JSON.parse(ran.stdout)
  } catch {
    throw new Problem(`lro cancel did not answer with JSON (exit code ${ran.code}):\n${ran.output}`)
  }
  if (answer.outcome !== "Cancelled") throw new Problem(`The export was not cancelled:\n${ran.stdout}`)
  say(
    `${green("✓")} ${bold(`outcome ${answer.outcome}`)}, exit code ${ran.code}, after ${seconds(started)}. The work has stopped.`
  )
}

const confirm = async (url, name) => {
  step("See for yourself: the operation as it came over the socket")
  command(`curl ${url}/v1/${name}`)
  const { json, text } = await send("GET", `${url}/v1/${name}`)
  print(text)
  const state = json.metadata?.state
  if (state !== "CANCELLED" || json.error?.code !== 1 || json.done !== true) {
    throw new Problem(
      `That is not a cancelled operation: state ${state}, error code ${json.error?.code}, done ${json.done}.`
    )
  }
  say(
    `${green("✓")} done, state ${state}, error.code 1 (CANCELLED). It stays readable: a cancelled operation is not deleted.`
  )
}

const show = async (url, name) => {
  say("The same for people:")
  command(`node scripts/lro.mjs get ${name} --endpoint ${url}`)
  const ran = await runNode(join(root, "scripts/lro.mjs"), ["get", name, "--endpoint", url], {
    env: process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: "1" } : {}
  })
  if (!ran.ok) throw new Problem(`lro get failed (exit code ${ran.code}):\n${ran.output}`)
  for (const line of ran.stdout.trimEnd().split("\n")) say(line)
}

const goOn = () => {
  print(`\n${bold("How to go on")}`)
  for (const [what, how] of [
    ["an emulator of your own", "node scripts/lro.mjs emulator --port 8080"],
    ["what lro can do", "node scripts/lro.mjs --help"],
    ["all checks and tests", "node scripts/test.mjs"],
    ["the same from a program", "README.md has one of 15 lines"]
  ]) {
    print(`   ${what.padEnd(25)} ${dim(how)}`)
  }
}

const main = async () => {
  if (process.argv.length > 2) {
    process.stderr.write("Usage: node scripts/quickstart.mjs\n")
    process.exit(2)
  }
  const started = performance.now()
  print(bold("effect-lro: cancel a long-running operation and know that it stopped"))
  await setUp()
  step("Start the Earth Engine emulator")
  command("node scripts/lro.mjs emulator --port 0 --json --export-duration 20s --cancel-latency 1s")
  const emulator = await startEmulator(["--export-duration", "20s", "--cancel-latency", "1s"])
  say(`It listens on ${emulator.url} (process ${emulator.pid}). Exports take 20 s there, and a second to stop.`)
  const name = await startExport(emulator.url)
  await watch(emulator.url, name)
  await cancel(emulator.url, name)
  await confirm(emulator.url, name)
  await show(emulator.url, name)
  await emulator.stop()
  print()
  say(`The emulator is stopped. All of it took ${bold(seconds(started))}.`)
  goOn()
}

requireNode20()
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130))
await main().catch(reportAndExit)
