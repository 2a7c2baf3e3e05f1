// Compiles every package and every test, with Effect's own diagnostics.
import { join } from "node:path"
import { compile, prune } from "../internal/compiler.mjs"
import { filesBelow, isTypeScript, packagesOf, readJson } from "../internal/paths.mjs"

export const name = "types"

/** A package with TypeScript in it that the root project does not reference would never be compiled. */
const forgotten = (workspace) => {
  const references = new Set(readJson(join(workspace, "tsconfig.json")).references.map((_) => _.path))
  return packagesOf(workspace)
    .filter(({ folder, path }) => !references.has(`packages/${folder}`) && filesBelow(path, isTypeScript).length > 0)
    .map(({ folder }) => ({ file: "tsconfig.json", message: `has no reference to packages/${folder}` }))
}

export const check = async (workspace) => {
  const problems = forgotten(workspace)
  const result = await compile([], { cwd: workspace })
  prune(workspace)
  if (!result.ok) problems.push({ message: result.output.trim() })
  return problems
}
