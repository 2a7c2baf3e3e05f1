#!/usr/bin/env node
// Compiles the packages and writes the documentation site to build/site, or to the folder that is named.
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { compile } from "./internal/compiler.mjs"
import { ensureInstalled } from "./internal/install.mjs"
import { root } from "./internal/paths.mjs"
import { Problem, reportAndExit, requireNode20 } from "./internal/process.mjs"

requireNode20()

const [folder = join(root, "build/site"), ...rest] = process.argv.slice(2)
if (folder.startsWith("-") || rest.length > 0) {
  process.stderr.write("Usage: node scripts/docs.mjs [FOLDER]\n")
  process.exit(2)
}

const main = async () => {
  await ensureInstalled()
  const result = await compile()
  if (!result.ok) throw new Problem(`${result.output.trimEnd()}\n\nCompiling failed.`)
  const { makeSite } = await import("../packages/docs/site/site.mjs")
  const { pages, problems } = makeSite()
  // Only what an earlier run has written is taken away: a folder of somebody's own is not.
  if (process.argv.length === 2) rmSync(folder, { recursive: true, force: true })
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  process.stdout.write(`Wrote ${pages.size} files to ${resolve(folder)}\n`)
  if (problems.length > 0) throw new Problem(problems.map(({ message, path }) => `${path}: ${message}`).join("\n"))
}

await main().catch(reportAndExit)
