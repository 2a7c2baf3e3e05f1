import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { apiReport } from "./declarations.mjs"
import { publishedPackages, root } from "./paths.mjs"

const member = String.raw`(?:(?:import\("[^"]+"\)\.)?[\w.$]+|"[^"]*")`

// Members that are more than a name keep their place, and so does what another operator binds first.
const unionOfNames = new RegExp(
  String.raw`(?<![\w.$"]|& |\b(?:keyof|typeof|readonly|unique) )${member}(?: \| ${member})+(?![\w.$"[<(]| &)`,
  "g"
)

/** The order in which the compiler writes the members of an inferred union depends on what it compiled before. */
const inOrder = (text) => text.replace(unionOfNames, (union) => union.split(" | ").sort().join(" | "))

/** The packages whose reviewed report is not what their declarations say. They must have been compiled. */
export const staleReports = (workspace = root) =>
  publishedPackages(workspace)
    // A package that ships a program has no types to be seen.
    .filter(({ manifest }) => manifest.exports?.["."] !== undefined)
    .map((entry) => ({ file: join(entry.path, "api.md"), text: apiReport(entry) }))
    .map((_) => ({ ..._, reviewed: existsSync(_.file) ? readFileSync(_.file, "utf8") : "" }))
    .filter(({ reviewed, text }) => inOrder(reviewed) !== inOrder(text))

/** The lines that are in one text and not in the other, as a diff would begin: enough to know what it is about. */
export const difference = (reviewed, text) => {
  const before = new Set(reviewed.split("\n"))
  const after = new Set(text.split("\n"))
  return [
    ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`)
  ]
}

/** Writes every report that differs and returns the paths. */
export const writeReports = (workspace = root) =>
  staleReports(workspace).map(({ file, text }) => {
    writeFileSync(file, text)
    return relative(workspace, file)
  })
