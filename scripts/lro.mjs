#!/usr/bin/env node
// Runs the lro command from the checkout, in this very process: a signal to its pid reaches the program itself.
import { pathToFileURL } from "node:url"
import { bundlePath, ensureBundled } from "./internal/bundle.mjs"
import { ensureInstalled } from "./internal/install.mjs"
import { reportAndExit, requireNode20 } from "./internal/process.mjs"

requireNode20()
try {
  await ensureInstalled()
  await ensureBundled()
} catch (error) {
  reportAndExit(error)
}
process.argv[1] = bundlePath
await import(pathToFileURL(bundlePath).href)
