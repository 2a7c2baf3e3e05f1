import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { moduleComment, publicModules } from "../../../scripts/internal/barrels.mjs"
import { statementsOf } from "../../../scripts/internal/declarations.mjs"

const tag = (doc, name) => new RegExp(`^\\s*@${name}[^\\S\\n]+(.*)$`, "m").exec(doc)?.[1].trim()

/** A doc comment in its parts: prose, version, category, and examples, which are Markdown. */
const parts = (doc) => {
  const [prose] = doc.split(/^\s*@(?=[a-z])/m)
  const examples = [...doc.matchAll(/^\s*@example[^\S\n]*\n([\s\S]*?)(?=^\s*@[a-z]|$(?![\s\S]))/gm)].map((_) =>
    _[1].trim()
  )
  return { prose: prose.trim(), since: tag(doc, "since"), category: tag(doc, "category"), examples }
}

/** Comments within a declaration, each on one line that the page breaks where it has to. */
const flowing = (code) =>
  code.replace(
    /\/\*\*([\s\S]*?)\*\//g,
    (_, text) =>
      `/** ${text
        .replace(/\n\s*\*?/g, " ")
        .replace(/\s+/g, " ")
        .trim()} */`
  )

/** What is exported from a module: each name with its declarations, all overloads and the type of the same name together. */
const membersOf = (file) => {
  const statements = statementsOf(file)
  const members = new Map()
  const add = (name, doc, text) => {
    const member = members.get(name) ?? { name, doc: undefined, code: [] }
    member.doc ??= doc
    member.code.push(flowing(text.replace(/^export (declare )?/, "")))
    members.set(name, member)
  }
  for (const { commented, doc, isExported, names, renamed } of statements) {
    if (!isExported) continue
    if (renamed.length === 0) for (const name of names) add(name, doc, commented)
    for (const { exported, local } of renamed) {
      for (const other of statements.filter((_) => !_.isExported && _.names.includes(local))) {
        add(exported, doc, other.commented.replace(/^declare /, "").replace(new RegExp(`\\b${local}\\b`), exported))
      }
    }
  }
  return [...members.values()]
    .filter(({ doc }) => doc !== undefined && !/^\s*@internal\b/m.test(doc))
    .map(({ code, doc, name }) => ({ name, code: code.join("\n\n"), ...parts(doc) }))
}

const strip = (comment) =>
  comment
    .replace(/^\/\*\*|\*\/$/g, "")
    .replace(/^[^\S\n]*\*[^\S\n]?/gm, "")
    .trim()

/** The modules of a package: name, what it is for, and its members. */
export const modulesOf = ({ path }) =>
  publicModules(join(path, "src"))
    .map((name) => ({ name, file: join(path, "dist", `${name}.d.ts`), source: join(path, "src", `${name}.ts`) }))
    .filter(({ file }) => existsSync(file))
    .map(({ file, name, source }) => {
      const comment = moduleComment(readFileSync(source, "utf8"))
      return { name, about: comment === undefined ? "" : parts(strip(comment)).prose, members: membersOf(file) }
    })

/** The members by category, in the order in which categories appear. */
export const byCategory = (members) => {
  const groups = new Map()
  for (const member of members) {
    const category = member.category ?? "others"
    groups.set(category, [...(groups.get(category) ?? []), member])
  }
  return [...groups]
}
