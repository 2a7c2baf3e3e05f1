import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { gzipSync } from "node:zlib"
// P10: what it weighs and how long it takes to start, beside Effect itself.
import * as esbuild from "esbuild"
import { ensureBundled, bundlePath } from "../../internal/bundle.mjs"
import { compile } from "../../internal/compiler.mjs"
import { root } from "../../internal/paths.mjs"
import { bundleFolder, settings as fromSources } from "../bundles.mjs"
import { median } from "../statistics.mjs"
import { fixed } from "../table.mjs"

// What a program has that cancels and confirms over REST; a bundler leaves out the rest of both packages.
const program = `
export { cancelAndConfirm } from "@effect-lro/core/Cancellation"
export { awaitDone } from "@effect-lro/core/Poller"
export { Operations } from "@effect-lro/core/Operations"
export { layer } from "@effect-lro/client/RestOperations"
export { bearer } from "@effect-lro/client/Credentials"
export { project } from "@effect-lro/rest/ServiceDescription"
`

const isEffect = /^(effect|@effect\/platform)(\/|$)/

// The packages as they are published: what the compiler made of them.
const published = {
  name: "published",
  setup: (build) => {
    build.onResolve({ filter: /^@effect-lro\// }, ({ path }) => {
      const [, name, ...module] = path.split("/")
      return { path: join(root, "packages", name, "dist", `${module.join("/")}.js`), sideEffects: false }
    })
  }
}

/** Modules that are no files. */
const written = (modules) => ({
  name: "written",
  setup: (build) => {
    const filter = new RegExp(`^(${Object.keys(modules).join("|")})$`)
    build.onResolve({ filter }, ({ path }) => ({ path, namespace: "written" }))
    build.onLoad({ filter: /.*/, namespace: "written" }, ({ path }) => ({ contents: modules[path], resolveDir: root }))
  }
})

const settings = { ...fromSources, banner: {}, conditions: [], minify: true, write: false }

/** The modules of Effect that it imports. */
const besideIt = async () => {
  const external = {
    name: "external",
    setup: (build) => build.onResolve({ filter: isEffect }, ({ path }) => ({ path, external: true }))
  }
  const { metafile } = await esbuild.build({
    ...settings,
    stdin: { contents: program, resolveDir: root },
    plugins: [external, published],
    metafile: true
  })
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports)
  return [...new Set(imported.map(({ path }) => path))].filter((path) => isEffect.test(path))
}

/**
 * The bytes that a bundle has for it beside those of Effect, which go into a chunk of their own here. The line that imports
 * them is not counted: in one bundle, it is not there.
 */
const weigh = async (modules) => {
  const effect = modules.map((path, index) => `export * as m${index} from "${path}"`).join("\n")
  const { outputFiles } = await esbuild.build({
    ...settings,
    plugins: [written({ ours: program, effect }), published],
    entryPoints: ["ours", "effect"],
    splitting: true,
    outdir: bundleFolder
  })
  const { text } = outputFiles.find(({ path }) => path.endsWith("ours.js"))
  const own = text.replace(/^import\{[^}]*\}from"[^"]*";/, "")
  if (own === text || /\bimport[{*]/.test(own)) throw new Error("Effect is not in one chunk beside it.")
  return gzipSync(own, { level: 9 }).length
}

const start = (file) => Number(execFileSync(process.execPath, [file], { encoding: "utf8" }))

/** Milliseconds of CPU that importing takes, over importing the modules of Effect that it imports. */
const importing = async (modules, rounds) => {
  const effect = modules.map((path, index) => `import * as m${index} from "${path}"`).join("\n")
  const keep = `globalThis.kept = [${modules.map((_, index) => `m${index}`).join(",")}]`
  const tell = `const cpu = process.cpuUsage(); console.log((cpu.user + cpu.system) / 1000)`
  const files = {}
  for (const [name, contents] of Object.entries({
    without: `${effect}\n${keep}\n${tell}`,
    with: `${effect}\nimport * as ours from "ours"\n${keep}; globalThis.ours = ours\n${tell}`
  })) {
    files[name] = join(bundleFolder, `import-${name}.mjs`)
    await esbuild.build({
      ...settings,
      banner: fromSources.banner,
      stdin: { contents, resolveDir: root },
      plugins: [written({ ours: program }), published],
      write: true,
      outfile: files[name]
    })
  }
  const differences = []
  for (let round = 0; round < rounds; round++) differences.push(start(files.with) - start(files.without))
  return median(differences)
}

const version = async (rounds) => {
  await ensureBundled()
  const times = []
  for (let round = 0; round < rounds; round++) {
    const started = performance.now()
    execFileSync(process.execPath, [bundlePath, "--version"])
    times.push(performance.now() - started)
  }
  return median(times)
}

export const measure = async ({ sizes }) => {
  const goal = "core + client ≤ 15 kB gzip beside Effect, import ≤ 15 ms CPU beside Effect; lro --version ≤ 0.3 s"
  try {
    const compiled = await compile()
    if (!compiled.ok) throw new Error(compiled.output)
    const modules = await besideIt()
    const bytes = await weigh(modules)
    const cpuMs = await importing(modules, sizes.starts)
    const ms = await version(sizes.starts)
    return {
      samples: { bytes, cpuMs, ms },
      goals: {
        P10: {
          goal,
          measured: `${fixed(bytes / 1000, 1)} kB, ${fixed(cpuMs, 1)} ms, lro --version ${fixed(ms / 1000)} s`,
          met: bytes <= 15_000 && cpuMs <= 15 && ms <= 300
        }
      }
    }
  } catch (error) {
    return { samples: {}, goals: { P10: { goal, measured: String(error.message).slice(0, 200), met: false } } }
  }
}
