// The house rules that a machine can see in packages/*/src. CONTRIBUTING.md lists them with their reasons.
//
// An exception is a comment on the line of the find or on the line above it: `rule-exception(<rule>): <reason>`.
import { basename, join, relative } from "node:path"
import { filesBelow, isTypeScript, packagesOf } from "../internal/paths.mjs"
import { packageOf, parse, walk } from "../internal/source.mjs"

export const name = "rules"

const nameOf = (node) => {
  if (node?.type === "Identifier") return node.name
  if (node?.type === "MemberExpression" && !node.computed) return `${nameOf(node.object)}.${node.property.name}`
  return ""
}

/** Where foreign code may be called in its own manner: its failures are converted there. */
const edges = new Set([
  "Effect.try",
  "Effect.tryPromise",
  "Effect.async",
  "Either.try",
  "Stream.async",
  "Stream.asyncPush"
])

const atForeignEdge = (ancestors) => ancestors.some((_) => _.type === "CallExpression" && edges.has(nameOf(_.callee)))

const ignoring = new Set(["Effect.ignore", "Effect.ignoreLogged"])
const catching = /^Effect\.(catchAll|catchAllCause|catchTag|catchTags|catchSome|orElse)$/
const nothing = /^Effect\.(void|succeed|succeedNone)$/

const mentions = (body, name) => {
  let found = false
  walk(body, (node) => {
    if (node.type === "Identifier" && node.name === name) found = true
  })
  return found
}

/** A handler that does not look at the failure and goes on as if there had been none. */
const forgets = (handler) => {
  if (handler?.type !== "ArrowFunctionExpression") return false
  const [failure] = handler.params
  if (failure !== undefined && (failure.type !== "Identifier" || mentions(handler.body, failure.name))) return false
  const body = handler.body.type === "CallExpression" ? handler.body.callee : handler.body
  return nothing.test(nameOf(body))
}

const swallows = (node) => {
  if (node.type !== "CallExpression" || !catching.test(nameOf(node.callee))) return false
  return node.arguments.some((argument) =>
    argument.type === "ObjectExpression" ? argument.properties.some((_) => forgets(_.value)) : forgets(argument)
  )
}

const isProgram = (source) => basename(source.file) === "bin.ts"

/** What one node of the syntax tree says against the rules: pairs of a rule and a sentence. */
const ofNode = (source, node, ancestors) => {
  const member = node.type === "MemberExpression" ? nameOf(node) : ""
  switch (node.type) {
    case "TSAnyKeyword":
      return ["any", "`any` gives up what the compiler knows"]
    case "TSNonNullExpression":
      return ["assertion", "`!` claims what the compiler cannot see"]
    case "ThrowStatement":
      return atForeignEdge(ancestors) ? undefined : ["throw", "fail with a typed error instead"]
    case "TryStatement":
      return atForeignEdge(ancestors) ? undefined : ["try", "use Effect.try at the foreign edge"]
    case "AwaitExpression":
      return atForeignEdge(ancestors) ? undefined : ["async", "use Effect.tryPromise at the foreign edge"]
    case "ArrowFunctionExpression":
    case "FunctionExpression":
    case "FunctionDeclaration":
      return node.async && !atForeignEdge(ancestors)
        ? ["async", "use Effect.tryPromise at the foreign edge"]
        : undefined
    case "NewExpression":
      return nameOf(node.callee) === "Date" && node.arguments.length === 0
        ? ["clock", "time comes from Clock"]
        : undefined
    case "CallExpression":
      if (swallows(node)) return ["ignored", "a failure is dropped: say in a comment why nobody needs it"]
      return nameOf(node.callee) === "setTimeout" || nameOf(node.callee) === "setInterval"
        ? ["clock", "time comes from Clock"]
        : undefined
    case "MemberExpression":
      if (member === "Date.now" || member === "performance.now") return ["clock", "time comes from Clock"]
      if (member === "Math.random") return ["random", "chance comes from Random"]
      if (member.startsWith("console.")) return ["console", "log through Effect, print through Console or Terminal"]
      if (member === "process.env" || member === "globalThis.process")
        return ["environment", "settings come from Config"]
      if (/^Effect\.run[A-Z]/.test(member) && !isProgram(source)) return ["run", "only bin.ts runs effects"]
      if (ignoring.has(member)) return ["ignored", "a failure is dropped: say in a comment why nobody needs it"]
  }
  return undefined
}

const ofImport = (source, node) => {
  const specifier = node.source?.value
  if (typeof specifier !== "string") return undefined
  if (specifier.startsWith("."))
    return specifier.endsWith(".js") ? undefined : ["import", "relative imports end in .js"]
  if (specifier.startsWith("node:")) return undefined
  const isEffect = /^(effect$|@effect\/|@effect-lro\/)/.test(packageOf(specifier))
  if (isEffect && specifier === packageOf(specifier))
    return ["import", "import the module by its deep path, not the barrel"]
  if (node.type !== "ImportDeclaration" || !isEffect || specifier === "effect/Function") return undefined
  // Classes, tags and types carry their meaning in their name; a verb needs its module: OperationsError.advice.
  const standsAlone = (_) => /^[A-Z]/.test(_.imported?.name ?? "")
  return node.specifiers.every((_) => _.type === "ImportNamespaceSpecifier" || standsAlone(_))
    ? undefined
    : ["import", "a function is imported with its module: import * as X"]
}

const ofComment = (comment) => {
  const text = comment.value
  if (/\b(TODO|FIXME|XXX|HACK)\b/.test(text)) return ["todo", "open an issue instead"]
  return /(^|\n)\s*\*?\s*[-=*#─━]{4,}/.test(text) ? ["banner", "a file that needs sections needs splitting"] : undefined
}

/** Keys and type ids say where they are defined: `[~]@effect-lro/<package>/<Module>[/<more>]`. */
const ofKey = (source, folder, node, ancestors) => {
  if (node.type !== "Literal" || typeof node.value !== "string" || !/^~?@effect-lro\//.test(node.value))
    return undefined
  if (/^(Import|Export)/.test(ancestors[0]?.type ?? "") || ancestors[0]?.type === "TSImportType") return undefined
  const module = basename(source.file, ".ts")
  const place = `@effect-lro/${folder}/${/^[A-Z]/.test(module) ? module : ""}`
  const value = node.value.replace(/^~/, "")
  const fits = place.endsWith("/") ? value.startsWith(place) : value === place || value.startsWith(`${place}/`)
  return fits ? undefined : ["key", `"${node.value}" does not say where it is defined: ${place}`]
}

const vague = /^(utils?|helpers?|common|types|misc|shared)\.ts$/i

const ofFile = (source, inside) => {
  const found = []
  const base = basename(source.file)
  if (vague.test(base)) found.push([1, "file", `${base} says nothing about what is in it`])
  if (!inside.includes("/") && !/^([A-Z]\w*|index|bin)\.ts$/.test(base)) {
    found.push([1, "file", "modules are PascalCase; the rest belongs into internal/"])
  }
  const length = source.text.trimEnd().split("\n").length
  if (length > 500) found.push([1, "file", `${length} lines: split it (300 is a reason to look, 500 the limit)`])
  return found
}

const exception = /rule-exception\((\w+)\):\s*(.*)/

const finds = (source, folder, inside) => {
  const found = ofFile(source, inside)
  const add = (offset, find) => {
    if (find !== undefined) found.push([source.lineAt(offset), ...find])
  }
  for (const comment of source.comments) add(comment.start, ofComment(comment))
  walk(source.program, (node, ancestors) => {
    add(node.start, ofNode(source, node, ancestors))
    add(node.start, ofImport(source, node))
    add(node.start, ofKey(source, folder, node, ancestors))
  })
  return found
}

/** `Effect.ignore` and its like need a reason in plain words, so any comment there will do. */
const isExplained = (source, line) =>
  source.comments.some((_) => source.lineAt(_.end) === line - 1 || source.lineAt(_.start) === line)

const checkFile = (workspace, file, folder, inside) => {
  const source = parse(file)
  const problems = []
  const report = (line, message) => problems.push({ file: relative(workspace, file), line, message })
  for (const error of source.errors)
    report(source.lineAt(error.labels[0]?.start ?? 0), `does not parse: ${error.message}`)
  const exceptions = source.comments
    .map((comment) => ({ line: source.lineAt(comment.start), match: exception.exec(comment.value), used: false }))
    .filter((_) => _.match !== null)
  for (const [line, rule, message] of finds(source, folder, inside)) {
    const allowed = exceptions.find(
      (_) => _.match[1] === rule && (_.line === line || _.line === line - 1 || rule === "file")
    )
    if (allowed !== undefined) allowed.used = true
    else if (rule !== "ignored" || !isExplained(source, line)) report(line, `${message} (${rule})`)
  }
  for (const { line, match, used } of exceptions) {
    if (match[2].trim().length < 15) report(line, `the exception to ${match[1]} gives no reason`)
    if (!used) report(line, `the exception to ${match[1]} has nothing to except`)
  }
  return problems
}

export const check = async (workspace) =>
  packagesOf(workspace).flatMap(({ folder, path }) =>
    filesBelow(join(path, "src"), isTypeScript)
      .filter((file) => file !== join(path, "src", "index.ts"))
      .flatMap((file) => checkFile(workspace, file, folder, relative(join(path, "src"), file)))
  )
