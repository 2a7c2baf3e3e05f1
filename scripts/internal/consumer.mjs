// An application outside of the workspace that has only what users have: the tarballs, and the registry.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { publicModules } from "./barrels.mjs"
import { publishedPackages, readJson, root } from "./paths.mjs"
import { run, runNode } from "./process.mjs"

/**
 * What the README promises. Before it there is no `NoInfer`; before 5.7 some of Effect's own declarations are not understood,
 * which `skipLibCheck` passes over.
 */
export const oldestTypeScript = "5.4.5"

const newestTypeScript = "5.9.3"

const problem = (message, file = "packages/examples") => ({ file, message })

/** Without the registry there is nothing to install from, which says nothing about the packages. */
export const isOffline = (output) =>
  /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTCACHED|ERR_PNPM_NO_OFFLINE|ERR_PNPM_META_FETCH_FAIL/.test(
    output
  )

const tarballs = (packed) =>
  Object.fromEntries(
    publishedPackages().map(({ manifest }) => [
      manifest.name,
      `file:${join(packed, `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`)}`
    ])
  )

const peers = () => {
  const found = {}
  for (const { manifest } of publishedPackages()) {
    // The versions of the lockfile, so that what is installed here is what was tested.
    for (const name of Object.keys(manifest.peerDependencies ?? {})) {
      found[name] = readJson(
        join(root, "packages", manifest.name.split("/")[1], "node_modules", name, "package.json")
      ).version
    }
  }
  return found
}

/** Writes the application: a manifest, and the examples as its sources. */
const create = (packed) => {
  const folder = mkdtempSync(join(tmpdir(), "effect-lro-consumer-"))
  const ours = tarballs(packed)
  const manifest = {
    name: "consumer",
    private: true,
    type: "module",
    dependencies: { ...peers(), ...ours },
    devDependencies: {
      "@types/node": readJson(join(root, "node_modules/@types/node/package.json")).version,
      typescript: newestTypeScript,
      "typescript-oldest": `npm:typescript@${oldestTypeScript}`
    },
    pnpm: { overrides: ours }
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, undefined, 2))
  mkdirSync(join(folder, "src"))
  const examples = join(root, "packages/examples/src")
  for (const file of readdirSync(examples)) cpSync(join(examples, file), join(folder, "src", file))
  return folder
}

const installers = {
  npm: (folder) =>
    run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder }),
  pnpm: (folder) =>
    run(
      "npx",
      ["-y", readJson(join(root, "package.json")).packageManager, "install", "--prefer-offline", "--ignore-scripts"],
      { cwd: folder, env: { CI: "true" } }
    )
}

/** Two copies of Effect, or of ours, are two worlds: tags and schemas of one are unknown to the other. */
const copies = async (folder) => {
  const { stdout } = await run("npm", ["ls", "--all", "--parseable", "effect", "@effect-lro/core"], { cwd: folder })
  const paths = stdout.split("\n").filter((_) => /node_modules\/(effect|@effect-lro\/core)$/.test(_))
  return paths.length === 2 ? [] : [problem(`there are several copies of Effect or core: ${paths.join(", ")}`)]
}

const settings = (module, moduleResolution, more) => ({
  compilerOptions: {
    target: "ES2022",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    module,
    moduleResolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    types: ["node"],
    outDir: "dist",
    ...more
  },
  include: ["src"]
})

/** Errors in the declarations of Effect itself, which a compiler this old does not understand, are not ours. */
export const isForeign = (line) => /^[^(]*\bnode_modules\/(effect|@effect\/[^/]+)\/[^(]*\(/.test(line)

const typeCheck = async (folder, compiler, title, config) => {
  const file = join(folder, `tsconfig.${title.replace(/\W+/g, "-")}.json`)
  writeFileSync(file, JSON.stringify(config))
  const { output, ok } = await runNode(
    join(folder, "node_modules", compiler, "bin/tsc"),
    ["-p", file, "--pretty", "false"],
    {
      cwd: folder
    }
  )
  const errors = output.split("\n").filter((line) => /error TS\d+/.test(line) && !isForeign(line))
  if (!ok && errors.length === 0 && !output.split("\n").some(isForeign)) errors.push(output.trim())
  return errors.map((line) => problem(`${title}: ${line}`))
}

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`

/** How much of a package is left of a program that uses nothing, one function, or all of it; without Effect itself. */
export const treeShaking = async (folder) => {
  const esbuild = await import("esbuild")
  const size = async (contents) => {
    const { outputFiles } = await esbuild.build({
      stdin: { contents, resolveDir: folder, loader: "js" },
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      platform: "node",
      external: [
        "effect",
        "effect/*",
        "@effect/platform",
        "@effect/platform/*",
        "@effect/platform-node",
        "@effect/*",
        "node:*",
        "undici",
        "google-auth-library",
        "@photostructure/*"
      ],
      logLevel: "silent"
    })
    return { plain: outputFiles[0].contents.length, gzip: gzipSync(outputFiles[0].contents).length }
  }
  const problems = []
  const notes = []
  for (const { folder: name, manifest, path } of publishedPackages()) {
    if (manifest.exports?.["."] === undefined) continue
    const modules = publicModules(join(path, "src"))
    const whole = await size(
      modules
        .map((module, index) => `import * as m${index} from "${manifest.name}/${module}"; console.log(m${index})`)
        .join("\n")
    )
    const none = await size(modules.map((module) => `import {} from "${manifest.name}/${module}"`).join("\n"))
    notes.push(`${name.padEnd(13)} whole ${kib(whole.plain).padStart(9)}, ${kib(whole.gzip).padStart(9)} gzipped`)
    if (none.plain > 0)
      problems.push(problem(`${kib(none.plain)} are left of a program that uses nothing of it`, `packages/${name}`))
  }
  const cancel = await size(
    `import * as Cancellation from "@effect-lro/core/Cancellation"; export const program = Cancellation.cancelAndConfirm`
  )
  const core = await size(`import * as all from "@effect-lro/core"; console.log(all)`)
  notes.push(`cancelAndConfirm alone ${kib(cancel.plain)}, ${kib(cancel.gzip)} gzipped`)
  if (cancel.plain > 0.7 * core.plain) problems.push(problem("one function takes most of core along", "packages/core"))
  return { problems, notes }
}

/** Whether the lines are those that are expected, of which those between slashes are patterns that may repeat. */
export const isExpected = (lines, expected) => {
  const patterns = expected.filter((_) => _.startsWith("/"))
  const form = (line) => patterns.find((_) => new RegExp(_.slice(1, -1)).test(line)) ?? line
  const forms = lines.map(form).filter((it, index, all) => !patterns.includes(it) || it !== all[index - 1])
  return JSON.stringify(forms) === JSON.stringify(expected)
}

const runExamples = async (folder) => {
  const problems = []
  const expected = readJson(join(root, "packages/examples/expected.json"))
  const waiting = Object.entries(expected)
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, lines] = next
      const { ok, output, stdout } = await runNode(join(folder, "dist", `${name}.js`), [], {
        cwd: folder,
        env: { NO_COLOR: "1" }
      })
      if (!ok || !isExpected(stdout.trimEnd().split("\n"), lines))
        problems.push(problem(`${name} printed: ${output.trim()}`))
    }
  }
  await Promise.all([worker(), worker()])
  return { problems, count: Object.keys(expected).length }
}

/**
 * Installs the tarballs into a bare application with each of the managers, compiles the examples in it and runs them. Answers
 * what is wrong, and what there is to tell.
 */
export const consume = async (packed, managers) => {
  const problems = []
  const notes = []
  for (const manager of managers) {
    const folder = create(packed)
    try {
      const installed = await installers[manager](folder)
      if (!installed.ok && isOffline(installed.output)) {
        notes.push(`${manager}: skipped, since the registry cannot be reached`)
        continue
      }
      if (!installed.ok) {
        problems.push(problem(`${manager} install failed\n${installed.output.trim()}`))
        continue
      }
      if (manager === "npm") problems.push(...(await copies(folder)))
      problems.push(
        ...(await typeCheck(
          folder,
          "typescript-oldest",
          `TypeScript ${oldestTypeScript}, node16`,
          settings("Node16", "Node16")
        )),
        ...(await typeCheck(
          folder,
          "typescript",
          `TypeScript ${newestTypeScript}, bundler`,
          settings("ESNext", "Bundler", { noEmit: true })
        ))
      )
      const { count, problems: failed } = await runExamples(folder)
      problems.push(...failed)
      notes.push(`${manager}: ${count} examples compiled and run in an application outside of the workspace`)
      if (manager === "npm") {
        const shaken = await treeShaking(folder)
        problems.push(...shaken.problems)
        notes.push(...shaken.notes)
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return { problems, notes }
}

/** The tarballs that were packed last. */
export const packedFolder = (workspace = root) => join(workspace, "build", "packed")
