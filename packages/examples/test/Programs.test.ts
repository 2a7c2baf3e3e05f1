import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as esbuild from "esbuild"

const sources = fileURLToPath(new URL("../src/", import.meta.url))

/**
 * What each of the programs prints. A line between slashes is a pattern; what looks like it may come again and again. Those
 * who run the programs from the packed packages read the same file.
 */
const programs = Schema.decodeUnknownSync(
  Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Array(Schema.String) }))
)(readFileSync(new URL("../expected.json", import.meta.url), "utf8"))

const isProgram = (file: string) => readFileSync(join(sources, file), "utf8").includes("NodeRuntime.runMain(")

interface Ended {
  readonly code: number | null
  readonly lines: ReadonlyArray<string>
  readonly errors: string
}

const run = (file: string) =>
  Effect.async<Ended>((resume) => {
    const child = spawn(process.execPath, [file], { env: { PATH: process.env["PATH"], NO_COLOR: "1" } })
    let output = ""
    let errors = ""
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()))
    child.on("close", (code) => resume(Effect.succeed({ code, lines: output.trimEnd().split("\n"), errors })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** What was printed, with the pattern in the place of the lines that it is for. */
const byPattern = (lines: ReadonlyArray<string>, expected: ReadonlyArray<string>) => {
  const patterns = expected.filter((it) => it.startsWith("/"))
  const form = (line: string) => patterns.find((it) => new RegExp(it.slice(1, -1)).test(line)) ?? line
  return lines.map(form).filter((it, index, all) => !patterns.includes(it) || it !== all[index - 1])
}

describe("the programs of the examples", () => {
  let folder = ""

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "effect-lro-examples-"))
    await esbuild.build({
      entryPoints: Object.keys(programs).map((name) => join(sources, `${name}.ts`)),
      outdir: folder,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      platform: "node",
      format: "esm",
      conditions: ["@effect-lro/source"],
      banner: { js: `import{createRequire}from"node:module";const require=createRequire(import.meta.url);` },
      logLevel: "error"
    })
  }, 60_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("are all known here", () => {
    assert.deepStrictEqual(
      readdirSync(sources)
        .filter(isProgram)
        .map((file) => file.replace(/\.ts$/, "")),
      Object.keys(programs)
    )
  })

  it("are all told of in the README", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
    for (const name of Object.keys(programs)) assert.match(readme, new RegExp(`^\\| \`${name}\``, "m"))
  })

  for (const [name, expected] of Object.entries(programs)) {
    it.live(
      `${name} prints what it should and ends`,
      () =>
        Effect.gen(function* () {
          const { code, errors, lines } = yield* run(join(folder, `${name}.mjs`))
          assert.deepStrictEqual(
            { code, errors, lines: byPattern(lines, expected) },
            { code: 0, errors: "", lines: expected }
          )
        }),
      60_000
    )
  }
})
