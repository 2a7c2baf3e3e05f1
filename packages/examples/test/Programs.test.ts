import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as esbuild from "esbuild"

const sources = fileURLToPath(new URL("../src/", import.meta.url))

/** What each of the programs prints; a line is a text, or what it looks like where it is not always the same. */
const programs: Readonly<Record<string, ReadonlyArray<string | RegExp>>> = {
  AnotherApi: [
    "https://us-central1-aiplatform.googleapis.com/v1/projects/demo/locations/us-central1/models/42/operations/7",
    "the model is projects/demo/locations/us-central1/models/42",
    "https://spanner.googleapis.com/v1/projects/demo/instances/main/databases/orders/operations/_auto_op_1",
    "restored: 100 %"
  ],
  BulkCancel: ["5 asked to stop, 5 are over: { Cancelled: 5 }", "by hand: Running"],
  CancelAndConfirm: ["it stopped"],
  CustomAuthentication: ["a stranger: Unauthorized", "server: it is ada", "server: it is ada", "ada: Cancelled"],
  CustomStore: ["the first host: Succeeded", "another host, later: Succeeded"],
  CustomTransport: ["across the port: Cancelled"],
  OwnSchedule: ["Succeeded, after few looks"],
  ScopedExport: ["the export is over", "no map: TimeoutException"],
  ServeAnEffect: ["client: Succeeded", "server: cleaned up", "client: Cancelled"],
  TypedOperation: [/^so far \d+ rows$/, "1000 rows, 0 skipped"],
  WaitWithProgress: [/^\d+ %$/, "done: Succeeded"],
  WrappedHttpClient: [
    "POST /v1/projects/demo/image:export mapping",
    "POST /v1/projects/demo/operations/ID:wait mapping",
    "Succeeded after 2 requests"
  ]
}

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

/** Leaves out what repeats a line's form, such as the many of a progress. */
const withoutRepetition = (lines: ReadonlyArray<string>, expected: ReadonlyArray<string | RegExp>) => {
  const form = (line: string) => String(expected.find((it) => it instanceof RegExp && it.test(line)) ?? line)
  return lines.map(form).filter((it, index, all) => !it.startsWith("/") || it !== all[index - 1])
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

  for (const [name, expected] of Object.entries(programs)) {
    it.live(
      `${name} prints what it should and ends`,
      () =>
        Effect.gen(function* () {
          const { code, errors, lines } = yield* run(join(folder, `${name}.mjs`))
          assert.deepStrictEqual(
            { code, errors, lines: withoutRepetition(lines, expected) },
            { code: 0, errors: "", lines: expected.map(String) }
          )
        }),
      60_000
    )
  }
})
