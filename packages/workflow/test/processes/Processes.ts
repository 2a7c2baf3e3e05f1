import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as esbuild from "esbuild"

/** A binary stays where it is, and is found there whichever package it belongs to. */
const native: esbuild.Plugin = {
  name: "native",
  setup: (build) =>
    build.onResolve({ filter: /^@photostructure\/sqlite$/ }, ({ path, resolveDir }) => ({
      path: createRequire(join(resolveDir, "module.js")).resolve(path),
      external: true
    }))
}

/** A folder that is removed with the scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-lro-workflow-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** Bundles the worker from the sources, and answers its path. */
export const worker = Effect.flatMap(folder, (folder) =>
  Effect.promise(async () => {
    const outfile = join(folder, "worker.mjs")
    await esbuild.build({
      entryPoints: [fileURLToPath(new URL("Worker.ts", import.meta.url))],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["@effect-lro/source"],
      external: ["pg-native"],
      plugins: [native],
      banner: {
        js: `import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);`
      },
      logLevel: "error"
    })
    return outfile
  })
)

/** A process that runs a program. */
export interface Running {
  readonly pid: string
  /** Every whole line that it has printed so far. */
  readonly lines: () => ReadonlyArray<string>
  /** Waits until it has printed a line that begins so, or has ended. */
  readonly until: (line: string) => Effect.Effect<void>
  /** Says something on its standard input. */
  readonly say: (line: string) => Effect.Effect<void>
  /** Its exit code, or the signal that ended it, once it has. */
  readonly ended: Effect.Effect<number | NodeJS.Signals>
  readonly kill: Effect.Effect<void>
}

export const start = (path: string, ...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, [path, ...args], { stdio: ["pipe", "pipe", "inherit"] })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  ).pipe(Effect.map(toRunning))

const toRunning = (child: ChildProcess): Running => {
  let output = ""
  let end: number | NodeJS.Signals | undefined
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const lines = () => output.split("\n").slice(0, -1)
  // A process that was killed takes no more lines, which is what the tests of kills do to it.
  child.stdin?.on("error", () => undefined)
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString()
    changed()
  })
  child.on("close", (code, signal) => {
    end = signal ?? code ?? -1
    changed()
  })
  const when = <A>(condition: () => A | undefined) =>
    Effect.async<A>((resume) => {
      const check = () => {
        const answer = condition()
        if (answer !== undefined) resume(Effect.succeed(answer))
      }
      listeners.add(check)
      check()
      return Effect.sync(() => listeners.delete(check))
    })
  return {
    pid: String(child.pid),
    lines,
    until: (line) =>
      Effect.asVoid(
        when(() => (end !== undefined || lines().some((printed) => printed.startsWith(line)) ? true : undefined))
      ),
    say: (line) => Effect.sync(() => child.stdin?.write(`${line}\n`)),
    ended: when(() => end),
    kill: Effect.sync(() => child.kill("SIGKILL"))
  }
}
