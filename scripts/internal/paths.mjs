import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))

/** The packages of a workspace, in alphabetical order. */
export const packagesOf = (workspace = root) => {
  const folder = join(workspace, "packages")
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "package.json")))
    .map((entry) => ({
      folder: entry.name,
      path: join(folder, entry.name),
      manifest: readJson(join(folder, entry.name, "package.json"))
    }))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1))
}

/** Those of them that are published. */
export const publishedPackages = (workspace = root) =>
  packagesOf(workspace).filter(({ manifest }) => manifest.private !== true)

const skipped = new Set(["node_modules", "dist", "build", "coverage", ".git"])

/** Every file below `folder` that `keep` accepts; nothing that is generated or installed. */
export const filesBelow = (folder, keep = () => true) => {
  if (!existsSync(folder)) return []
  const found = []
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!skipped.has(entry.name)) found.push(...filesBelow(path, keep))
    } else if (keep(path)) {
      found.push(path)
    }
  }
  return found.sort()
}

export const isTypeScript = (path) => path.endsWith(".ts") && !path.endsWith(".d.ts")
