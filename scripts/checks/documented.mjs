// Every export of a public module has a doc comment with a sentence, `@since` and one category.
import { existsSync } from "node:fs"
import { join, relative } from "node:path"
import { publicModules } from "../internal/barrels.mjs"
import { publishedPackages } from "../internal/paths.mjs"
import { docBefore, docText, parse } from "../internal/source.mjs"

export const name = "documented"

const faults = (name, doc) => {
  const found = []
  const [prose] = doc.split(/^\s*@/m)
  // There is nothing to say of a type id that its name does not say.
  if (name !== "TypeId" && !/[^\s.!?:][.!?:](\s|$)/.test(prose)) found.push("begins with no sentence")
  if (!/^\s*@since \d+\.\d+\.\d+\s*$/m.test(doc)) found.push("has no @since with a version")
  const categories = [...doc.matchAll(/^\s*@category[^\S\n]*(.*)$/gm)].map((_) => _[1].trim())
  if (categories.length !== 1) found.push(`has ${categories.length === 0 ? "no" : "more than one"} @category`)
  else if (!/^[a-z][a-z -]*s$/.test(categories[0]))
    found.push(`has the @category "${categories[0]}", which is no lower-case plural`)
  return found
}

const declared = (declaration) =>
  declaration.type === "VariableDeclaration"
    ? declaration.declarations.map((_) => _.id.name ?? "a pattern")
    : [declaration.id?.name ?? "a declaration"]

/** The exported declarations of a module or namespace, with the offset their comment must stand before. */
const exportsOf = (body, prefix = "") => {
  const found = []
  for (const node of body) {
    if (node.type === "ExportNamedDeclaration" && node.declaration) {
      const inner = node.declaration
      for (const name of declared(inner)) found.push({ name: prefix + name, start: node.start, kind: inner.type })
      if (inner.type === "TSModuleDeclaration" && inner.body?.body) {
        found.push(...exportsOf(inner.body.body, `${prefix}${inner.id.name}.`))
      }
    } else if (node.type === "ExportNamedDeclaration") {
      const names = node.specifiers.map((_) => _.exported.name ?? _.exported.value).join(", ")
      found.push({
        name: `${prefix}{ ${names} }`,
        start: node.specifiers[0]?.start ?? node.start,
        outer: node.start,
        kind: node.type
      })
    } else if (node.type === "ExportAllDeclaration" || node.type === "ExportDefaultDeclaration") {
      found.push({
        name: node.type === "ExportAllDeclaration" ? "export *" : "default",
        start: node.start,
        kind: node.type
      })
    }
  }
  return found
}

const functions = new Set(["TSDeclareFunction", "FunctionDeclaration"])

export const check = async (workspace) => {
  const problems = []
  for (const { path } of publishedPackages(workspace)) {
    if (!existsSync(join(path, "src"))) continue
    for (const module of publicModules(join(path, "src"))) {
      const file = join(path, "src", `${module}.ts`)
      const source = parse(file)
      for (const { start, type } of source.program.body.slice(1)) {
        const comment = type === "ImportDeclaration" ? docBefore(source, start) : undefined
        if (comment === undefined || !docText(comment).includes("@since")) continue
        problems.push({
          file: relative(workspace, file),
          line: source.lineAt(start),
          message: "has the comment of the module behind an import, where neither the barrel nor the reference finds it"
        })
      }
      let before
      for (const item of exportsOf(source.program.body)) {
        // The first signature of an overloaded function speaks for all of them.
        const isOverload =
          before !== undefined && functions.has(item.kind) && functions.has(before.kind) && before.name === item.name
        before = item
        if (isOverload) continue
        const comment = docBefore(source, item.start) ?? docBefore(source, item.outer ?? item.start)
        const fail = (message) =>
          problems.push({
            file: relative(workspace, file),
            line: source.lineAt(item.start),
            message: `${item.name} ${message}`
          })
        if (comment === undefined) fail("has no doc comment")
        else if (!/^\s*@internal\b/m.test(docText(comment)))
          for (const fault of faults(item.name, docText(comment))) fail(fault)
      }
    }
  }
  return problems
}
