/** Programs in processes of their own, which a test may kill. */
import { type ChildProcess, spawn } from "node:child_process"
import { createRequire } from "node:module"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as esbuild from "esbuild"
import * as Files from "./Files.js"

/** A binary stays where it is, and is found there whichever package it belongs to. */
const native: esbuild.Plugin = {
  name: "native",
  setup: (build) =>
    build.onResolve({ filter: /^@photostructure\/sqlite$/ }, ({ path, resolveDir }) => ({
      path: createRequire(join(resolveDir, "module.js")).resolve(path),
      external: true
    }))
}

/** Bundles a program from the sources, and answers its path. */
export const bundle = (program: URL) =>
  Effect.gen(function* () {
    const entry = fileURLToPath(program)
    const outfile = join(yield* Files.folder, basename(entry).replace(/\.ts$/, ".mjs"))
    yield* Effect.promise(() =>
      esbuild.build({
        entryPoints: [entry],
        outfile,
        bundle: true,
        platform: "node",
        format: "esm",
        // rule-exception(key): it is the condition of the exports that leads to the sources
        conditions: ["@effect-lro/source"],
        external: ["pg-native"],
        plugins: [native],
        banner: {
          js: `import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);`
        },
        logLevel: "error"
      })
    )
    return outfile
  })

/** A process that runs a program. */
export interface Running {
  readonly pid: number
  /** Everything that it has printed so far. */
  readonly output: () => string
  /** Every whole line of that. */
  readonly lines: () => ReadonlyArray<string>
  /** Waits until it has printed a line that begins so, or has ended. */
  readonly until: (line: string) => Effect.Effect<void>
  /** Waits until it has printed so many lines, or has ended. */
  readonly untilCount: (count: number) => Effect.Effect<void>
  /** Says something on its standard input. */
  readonly say: (line: string) => Effect.Effect<void>
  /** Ends its standard input. */
  readonly close: Effect.Effect<void>
  /** Its exit code, or the signal that ended it, once it has. */
  readonly ended: Effect.Effect<number | NodeJS.Signals>
  readonly kill: Effect.Effect<void>
}

const spawned = (command: string, args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  ).pipe(Effect.map(toRunning))

export const start = (path: string, ...args: ReadonlyArray<string>) => spawned(process.execPath, [path, ...args])

/** A process with variables of the environment besides those of this one. */
export const startWith = (
  options: { readonly variables: Readonly<Record<string, string>> },
  path: string,
  ...args: ReadonlyArray<string>
) => {
  const variables = Object.entries(options.variables).map(([name, value]) => `${name}=${value}`)
  return spawned("env", [...variables, process.execPath, path, ...args])
}

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
    pid: child.pid ?? 0,
    output: () => output,
    lines,
    until: (line) =>
      Effect.asVoid(
        when(() => (end !== undefined || lines().some((printed) => printed.startsWith(line)) ? true : undefined))
      ),
    untilCount: (count) => Effect.asVoid(when(() => (end !== undefined || lines().length >= count ? true : undefined))),
    close: Effect.sync(() => child.stdin?.end()),
    say: (line) => Effect.sync(() => child.stdin?.write(`${line}\n`)),
    ended: when(() => end),
    kill: Effect.sync(() => child.kill("SIGKILL"))
  }
}
