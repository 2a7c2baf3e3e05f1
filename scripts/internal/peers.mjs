import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { readCatalogs } from "../checks/catalog.mjs"
import { readJson, root } from "./paths.mjs"
import { Problem, run, runNode } from "./process.mjs"

const order = (a, b) => {
  const [left, right] = [a, b].map((_) => _.split(".").map(Number))
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2]
}

/** The newest of the versions that `npm view` told; prereleases do not count. */
export const newestOf = (told) =>
  [JSON.parse(told)]
    .flat()
    .filter((_) => /^\d+\.\d+\.\d+$/.test(_))
    .sort(order)
    .at(-1)

/** The ranges of the peers and the versions that are developed with, out of pnpm-workspace.yaml. */
const catalogs = () => readCatalogs(readFileSync(join(root, "pnpm-workspace.yaml"), "utf8"))

const choices = {
  lowest: async (_, range) => range.slice(1),
  newest: async (name, range) => {
    const { ok, output, stdout } = await run("npm", ["view", `${name}@${range}`, "version", "--json"])
    const version = ok ? newestOf(stdout) : undefined
    if (version === undefined)
      throw new Problem(`npm does not tell the versions of ${name}@${range}.\n${output.trim()}`)
    return version
  }
}

/** The text of pnpm-workspace.yaml with other versions in its default catalog. */
export const withVersions = (text, versions) => {
  const [, before, section, after] = /^([\s\S]*?^catalog:\n)([\s\S]*?)(^\S[\s\S]*)$/m.exec(text)
  const replaced = section.replace(/^( +"?)([@\w./-]+)("?: +)(\S+)$/gm, (line, start, name, colon) =>
    versions.has(name) ? `${start}${name}${colon}${versions.get(name)}` : line
  )
  return before + replaced + after
}

const copyWorkspace = async () => {
  const folder = mkdtempSync(join(tmpdir(), "effect-lro-peers-"))
  const { stdout } = await run("git", ["ls-files", "-z"])
  for (const file of stdout.split("\0").filter((_) => _ !== "")) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(root, file), join(folder, file))
  }
  return folder
}

/**
 * Runs the suite on the lowest or the newest peers that the packages allow, in a copy of the workspace. Where these are the
 * versions of the lockfile every run of the suite is one with them, and nothing is done.
 */
export const testPeers = async (which, args, tell) => {
  const { default: developed, peers } = catalogs()
  const versions = new Map()
  for (const [name, { version: range }] of peers) {
    const version = await choices[which](name, range)
    if (version !== developed.get(name)?.version) versions.set(name, version)
  }
  const all = [...peers.keys()].join(", ")
  if (versions.size === 0) {
    tell(`The ${which} allowed versions of ${all} are those of the lockfile, with which the suite runs anyway.\n`)
    return true
  }
  tell(`${[...versions].map(([name, version]) => `${name} ${version}`).join(", ")}; the others as in the lockfile.\n`)
  const folder = await copyWorkspace()
  try {
    const workspace = join(folder, "pnpm-workspace.yaml")
    writeFileSync(workspace, withVersions(readFileSync(workspace, "utf8"), versions))
    const manager = readJson(join(root, "package.json")).packageManager
    const installed = await run("npx", ["-y", manager, "install", "--no-frozen-lockfile", "--prefer-offline"], {
      cwd: folder,
      env: { CI: "true", NO_COLOR: "1" }
    })
    if (!installed.ok) throw new Problem(`Installing failed.\n${installed.output.trim()}`)
    const tested = await runNode(join(folder, "scripts/test.mjs"), ["--tests-only", ...args], {
      cwd: folder,
      onOutput: tell
    })
    return tested.ok
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
