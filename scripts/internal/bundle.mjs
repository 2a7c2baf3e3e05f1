import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { withLock } from "./lock.mjs"
import { notices } from "./notices.mjs"
import { filesBelow, isTypeScript, packagesOf, root } from "./paths.mjs"
import { Problem, seconds } from "./process.mjs"

const entry = join(root, "packages/cli/src/bin.ts")
export const bundlePath = join(root, "packages/cli/dist/bin.js")
const stamp = join(root, "build/bundle.stamp")

/** Names the state of everything the bundle is made of, so that a deleted file is noticed as a newer one is. */
const fingerprint = () => {
  const hash = createHash("sha256").update(process.version)
  const files = packagesOf().flatMap((_) => [
    join(_.path, "package.json"),
    ...filesBelow(join(_.path, "src"), isTypeScript)
  ])
  for (const file of [...files, join(root, "pnpm-lock.yaml"), join(root, "scripts/internal/bundle.mjs")]) {
    const { mtimeMs, size } = statSync(file)
    hash.update(`${relative(root, file)} ${mtimeMs} ${size}\n`)
  }
  return hash.digest("hex")
}

const isCurrent = (state) => existsSync(bundlePath) && existsSync(stamp) && readFileSync(stamp, "utf8") === state

// Bundled CommonJS asks for `require`; the odd name cannot meet one that the minifier makes.
const banner = `import{createRequire as __createRequire0}from"node:module";const require=__createRequire0(import.meta.url);`

const bundle = async () => {
  const esbuild = await import("esbuild")
  // Somebody may be starting the old bundle: the new one takes its place in one step.
  const unfinished = join(root, `build/bundle-${process.pid}.js`)
  try {
    const { metafile } = await esbuild.build({
      entryPoints: [entry],
      outfile: unfinished,
      bundle: true,
      minify: true,
      platform: "node",
      target: "node20",
      format: "esm",
      conditions: ["@effect-lro/source"],
      // Its binaries are files of its own.
      external: ["@photostructure/sqlite"],
      banner: { js: banner },
      legalComments: "none",
      metafile: true,
      absWorkingDir: root,
      logLevel: "silent"
    })
    // Whoever gets the bundle gets the licences of what is in it.
    mkdirSync(dirname(bundlePath), { recursive: true })
    renameSync(unfinished, bundlePath)
    writeFileSync(join(dirname(bundlePath), "THIRD-PARTY-NOTICES.txt"), notices(Object.keys(metafile.inputs)))
  } catch (error) {
    const messages = await esbuild.formatMessages(error.errors ?? [], { kind: "error", color: false })
    throw new Problem(`The command line program could not be bundled.\n${messages.join("") || error.message}`)
  }
}

/** Makes `packages/cli/dist/bin.js`, one file with all it needs, unless it is newer than every source. */
export const ensureBundled = async () => {
  if (isCurrent(fingerprint())) return false
  return withLock("bundle", async () => {
    const state = fingerprint()
    if (isCurrent(state)) return false
    if (!existsSync(entry)) throw new Problem(`${relative(root, entry)} does not exist: there is no program to bundle.`)
    const started = performance.now()
    process.stderr.write("Bundling the lro command …\n")
    await bundle()
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, state)
    process.stderr.write(`Bundled in ${seconds(started)}\n`)
    return true
  })
}
