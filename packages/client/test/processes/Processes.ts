import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as esbuild from "esbuild"

const program = fileURLToPath(new URL("Program.ts", import.meta.url))

/** A folder with the program in it, bundled from the sources. */
export const folder = Effect.acquireRelease(
  Effect.promise(async () => {
    const folder = mkdtempSync(join(tmpdir(), "effect-lro-client-"))
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

/** A process that runs the program. */
export interface Running {
  /** Waits until it has printed a line that begins so. */
  readonly until: (line: string) => Effect.Effect<void>
  /** All that it printed, once it has ended, by itself or not. */
  readonly ended: Effect.Effect<string>
  readonly kill: Effect.Effect<void>
}

export const start = (folder: string, ...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [join(folder, "program.mjs"), ...args], { stdio: ["ignore", "pipe", "inherit"] })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  ).pipe(Effect.map(toRunning))

const toRunning = (child: ChildProcess): Running => {
  let output = ""
  let closed = false
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString()
    changed()
  })
  child.on("close", () => {
    closed = true
    changed()
  })
  const when = (condition: () => boolean) =>
    Effect.async<void>((resume) => {
      const check = () => {
        if (condition()) resume(Effect.void)
      }
      listeners.add(check)
      check()
      return Effect.sync(() => listeners.delete(check))
    })
  return {
    until: (line) => when(() => closed || output.split("\n").some((printed) => printed.startsWith(line))),
    ended: Effect.map(
      when(() => closed),
      () => output
    ),
    kill: Effect.sync(() => child.kill("SIGKILL"))
  }
}
