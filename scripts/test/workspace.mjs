import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

const manifest = (folder, more = {}) =>
  JSON.stringify({
    name: `@effect-lro/${folder}`,
    version: "0.0.0",
    type: "module",
    exports: { ".": "./src/index.ts", "./*": "./src/*.ts", "./internal/*": null },
    ...more
  })

/** The manifest of a package of a small workspace, as text. */
export const packageJson = manifest

/** A module that breaks no rule. */
export const good = `/**
 * Adds one, as a number.
 *
 * @since 0.1.0
 * @category constructors
 */
export const one = 1
`

/** A table of packages with these rows. */
export const table = (rows) =>
  ["| folder | is | depends on |", "| --- | --- | --- |", ...rows.map((_) => `| ${_} |`)].join("\n")

/** Writes a tree of files into a new folder, hands it to the body, and deletes it. */
export const withWorkspace = async (files, body) => {
  const folder = mkdtempSync(join(tmpdir(), "effect-lro-"))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return await body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The problems of a check as lines: `file:line message`. */
export const lines = (problems) =>
  problems.map(({ file = "", line, message }) => `${file}${line === undefined ? "" : `:${line}`} ${message}`)
