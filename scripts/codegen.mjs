#!/usr/bin/env node
// Writes packages/*/src/index.ts from the modules that lie next to it. With --check it only tells what is stale.
import { relative } from "node:path"
import { staleBarrels, writeBarrels } from "./internal/codegen.mjs"
import { root } from "./internal/paths.mjs"

const args = process.argv.slice(2)
if (args.some((_) => _ !== "--check")) {
  process.stderr.write("Usage: node scripts/codegen.mjs [--check]\n")
  process.exit(2)
}
if (args.includes("--check")) {
  const stale = staleBarrels().map(({ file }) => relative(root, file))
  for (const file of stale) process.stdout.write(`${file} is stale\n`)
  if (stale.length > 0) {
    process.stdout.write("Run: node scripts/codegen.mjs\n")
    process.exit(1)
  }
} else {
  for (const file of writeBarrels()) process.stdout.write(`wrote ${file}\n`)
}
