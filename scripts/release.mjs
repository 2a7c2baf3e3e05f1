#!/usr/bin/env node
// The two steps of a release: `version` raises the versions by the changesets, `publish` builds and publishes.
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { ensureInstalled } from "./internal/install.mjs"
import { readJson, root } from "./internal/paths.mjs"
import { reportAndExit, requireNode20, runNode } from "./internal/process.mjs"

requireNode20()

// Changesets calls `pnpm`, which is nowhere installed: npx puts it on the path.
const withPnpm = (command) => {
  const manager = readJson(join(root, "package.json")).packageManager
  const { status } = spawnSync("npx", ["-y", `--package=${manager}`, "-c", command], { cwd: root, stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}

const publish = async () => {
  const built = await runNode(join(root, "scripts/build.mjs"), [], { onOutput: (chunk) => process.stdout.write(chunk) })
  if (!built.ok) process.exit(1)
  withPnpm("changeset publish")
}

const steps = { version: () => withPnpm("changeset version && pnpm install --lockfile-only"), publish }
const step = process.argv.length === 3 ? steps[process.argv[2]] : undefined
if (step === undefined) {
  process.stderr.write("Usage: node scripts/release.mjs version|publish\n")
  process.exit(2)
}
await ensureInstalled().then(step).catch(reportAndExit)
