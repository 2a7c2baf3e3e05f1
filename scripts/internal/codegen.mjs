import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { barrel } from "./barrels.mjs"
import { packagesOf, root } from "./paths.mjs"

/** A package that ships a program and no modules has no barrel. */
const hasBarrel = ({ manifest }) => manifest.exports?.["."] !== undefined

/** The barrels that differ from what the modules next to them ask for. */
export const staleBarrels = (workspace = root) =>
  packagesOf(workspace)
    .filter((_) => hasBarrel(_) && existsSync(join(_.path, "src")))
    .map(({ path }) => ({ file: join(path, "src", "index.ts"), text: barrel(join(path, "src")) }))
    .filter(({ file, text }) => text !== "" && (!existsSync(file) || readFileSync(file, "utf8") !== text))

/** Writes every stale barrel and returns the paths that changed. */
export const writeBarrels = (workspace = root) =>
  staleBarrels(workspace).map(({ file, text }) => {
    writeFileSync(file, text)
    return relative(workspace, file)
  })
