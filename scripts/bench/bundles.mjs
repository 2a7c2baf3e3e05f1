import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
// Our side runs as it is shipped: bundled from the sources, since Node 20 loads no TypeScript.
import * as esbuild from "esbuild"
import { root } from "../internal/paths.mjs"

const folder = fileURLToPath(new URL("contestants", import.meta.url))
export const bundleFolder = join(root, "build/bench/bundles")

const entries = { undici: "undici", single: "effect/single", bulk: "effect/bulk", idiomatic: "effect/idiomatic" }

// Scripts belong to no package, so what packages depend on has to be shown to them.
const nodePaths = ["client-node", "server-node", "host-sql"].map((it) => join(root, "packages", it, "node_modules"))

// Another copy of the packages can be measured in place of these: BENCH_SOURCES names the folder with its `packages`.
const sources = process.env.BENCH_SOURCES ?? root

const ours = {
  name: "ours",
  setup: (build) => {
    build.onResolve({ filter: /^@effect-lro\// }, ({ path }) => {
      const [, name, ...module] = path.split("/")
      return { path: join(sources, "packages", name, "src", `${module.join("/")}.ts`) }
    })
  }
}

export const settings = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  conditions: ["@effect-lro/source"],
  nodePaths,
  plugins: [ours],
  banner: { js: `import{createRequire as __require0}from"node:module";const require=__require0(import.meta.url);` },
  logLevel: "error"
}

// It has a binary beside it, so it stays where it is.
const driver = {
  name: "driver",
  setup: (build) => {
    const path = createRequire(join(root, "packages/host-sql/package.json")).resolve("@photostructure/sqlite")
    build.onResolve({ filter: /^@photostructure\/sqlite$/ }, () => ({ path, external: true }))
  }
}

export const bundleServer = () =>
  esbuild.build({
    ...settings,
    plugins: [ours, driver],
    // What pg would like to have, and does without.
    external: ["pg-native", "node:sqlite"],
    entryPoints: { ours: fileURLToPath(new URL("served/ours.mjs", import.meta.url)) },
    outdir: bundleFolder,
    outExtension: { ".js": ".mjs" }
  })

export const bundle = () =>
  esbuild.build({
    ...settings,
    entryPoints: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(folder, `${file}.mjs`)])),
    outdir: bundleFolder,
    outExtension: { ".js": ".mjs" }
  })
