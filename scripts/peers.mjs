#!/usr/bin/env node
// Runs the suite on the lowest and on the newest versions of Effect that the packages allow.
import { ensureInstalled } from "./internal/install.mjs"
import { reportAndExit, requireNode20 } from "./internal/process.mjs"

requireNode20()

const [which, ...args] = process.argv.slice(2)
if (which !== "lowest" && which !== "newest") {
  process.stderr.write("Usage: node scripts/peers.mjs lowest|newest [what scripts/test.mjs takes]\n")
  process.exit(2)
}

const main = async () => {
  await ensureInstalled()
  const { testPeers } = await import("./internal/peers.mjs")
  const ok = await testPeers(which, args, (text) => process.stdout.write(text))
  process.exitCode = ok ? 0 : 1
}

await main().catch(reportAndExit)
