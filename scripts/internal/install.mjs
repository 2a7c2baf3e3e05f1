import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { withLock } from "./lock.mjs"
import { packagesOf, readJson, root } from "./paths.mjs"
import { Problem, run, seconds } from "./process.mjs"

const stamp = join(root, "node_modules", ".effect-lro-installed")

const wanted = () => {
  const hash = createHash("sha256").update(process.version)
  const manifests = packagesOf().map((_) => join(_.path, "package.json"))
  for (const file of ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml"]) manifests.push(join(root, file))
  for (const file of manifests) hash.update(file.slice(root.length)).update(readFileSync(file))
  return hash.digest("hex")
}

// pnpm writes .modules.yaml last, and takes it away first when it starts anew.
const isInstalled = () =>
  existsSync(stamp) &&
  existsSync(join(root, "node_modules", ".modules.yaml")) &&
  readFileSync(stamp, "utf8") === wanted() &&
  packagesOf().every((_) => existsSync(join(_.path, "node_modules")))

const advice = (output, manager) => {
  if (/ERR_PNPM_OUTDATED_LOCKFILE|frozen-lockfile/.test(output)) {
    return `pnpm-lock.yaml does not match the package.json files. Run: npx -y ${manager} install`
  }
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|network|registry/i.test(output)) {
    return "The package registry could not be reached. Check the network and `npm config get registry`, then run the same command again."
  }
  if (/ENOSPC/.test(output)) return "The disk is full. Free some space, then run the same command again."
  if (/EACCES|EPERM/.test(output)) return `A file could not be written. Check who owns ${root} and your npm cache.`
  return `Try: npx -y ${manager} install, and if that fails too, delete node_modules and start again.`
}

/**
 * Installs what the lockfile says, unless it stands already. What it does is told on stderr, so that stdout stays free
 * for programs.
 */
export const ensureInstalled = async () => {
  if (isInstalled()) return false
  return withLock("install", async () => {
    if (isInstalled()) return false
    const manager = readJson(join(root, "package.json")).packageManager
    const started = performance.now()
    // A failed install may take away what was installed before.
    rmSync(stamp, { force: true })
    process.stderr.write(`Installing dependencies with ${manager} …\n`)
    const result = await run("npx", ["-y", manager, "install", "--frozen-lockfile", "--prefer-offline"], {
      env: { CI: "true", NO_COLOR: "1" }
    })
    if (!result.ok) {
      throw new Problem(
        `${result.output.trimEnd()}\n\nInstalling dependencies failed.\n${advice(result.output, manager)}`
      )
    }
    mkdirSync(join(root, "node_modules"), { recursive: true })
    writeFileSync(stamp, wanted())
    process.stderr.write(`Installed in ${seconds(started)}\n`)
    return true
  })
}
