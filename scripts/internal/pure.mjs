// Marks what the compiler wrote for bundlers: a call at the top of a module that only makes a value is left out with the
// value. Without the mark every schema, tag and error class stays in every program, since calls might do anything.
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { decode, encode } from "@jridgewell/sourcemap-codec"
import { parseSync, visitorKeys } from "oxc-parser"
import { filesBelow, packagesOf, root } from "./paths.mjs"

const mark = "/*#__PURE__*/ "

const isFunction = ({ type }) => type === "ArrowFunctionExpression" || type.endsWith("FunctionExpression")

const children = (node) => (visitorKeys[node.type] ?? []).flatMap((key) => node[key] ?? [])

/** Where the calls of an expression begin that run with it; of `a(b)(c).d(e)`, that are two: the whole, and none of `a`. */
const calls = (node, isCalled = false) => {
  if (isFunction(node) || node.type === "StaticBlock") return []
  if (node.type === "MethodDefinition") return node.computed ? calls(node.key) : []
  if (node.type === "PropertyDefinition") {
    return [...(node.computed ? calls(node.key) : []), ...(node.static && node.value !== null ? calls(node.value) : [])]
  }
  if (node.type === "CallExpression" || node.type === "NewExpression") {
    const inner = [...calls(node.callee, true), ...node.arguments.flatMap((one) => calls(one))]
    return isCalled ? inner : [node.start, ...inner]
  }
  if (node.type === "MemberExpression") {
    return [...calls(node.object, isCalled), ...(node.computed ? calls(node.property) : [])]
  }
  return children(node).flatMap((child) => calls(child))
}

/** What is bound to a name at the top of a module; statements are there for what they do. */
const bound = (statement) => {
  switch (statement.type) {
    case "ExportNamedDeclaration":
      return statement.declaration === null ? [] : bound(statement.declaration)
    case "VariableDeclaration":
      return statement.declarations.flatMap(({ init }) => (init === null ? [] : calls(init)))
    case "ClassDeclaration":
      return children(statement).flatMap((child) => calls(child))
    default:
      return []
  }
}

const isMarked = (code, offset) => code.slice(0, offset).trimEnd().endsWith(mark.trimEnd())

/** Moves what a source map says of the text behind the marks. */
const shift = (map, code, offsets) => {
  const lines = decode(map.mappings)
  let line = 0
  let start = 0
  const columns = new Map()
  for (const offset of offsets) {
    for (let next = code.indexOf("\n", start); next >= 0 && next < offset; next = code.indexOf("\n", start)) {
      line++
      start = next + 1
    }
    columns.set(line, [...(columns.get(line) ?? []), offset - start])
  }
  for (const [number, marked] of columns) {
    for (const segment of lines[number] ?? []) {
      segment[0] += mark.length * marked.filter((column) => column <= segment[0]).length
    }
  }
  return { ...map, mappings: encode(lines) }
}

/** Marks the calls of a module, and moves its source map along. What is marked already stays as it is. */
export const annotate = (code, map) => {
  const { program } = parseSync("module.js", code)
  const found = program.body.flatMap(bound).filter((offset) => !isMarked(code, offset))
  const offsets = [...new Set(found)].sort((a, b) => a - b)
  if (offsets.length === 0) return { code, map, isChanged: false }
  let marked = ""
  let last = 0
  for (const offset of offsets) {
    marked += code.slice(last, offset) + mark
    last = offset
  }
  return { code: marked + code.slice(last), map: map && shift(map, code, offsets), isChanged: true }
}

/** Marks the compiled modules of all packages. */
export const annotateOutput = (workspace = root) => {
  for (const { path } of packagesOf(workspace)) {
    for (const file of filesBelow(join(path, "dist"), (it) => it.endsWith(".js"))) {
      const mapFile = `${file}.map`
      // What has no map is a bundle, for which nothing more is left out.
      if (!existsSync(mapFile)) continue
      const { code, isChanged, map } = annotate(readFileSync(file, "utf8"), JSON.parse(readFileSync(mapFile, "utf8")))
      if (!isChanged) continue
      writeFileSync(mapFile, JSON.stringify(map))
      writeFileSync(file, code)
    }
  }
}
