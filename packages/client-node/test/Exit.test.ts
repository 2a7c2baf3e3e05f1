import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as esbuild from "esbuild"
import * as Loopback from "./fixtures/Loopback.js"

const program = fileURLToPath(new URL("fixtures/Program.ts", import.meta.url))

const bundled = Effect.acquireRelease(
  Effect.promise(async () => {
    const folder = mkdtempSync(join(tmpdir(), "client-node-"))
    await esbuild.build({
      entryPoints: [program],
      outfile: join(folder, "program.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["@effect-lro/source"],
      banner: { js: `import{createRequire}from"node:module";const require=createRequire(import.meta.url);` },
      logLevel: "error"
    })
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

/** Runs the program to its own end: nobody stops it. */
const run = (folder: string, ...args: ReadonlyArray<string>) =>
  Effect.async<string>((resume) => {
    const child = spawn(process.execPath, [join(folder, "program.mjs"), ...args], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    let output = ""
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
    child.on("close", () => resume(Effect.succeed(output)))
    return Effect.sync(() => child.kill())
  })

describe("a process with a NodeTransport", () => {
  it.scopedLive(
    "ends when its program does, whatever was interrupted or is still idle",
    () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((request, response) => {
          if (request.url !== "/hang") response.end("ok")
        })
        const folder = yield* bundled
        assert.strictEqual(yield* run(folder, "interrupted", server.url), "interrupted, closed\n")
        assert.strictEqual(yield* run(folder, "idle", server.url), "ok, not closed\n")
        // The address is one that nobody answers from (RFC 5737), or that there is no way to.
        assert.strictEqual(yield* run(folder, "connecting", "http://192.0.2.1"), "interrupted, not closed\n")
        yield* server.disconnected
      }),
    60_000
  )
})
