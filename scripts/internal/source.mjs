import { readFileSync } from "node:fs"
import { parseSync, visitorKeys } from "oxc-parser"

const parsed = new Map()

const read = (file) => {
  const text = readFileSync(file, "utf8")
  const { comments, errors, module, program } = parseSync(file, text)
  const starts = [0]
  for (let index = text.indexOf("\n"); index !== -1; index = text.indexOf("\n", index + 1)) starts.push(index + 1)
  const lineAt = (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle] <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }
  return { file, text, program, comments, module, errors, lineAt, lines: text.split("\n") }
}

/** A file as syntax: its tree, its comments, what it imports, and the line of an offset. Each is read once. */
export const parse = (file) => {
  if (!parsed.has(file)) parsed.set(file, read(file))
  return parsed.get(file)
}

/** Calls `visit(node, ancestors)` for each node, outermost first; the ancestors begin with the parent. */
export const walk = (node, visit, ancestors = []) => {
  visit(node, ancestors)
  const inner = [node, ...ancestors]
  for (const key of visitorKeys[node.type] ?? []) {
    const child = node[key]
    if (Array.isArray(child)) {
      for (const item of child) if (item !== null && item !== undefined) walk(item, visit, inner)
    } else if (child !== null && child !== undefined) {
      walk(child, visit, inner)
    }
  }
}

/** Every module a file asks for: imports, re-exports, dynamic imports and `import("…")` types. */
export const requests = (source) => {
  const found = []
  const { module, text } = source
  for (const { entries, moduleRequest, start } of module.staticImports) {
    const isType = /^import\s+type\b/.test(text.slice(start)) || (entries.length > 0 && entries.every((_) => _.isType))
    found.push({ specifier: moduleRequest.value, start, isType })
  }
  for (const { entries, start } of module.staticExports) {
    for (const { isType, moduleRequest } of entries) {
      if (moduleRequest !== null) found.push({ specifier: moduleRequest.value, start, isType })
    }
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const literal = /^["'`]([^"'`$]+)["'`]$/.exec(text.slice(moduleRequest.start, moduleRequest.end))
    if (literal !== null) found.push({ specifier: literal[1], start, isType: false })
  }
  walk(source.program, (node) => {
    if (node.type === "TSImportType" && typeof node.source?.value === "string") {
      found.push({ specifier: node.source.value, start: node.start, isType: true })
    }
  })
  return found
}

/** The package a specifier belongs to: `"@effect/platform"` of `"@effect/platform/HttpClient"`. */
export const packageOf = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

/** The doc comment that stands directly before an offset, with its range. */
export const docBefore = (source, offset) => {
  const comment = source.comments.findLast((_) => _.end <= offset)
  if (comment === undefined || comment.type !== "Block" || !comment.value.startsWith("*")) return undefined
  return source.text.slice(comment.end, offset).trim() === "" ? comment : undefined
}

/** The text of a doc comment without its stars; the lines keep their places. */
export const docText = (comment) => comment.value.slice(1).replace(/^[^\S\n]*\*[^\S\n]?/gm, "")
