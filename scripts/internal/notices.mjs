import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { readJson, root } from "./paths.mjs"

const folderOf = (input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]

const licenceOf = (folder) => {
  const file = readdirSync(folder).find((_) => /^(licen[cs]e|copying)(\.|$)/i.test(_))
  return file === undefined ? undefined : readFileSync(join(folder, file), "utf8").trim()
}

/** The licences of the third-party packages whose files went into a bundle, as one text. */
export const notices = (inputs) => {
  const folders = new Set(inputs.map(folderOf).filter((_) => _ !== undefined))
  const texts = new Map()
  for (const folder of folders) {
    const path = join(root, folder)
    if (!existsSync(join(path, "package.json"))) continue
    const { license, name, version } = readJson(join(path, "package.json"))
    texts.set(
      `${name}@${version}`,
      `${name} ${version} (${license})\n\n${licenceOf(path) ?? "The package carries no licence text."}`
    )
  }
  return `${[...texts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => text)
    .join(`\n\n${"-".repeat(80)}\n\n`)}\n`
}
