// Compiles every example of the documentation: the `@example` fences of doc comments and the ```ts fences of Markdown files.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { dirname, join, relative } from "node:path"
import { compilerPath } from "../internal/compiler.mjs"
import { filesBelow, isTypeScript, packagesOf, publishedPackages, root } from "../internal/paths.mjs"
import { run } from "../internal/process.mjs"
import { parse } from "../internal/source.mjs"

export const name = "docs"

const fence = /^([^\S\n]*(?:\*[^\S\n]?)?)```(\w*)[^\n]*\n([\s\S]*?)^[^\S\n]*(?:\*[^\S\n]?)?```[^\S\n]*$/gm

const unquote = (text, prefix) =>
  text
    .split("\n")
    .map((line) => {
      if (line.startsWith(prefix)) return line.slice(prefix.length)
      return prefix.includes("*") ? line.replace(/^\s*\*\s?/, "") : line
    })
    .join("\n")

const lineOf = (text, offset) => text.slice(0, offset).split("\n").length

/** The fences of a text, each with the line of its first line of code. */
const fencesOf = (text, firstLine) =>
  [...text.matchAll(fence)].map((match) => ({
    language: match[2],
    line: firstLine + lineOf(text, match.index),
    text: unquote(match[3], match[1])
  }))

const isTs = ({ language }) => language === "ts" || language === "typescript"

/** The examples of a workspace, and what is wrong with the way they are written. */
export const examplesOf = (workspace) => {
  const examples = []
  const problems = []
  for (const { folder, path } of packagesOf(workspace)) {
    for (const file of filesBelow(join(path, "src"), isTypeScript)) {
      if (file === join(path, "src", "index.ts")) continue
      const source = parse(file)
      const label = relative(workspace, file)
      for (const comment of source.comments.filter((_) => _.type === "Block" && _.value.startsWith("*"))) {
        const first = source.lineAt(comment.start)
        const found = fencesOf(comment.value, first).filter(isTs)
        const asked = [...comment.value.matchAll(/^\s*\*\s*@example\b/gm)].length
        if (asked > found.length) problems.push({ file: label, line: first, message: "an @example has no ```ts fence" })
        for (const example of found) examples.push({ ...example, file: label, folder })
      }
    }
    const readme = join(path, "README.md")
    if (existsSync(readme)) examples.push(...fromMarkdown(workspace, readme))
  }
  const documents = filesBelow(join(workspace, "docs"), (_) => _.endsWith(".md"))
  for (const file of [join(workspace, "README.md"), ...documents]) {
    if (existsSync(file)) examples.push(...fromMarkdown(workspace, file))
  }
  return { examples, problems }
}

const fromMarkdown = (workspace, file) =>
  fencesOf(readFileSync(file, "utf8"), 1)
    .filter(isTs)
    .map((_) => ({ ..._, file: relative(workspace, file) }))

const packageOf = (specifier) => specifier.match(/^(@[^/]+\/)?[^/]+/)[0]

const imported = ({ text }) => [...text.matchAll(/^import .*? from "([^".]+[^"]*)"$/gm)].map((_) => packageOf(_[1]))

/** What users of a package install with it: its peers, and what its README shows it together with. */
const installOf = ({ manifest }, readme) => {
  if (manifest.bin !== undefined) return `npm install --global ${manifest.name}`
  const beside = new Set([
    ...Object.keys(manifest.peerDependencies ?? {}),
    ...fencesOf(readme, 1).filter(isTs).flatMap(imported)
  ])
  // Tests are run with it, which is not what the package is installed for.
  for (const other of [manifest.name, "@effect/vitest"]) beside.delete(other)
  const others = [...beside].filter((_) => !_.startsWith("node:")).toSorted()
  return ["npm install", manifest.name, ...others].join(" ")
}

/** The READMEs that do not say what to install. */
export const notInstallable = (workspace) =>
  publishedPackages(workspace).flatMap((published) => {
    const file = join(published.path, "README.md")
    if (!existsSync(file)) return []
    const readme = readFileSync(file, "utf8")
    const install = installOf(published, readme)
    if (readme.split(/[\n`]/).includes(install)) return []
    return [{ file: relative(workspace, file), message: `it does not say what to install: ${install}` }]
  })

const link = (target, path) => {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path, "junction")
}

/** Makes a `node_modules` as someone has who installed all our packages and their peers. */
const installInto = (folder, workspace) => {
  const modules = join(folder, "node_modules")
  const present = (path) => existsSync(path) || lstatSync(path, { throwIfNoEntry: false }) !== undefined
  for (const { manifest, path } of packagesOf(workspace)) {
    link(path, join(modules, manifest.name))
    const installed = join(path, "node_modules")
    for (const dependency of Object.keys({
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.devDependencies
    })) {
      const here = join(modules, dependency)
      if (!dependency.startsWith("@effect-lro/") && !present(here) && existsSync(join(installed, dependency))) {
        link(join(installed, dependency), here)
      }
    }
  }
  const shared = join(root, "node_modules")
  for (const dependency of ["effect", "@types/node"]) {
    if (!present(join(modules, dependency))) link(join(shared, dependency), join(modules, dependency))
  }
}

const settings = {
  extends: join(root, "tsconfig.base.json"),
  compilerOptions: {
    noEmit: true,
    composite: false,
    incremental: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    // An example shows a value without using it; and it is compiled against what is published, not against sources.
    noUnusedLocals: false,
    noUnusedParameters: false,
    customConditions: [],
    types: ["node"]
  },
  include: ["examples/*.ts"]
}

const clear = (folder) => {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true, force: true })
}

/** Compiles against the emitted declarations of the packages, so these must have been compiled. */
export const check = async (workspace) => {
  const { examples, problems: misplaced } = examplesOf(workspace)
  const problems = [...misplaced, ...notInstallable(workspace)]
  if (examples.length === 0) return problems
  const folder = join(workspace, "build", "docs")
  clear(folder)
  mkdirSync(join(folder, "examples"), { recursive: true })
  installInto(folder, workspace)
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }\n`)
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings, undefined, 2))
  const byName = new Map()
  for (const [index, example] of examples.entries()) {
    const id = `example${index + 1}.ts`
    byName.set(id, example)
    writeFileSync(join(folder, "examples", id), example.text)
  }
  const result = await run(await compilerPath(), ["-p", folder, "--pretty", "false"], { cwd: folder })
  let elsewhere = result.ok ? "" : result.output
  for (const match of result.output.matchAll(
    /^(?:.*\/)?(example\d+\.ts)\((\d+),\d+\): (?:error|warning) (.*(?:\n {2,}.*)*)/gm
  )) {
    const { file, line } = byName.get(match[1])
    problems.push({ file, line: line + Number(match[2]) - 1, message: match[3] })
    elsewhere = elsewhere.replace(match[0], "")
  }
  if (elsewhere.trim() !== "") problems.push({ file: "build/docs", message: elsewhere.trim() })
  return problems
}
