import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The doc comment that speaks of the whole module: the first thing in the file, apart from any declaration. */
export const moduleComment = (source) => {
  const match = /^\s*(\/\*\*(?:[^*]|\*(?!\/))*\*\/)[^\S\n]*\n(\s*\n|import\s)/.exec(source)
  return match !== null && match[1].includes("@since") ? match[1] : undefined
}

/** The names of the public modules of a source folder. Lower-case files are nobody's to import. */
export const publicModules = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[A-Z]\w*\.ts$/.test(entry.name))
    .map((entry) => entry.name.slice(0, -".ts".length))
    .sort()

/** What `src/index.ts` of a package must say. */
export const barrel = (folder) =>
  publicModules(folder)
    .map((name) => {
      const comment = moduleComment(readFileSync(join(folder, `${name}.ts`), "utf8"))
      return `${comment === undefined ? "" : `${comment}\n`}export * as ${name} from "./${name}.js"\n`
    })
    .join("\n")
