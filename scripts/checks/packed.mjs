// Packs every package as it would be published and looks at the tarballs: publint, are-the-types-wrong, and nothing of
// the workspace left in the manifest.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { publicModules } from "../internal/barrels.mjs"
import { publishedPackages, readJson } from "../internal/paths.mjs"
import { run } from "../internal/process.mjs"

export const name = "packed"

/** The files of a `.tgz`, without the `package/` they begin with. */
export const readTarball = (bytes) => {
  const tar = gunzipSync(bytes)
  const files = new Map()
  const text = (start, length) =>
    tar
      .subarray(start, start + length)
      .toString()
      .replace(/\0.*$/s, "")
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12), 8)
    const prefix = text(at + 345, 155)
    const path = `${prefix === "" ? "" : `${prefix}/`}${text(at, 100)}`
    if (text(at + 156, 1) === "0") files.set(path.replace(/^package\//, ""), tar.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return files
}

/** What a packed package must not carry and what it must. */
export const faultsOf = (files) => {
  const text = files.get("package.json")?.toString() ?? ""
  if (text === "") return ["has no package.json"]
  const manifest = JSON.parse(text)
  const found = []
  for (const leftover of ["catalog:", "workspace:", "@effect-lro/source"]) {
    if (text.includes(leftover)) found.push(`package.json still says "${leftover}"`)
  }
  for (const [peer, range] of Object.entries(manifest.peerDependencies ?? {})) {
    if (!range.startsWith("^"))
      found.push(`the peer ${peer} is ${range}, not a range: two copies of it would be installed`)
  }
  if (!files.has("LICENSE")) found.push("carries no LICENSE")
  for (const path of files.keys()) {
    if (/(^|\/)(test|node_modules|build)\/|\.tsbuildinfo$|bundle\.stamp$/.test(path)) found.push(`carries ${path}`)
  }
  for (const path of Object.values(manifest.bin ?? {})) {
    const file = files.get(path.replace(/^\.\//, ""))
    if (file === undefined) found.push(`its bin ${path} is missing`)
    else if (!file.subarray(0, 20).toString().startsWith("#!/usr/bin/env node"))
      found.push(`its bin ${path} has no #! line`)
  }
  return found
}

const publintFaults = async (manifest, bytes) => {
  const { publint } = await import("publint")
  const { formatMessage } = await import("publint/utils")
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  const { messages, pkg } = await publint({ pack: { tarball }, level: "suggestion", strict: true })
  return messages.map((_) => `publint: ${formatMessage(_, pkg, { color: false }) ?? _.code}`)
}

/** The profile esm-only: what a CommonJS program or an old resolution would see is not our matter. */
const isOurs = ({ resolutionKind }) => resolutionKind !== "node10" && resolutionKind !== "node16-cjs"

const typeFaults = async (bytes, entrypoints) => {
  const { checkPackage, createPackageFromTarballData } = await import("@arethetypeswrong/core")
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(bytes)), { entrypoints })
  if (!result.types) return ["are-the-types-wrong: carries no types"]
  return result.problems
    .filter((_) => isOurs(_) && _.kind !== "CJSResolvesToESM")
    .map((_) => `are-the-types-wrong: ${_.kind} at ${_.entrypoint ?? _.fileName ?? ""} (${_.resolutionKind ?? ""})`)
}

const checkTarball = async (folder, tarball, manifest, path) => {
  const bytes = readFileSync(tarball)
  const found = faultsOf(readTarball(bytes))
  found.push(...(await publintFaults(manifest, bytes)))
  if (manifest.exports?.["."] !== undefined) {
    const modules = publicModules(join(path, "src")).map((_) => `./${_}`)
    found.push(...(await typeFaults(bytes, [".", ...modules])))
  }
  return found.map((message) => ({ file: `packages/${folder}`, message }))
}

/** Packs what was compiled and bundled, so both must have been done. */
export const check = async (workspace) => {
  const destination = join(workspace, "build", "packed")
  rmSync(destination, { recursive: true, force: true })
  mkdirSync(destination, { recursive: true })
  const manager = readJson(join(workspace, "package.json")).packageManager
  const args = ["-y", manager, "--filter", "./packages/*", "-r", "pack", "--pack-destination", destination]
  const packed = await run("npx", args, { cwd: workspace, env: { CI: "true" } })
  if (!packed.ok) return [{ message: `pnpm pack failed\n${packed.output.trim()}` }]
  const tarballs = readdirSync(destination)
  const problems = []
  for (const { folder, manifest, path } of publishedPackages(workspace)) {
    const name = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`
    if (!tarballs.includes(name)) problems.push({ file: `packages/${folder}`, message: "was not packed" })
    else problems.push(...(await checkTarball(folder, join(destination, name), manifest, path)))
  }
  return problems
}
