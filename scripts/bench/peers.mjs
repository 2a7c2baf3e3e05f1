// What others offer for the same job, at pinned versions, in a folder that is no part of the workspace.
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const peersFolder = fileURLToPath(new URL("../../build/bench/peers", import.meta.url))

export const peerVersions = {
  "@azure/core-lro": "3.3.1",
  "@azure/core-rest-pipeline": "1.22.0",
  "@google/earthengine": "1.7.45",
  "google-gax": "5.0.8"
}

const isInstalled = () =>
  Object.entries(peerVersions).every(([name, version]) => {
    const manifest = join(peersFolder, "node_modules", name, "package.json")
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === version
  })

/** Installs the peers unless they are there. Fails where no registry answers. */
export const ensurePeers = () => {
  if (isInstalled()) return
  mkdirSync(peersFolder, { recursive: true })
  writeFileSync(join(peersFolder, "package.json"), JSON.stringify({ private: true, dependencies: peerVersions }))
  process.stderr.write("Installing the peers …\n")
  execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], {
    cwd: peersFolder,
    stdio: ["ignore", "ignore", "inherit"]
  })
}
