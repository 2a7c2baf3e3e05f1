// The types that packages publish never say `any`: neither written nor inferred.
import { join, relative } from "node:path"
import { filesBelow, packagesOf } from "../internal/paths.mjs"
import { parse, walk } from "../internal/source.mjs"

export const name = "any"

const ownerOf = (ancestors) => {
  const declaration = ancestors.findLast((_) => _.id?.name !== undefined)
  return declaration?.id.name ?? "a declaration"
}

/**
 * `Data.TaggedError` and its like say `Record<string, any>` in the constraint of their own constructor. It bounds a type
 * parameter of Effect's, and nothing of ours has that type.
 */
const isBaseOfEffect = (ancestors) => {
  const parameter = ancestors.find((_) => _.type === "TSTypeParameter")
  const isConstraint = ancestors.includes(parameter?.constraint)
  return isConstraint && ancestors.some((_) => _.type === "VariableDeclarator" && _.id.name.endsWith("_base"))
}

/** Reads the emitted declarations, so the packages must have been compiled. */
export const check = async (workspace) => {
  const problems = []
  for (const { manifest, path } of packagesOf(workspace)) {
    // A package without modules publishes no types.
    if (manifest.exports?.["."] === undefined) continue
    const files = filesBelow(join(path, "dist"), (_) => _.endsWith(".d.ts"))
    if (files.length === 0) {
      problems.push({ file: relative(workspace, path), message: "has no emitted declarations: compile first" })
    }
    for (const file of files) {
      const source = parse(file)
      for (const { message } of source.errors) problems.push({ file: relative(workspace, file), message })
      walk(source.program, (node, ancestors) => {
        if (node.type !== "TSAnyKeyword" || isBaseOfEffect(ancestors)) return
        problems.push({
          file: relative(workspace, file),
          line: source.lineAt(node.start),
          message: `the type of ${ownerOf(ancestors)} says any: ${source.lines[source.lineAt(node.start) - 1].trim().slice(0, 120)}`
        })
      })
    }
  }
  return problems
}
