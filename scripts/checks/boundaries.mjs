// Holds every package to the table in ARCHITECTURE.md: what it declares and what its sources import.
import { existsSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { filesBelow, isTypeScript, packagesOf } from "../internal/paths.mjs"
import { packageOf, parse, requests } from "../internal/source.mjs"

export const name = "boundaries"

const own = "@effect-lro/"

/** The rows `| folder | is | depends on |`. What stands in backticks in the last column is a dependency. */
export const readTable = (text) => {
  const rows = new Map()
  let inTable = false
  for (const [index, line] of text.split("\n").entries()) {
    const cells = line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((_) => _.trim())
    if (/^folder$/i.test(cells[0]) && /^depends on$/i.test(cells[2] ?? "")) inTable = true
    else if (!line.trim().startsWith("|")) inTable = false
    else if (inTable && !/^[-: ]*$/.test(cells[0])) {
      const names = [...(cells[2] ?? "").matchAll(/`([^`]+)`/g)].map((_) => _[1])
      rows.set(cells[0].replaceAll("`", ""), { line: index + 1, names, text: cells[2] ?? "" })
    }
  }
  return rows
}

const checkTable = (rows) => {
  const problems = []
  const above = new Set()
  const at = (line, message) => problems.push({ file: "ARCHITECTURE.md", line, message })
  for (const [folder, { line, names, text }] of rows) {
    if (names.length === 0) at(line, `the row of ${folder} names no dependency in backticks: "${text}"`)
    for (const dependency of names) {
      const isFolder = /^[a-z0-9-]+$/.test(dependency) && rows.has(dependency)
      if (isFolder && !above.has(dependency))
        at(line, `${folder} → ${dependency} points back: a package depends on rows above its own`)
    }
    above.add(folder)
  }
  return problems
}

/** What the table lets a package use, by package name; `node` stands for Node's own modules. */
const allowedFor = (folder, rows) =>
  new Set(["effect", own + folder, ...(rows.get(folder)?.names ?? []).map((_) => (rows.has(_) ? own + _ : _))])

const checkManifest = ({ folder, manifest }, allowed) => {
  const file = `packages/${folder}/package.json`
  const problems = []
  if (manifest.name !== own + folder)
    problems.push({ file, message: `its name is ${manifest.name}, not ${own}${folder}` })
  for (const field of ["dependencies", "peerDependencies", "optionalDependencies"]) {
    for (const dependency of Object.keys(manifest[field] ?? {})) {
      if (!allowed.has(dependency))
        problems.push({ file, message: `${field} names ${dependency}, which the table does not` })
    }
  }
  return problems
}

const checkImports = (workspace, { folder, manifest, path }, allowed) => {
  const problems = []
  const shipped = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }
  // A package without modules ships one bundled program: nothing is left for its user to install.
  const isBundled = manifest.exports?.["."] === undefined
  const declared = isBundled ? { ...shipped, ...manifest.devDependencies } : shipped
  const inTests = { ...shipped, ...manifest.devDependencies }
  for (const part of ["src", "test"]) {
    for (const file of filesBelow(join(path, part), isTypeScript)) {
      const source = parse(file)
      for (const { specifier, start } of requests(source)) {
        const fail = (message) =>
          problems.push({
            file: relative(workspace, file),
            line: source.lineAt(start),
            message: `imports ${specifier}: ${message}`
          })
        const isBuiltIn = specifier.startsWith("node:")
        const target = isBuiltIn ? "node" : packageOf(specifier)
        if (specifier.startsWith(".")) {
          const reached = relative(path, join(file, "..", specifier))
          if (part === "src" && !reached.startsWith("src/")) fail("outside of src")
          if (part === "test" && reached.startsWith("..")) fail("outside of the package")
        } else if (part === "test") {
          if (!isBuiltIn && target !== manifest.name && !(target in inTests))
            fail("not among the package's dependencies")
        } else if (target === manifest.name) {
          fail("a package reaches its own modules by relative paths")
        } else if (!allowed.has(target)) {
          fail(`the table does not let ${folder} use ${target}`)
        } else if (!isBuiltIn && !(target in declared)) {
          fail("not among the package's dependencies")
        }
        if (specifier.startsWith(own) && specifier.includes("/internal/")) fail("internal to another package")
      }
    }
  }
  return problems
}

export const check = async (workspace) => {
  const document = join(workspace, "ARCHITECTURE.md")
  if (!existsSync(document))
    return [{ file: "ARCHITECTURE.md", message: "does not exist, and with it the table of packages" }]
  const rows = readTable(readFileSync(document, "utf8"))
  if (rows.size === 0) return [{ file: "ARCHITECTURE.md", message: "has no table `| folder | is | depends on |`" }]
  const problems = checkTable(rows)
  for (const entry of packagesOf(workspace)) {
    if (!rows.has(entry.folder)) {
      problems.push({ file: "ARCHITECTURE.md", message: `packages/${entry.folder} is not in the table` })
      continue
    }
    const allowed = allowedFor(entry.folder, rows)
    problems.push(...checkManifest(entry, allowed), ...checkImports(workspace, entry, allowed))
  }
  return problems
}
