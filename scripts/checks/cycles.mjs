// Finds modules that import each other in a circle. Types alone make no circle: they are gone when the program runs.
import { existsSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { filesBelow, isTypeScript, packagesOf } from "../internal/paths.mjs"
import { parse, requests } from "../internal/source.mjs"

export const name = "cycles"

const neighbours = (file) => {
  const source = parse(file)
  return requests(source)
    .filter(({ isType, specifier }) => !isType && specifier.startsWith("."))
    .map(({ specifier, start }) => ({
      target: join(dirname(file), specifier).replace(/\.js$/, ".ts"),
      line: source.lineAt(start)
    }))
    .filter(({ target }) => existsSync(target))
}

export const check = async (workspace) => {
  const problems = []
  const done = new Set()
  const path = []
  const visit = (file) => {
    if (done.has(file)) return
    path.push(file)
    for (const { line, target } of neighbours(file)) {
      const start = path.indexOf(target)
      if (start === -1) visit(target)
      else {
        const circle = [...path.slice(start), target].map((_) => relative(workspace, _))
        problems.push({ file: relative(workspace, file), line, message: `circle: ${circle.join(" → ")}` })
      }
    }
    path.pop()
    done.add(file)
  }
  for (const entry of packagesOf(workspace)) {
    for (const file of [
      ...filesBelow(join(entry.path, "src"), isTypeScript),
      ...filesBelow(join(entry.path, "test"), isTypeScript)
    ]) {
      visit(file)
    }
  }
  return problems
}
