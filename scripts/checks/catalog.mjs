// Versions stand in the catalogs of pnpm-workspace.yaml and nowhere else: exact ones to develop with, ranges for peers.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { packagesOf, readJson } from "../internal/paths.mjs"

export const name = "catalog"

/** The two catalogs out of the plain YAML they are written in. */
export const readCatalogs = (text) => {
  const catalogs = { default: new Map(), peers: new Map() }
  let section
  let into
  for (const [index, line] of text.split("\n").entries()) {
    const top = /^(\w+):\s*$/.exec(line)
    if (top !== null) {
      section = top[1]
      into = section === "catalog" ? catalogs.default : undefined
      continue
    }
    if (section === "catalogs" && /^ {2}\w+:\s*$/.test(line)) into = catalogs[line.trim().slice(0, -1)]
    const entry = /^\s+"?([@\w./-]+)"?:\s+"?([^"\s]+)"?\s*$/.exec(line)
    if (entry !== null && into !== undefined) into.set(entry[1], { version: entry[2], line: index + 1 })
  }
  return catalogs
}

const numbers = (version) => version.split(".").map(Number)

/** Whether a caret range, the only kind the peers use, lets a version in. */
const admits = (range, version) => {
  const low = numbers(range.slice(1))
  const it = numbers(version)
  const fixed = low.findIndex((_) => _ !== 0) + 1
  if (low.slice(0, fixed).some((_, index) => it[index] !== _)) return false
  for (let index = fixed; index < 3; index++) if (it[index] !== low[index]) return it[index] > low[index]
  return true
}

const fields = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"]

const checkManifest = (file, manifest, catalogs, used) => {
  const problems = []
  for (const field of fields) {
    for (const [dependency, version] of Object.entries(manifest[field] ?? {})) {
      const isPeer = field === "peerDependencies"
      const wanted = dependency.startsWith("@effect-lro/") ? "workspace:^" : isPeer ? "catalog:peers" : "catalog:"
      if (version !== wanted)
        problems.push({ file, message: `${field}.${dependency} is "${version}", not "${wanted}"` })
      const catalog = isPeer ? "peers" : "default"
      used.add(`${catalog} ${dependency}`)
      if (wanted.startsWith("catalog:") && !catalogs[catalog].has(dependency)) {
        problems.push({ file, message: `${field}.${dependency} is not in the catalog ${catalog}` })
      }
      if (isPeer && manifest.devDependencies?.[dependency] === undefined) {
        problems.push({
          file,
          message: `the peer ${dependency} is missing from devDependencies, which the tests run with`
        })
      }
    }
  }
  return problems
}

export const check = async (workspace) => {
  const file = "pnpm-workspace.yaml"
  const catalogs = readCatalogs(readFileSync(join(workspace, file), "utf8"))
  const used = new Set()
  const problems = checkManifest("package.json", readJson(join(workspace, "package.json")), catalogs, used)
  for (const { folder, manifest } of packagesOf(workspace)) {
    problems.push(...checkManifest(`packages/${folder}/package.json`, manifest, catalogs, used))
  }
  for (const [catalog, entries] of Object.entries(catalogs)) {
    for (const [dependency, { line, version }] of entries) {
      const fail = (message) => problems.push({ file, line, message: `${dependency}: ${message}` })
      if (!used.has(`${catalog} ${dependency}`)) fail(`nobody uses it from the catalog ${catalog}`)
      if (catalog === "default" && !/^\d+\.\d+\.\d+$/.test(version)) fail(`"${version}" is not an exact version`)
      if (catalog === "peers" && !/^\^\d+\.\d+\.\d+$/.test(version))
        fail(`"${version}" is not a range with an upper bound (^)`)
      const developed = catalogs.default.get(dependency)?.version
      if (catalog === "peers" && (developed === undefined || !admits(version, developed))) {
        fail(`the range "${version}" does not admit ${developed ?? "any version"} of the default catalog`)
      }
    }
  }
  return problems
}
