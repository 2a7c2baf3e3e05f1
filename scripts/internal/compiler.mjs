import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { filesBelow, packagesOf, root } from "./paths.mjs"
import { Problem, run, runNode } from "./process.mjs"

const findCompiler = async () => {
  const result = await runNode(join(root, "node_modules/@effect/tsgo/dist/effect-tsgo.cjs"), ["get-exe-path"])
  const path = result.stdout.trim()
  if (result.ok && existsSync(path)) return path
  throw new Problem(`@effect/tsgo gave no compiler for ${process.platform}-${process.arch}.\n${result.output}`)
}

let compiler

/** The path of the TypeScript compiler that carries Effect's diagnostics. */
export const compilerPath = () => (compiler ??= findCompiler())

/** Compiles with project references. A warning of Effect's diagnostics counts as a failure, as an error does. */
export const compile = async (projects = [], options = {}) => {
  const result = await run(await compilerPath(), ["-b", ...projects], options)
  // It needs what is installed, and who imports this module may be about to install it.
  const { annotateOutput } = await import("./pure.mjs")
  annotateOutput(options.cwd ?? root)
  return { ...result, ok: result.ok && !/(^|[\s:-])warning TS\d+/m.test(result.output) }
}

const emitted = /\.(d\.ts|js)(\.map)?$/

/** Deletes what earlier runs of the compiler left behind of sources that are gone, so that it is not packed. */
export const prune = (workspace = root) => {
  for (const { manifest, path } of packagesOf(workspace)) {
    // The output of a package without modules is its bundle, which has no source of its name.
    if (manifest.exports?.["."] === undefined) continue
    const sources = new Set(filesBelow(join(path, "src")).map((_) => _.slice(join(path, "src").length)))
    const output = join(path, "dist")
    for (const file of filesBelow(output)) {
      const name = file.slice(output.length)
      if (emitted.test(name) && !sources.has(name.replace(emitted, ".ts"))) rmSync(file)
    }
  }
}
