import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { publicModules } from "./barrels.mjs"
import { docBefore, docText, parse, requests } from "./source.mjs"

/** A piece of a declaration file without its comments and without what they leave behind. */
const withoutComments = (source, start, end) => {
  let text = ""
  let at = start
  for (const comment of source.comments) {
    if (comment.end <= start || comment.start >= end) continue
    text += source.text.slice(at, comment.start)
    at = comment.end
  }
  return indented(text + source.text.slice(at, end))
}

/** Code in the indentation of the sources, which is half of what the compiler emits. */
const indented = (text) =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.replace(/^(?: {4})+/, (indent) => " ".repeat(indent.length / 2)).trimEnd())
    .join("\n")

const namesOf = (node) => {
  const inner = node.declaration ?? node
  if (inner.type === "VariableDeclaration") return inner.declarations.map((_) => _.id.name)
  if (inner.id?.name !== undefined) return [inner.id.name]
  return (node.specifiers ?? []).map((_) => _.exported.name ?? _.exported.value)
}

/** What a statement exports under another name than it has in the file. */
const renamedOf = (node) =>
  (node.specifiers ?? []).map((_) => ({
    exported: _.exported.name ?? _.exported.value,
    local: _.local.name ?? _.local.value
  }))

const isImport = ({ type }) => type === "ImportDeclaration"

/**
 * What a declaration file says, statement by statement and without imports: the names, whether they are exported and under
 * which other name, the doc comment's text where there is one, and the code, with the comments in it and without any.
 */
export const statementsOf = (file) => {
  const source = parse(file)
  return source.program.body
    .filter((node) => !isImport(node))
    .map((node) => {
      const comment = docBefore(source, node.start) ?? docBefore(source, node.specifiers?.[0]?.start ?? node.start)
      return {
        names: namesOf(node),
        renamed: renamedOf(node),
        isExported: node.type.startsWith("Export"),
        doc: comment === undefined ? undefined : docText(comment),
        commented: indented(source.text.slice(node.start, node.end)),
        text: withoutComments(source, node.start, node.end)
      }
    })
    .filter(({ names, text }) => names.length > 0 || text !== "export {};")
}

/** The emitted declarations of a package's public modules, by name, and those of the internal ones that they mention. */
export const declarationsOf = (path) => {
  const dist = join(path, "dist")
  const modules = publicModules(join(path, "src")).map((name) => ({ name, file: join(dist, `${name}.d.ts`) }))
  const internals = new Map()
  const waiting = modules.map(({ file }) => file)
  while (waiting.length > 0) {
    const file = waiting.pop()
    if (!existsSync(file)) continue
    for (const { specifier } of requests(parse(file))) {
      if (!specifier.startsWith(".")) continue
      const target = join(dirname(file), specifier.replace(/\.js$/, ".d.ts"))
      const name = target.slice(dist.length + 1).replace(/\.d\.ts$/, "")
      if (!name.startsWith("internal/") || internals.has(name)) continue
      internals.set(name, target)
      waiting.push(target)
    }
  }
  const sorted = [...internals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, file]) => ({ name, file }))
  return [...modules, ...sorted]
}

/** Everything that a user of a package can see of its types, as one text to be reviewed. */
export const apiReport = ({ manifest, path }) => {
  const parts = declarationsOf(path).map(({ file, name }) => {
    const code = statementsOf(file).map(({ text }) => text)
    return `## ${name}\n\n\`\`\`ts\n${code.join("\n")}\n\`\`\`\n`
  })
  const about = `What users of this package can see of its types, made from the emitted declarations by \`node scripts/api.mjs\`.`
  return `# ${manifest.name}\n\n${about}\n\n${parts.join("\n")}`
}
