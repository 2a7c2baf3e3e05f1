import { type ChildProcess, spawn } from "node:child_process"
import { openSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"

const program = fileURLToPath(new URL("../../dist/bin.js", import.meta.url))

/** A token that must not be seen anywhere. */
export const canary = "ya29.CANARY-5f1d3e"

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly child: ChildProcess
  readonly pid: number
  /** What it has written to standard output so far. */
  readonly written: () => string
  /** Waits until standard output matches. */
  readonly until: (pattern: RegExp, stream?: "stdout" | "stderr") => Effect.Effect<string>
  readonly ended: Effect.Effect<Ended>
  readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
}

interface Options {
  /** A file that standard output goes to, in the place of the pipe. */
  readonly stdout?: string
  readonly env?: Readonly<Record<string, string>>
}

const start = (args: ReadonlyArray<string>, options: Options = {}): Started => {
  const { FORCE_COLOR: _, NO_COLOR: __, ...inherited } = process.env
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ["ignore", options.stdout === undefined ? "pipe" : openSync(options.stdout, "w"), "pipe"],
    env: { ...inherited, LRO_TOKEN: canary, LRO_ENDPOINT: "", LRO_PROJECT: "", ...options.env }
  })
  const text = { stdout: "", stderr: "" }
  const listeners = new Set<() => void>()
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk
      for (const listener of listeners) listener()
    })
  }
  const exited = Deferred.unsafeMake<Ended>(FiberId.none)
  child.once("close", (code, signal) => {
    Deferred.unsafeDone(exited, Effect.succeed({ code, signal, ...text }))
    for (const listener of listeners) listener()
  })
  return {
    child,
    pid: child.pid ?? -1,
    written: () => text.stdout,
    until: (pattern, stream = "stdout") =>
      Effect.async<string>((resume) => {
        const check = () => {
          const match = pattern.exec(text[stream])
          if (match !== null) resume(Effect.succeed(match[0]))
          else if (child.exitCode !== null) resume(Effect.dieMessage(`it ended: ${JSON.stringify(text)}`))
        }
        listeners.add(check)
        check()
        return Effect.sync(() => listeners.delete(check))
      }),
    ended: Deferred.await(exited),
    kill: (signal) => Effect.sync(() => void child.kill(signal))
  }
}

/** Starts the command as a process of its own, which the end of the scope kills. */
export const started = (args: ReadonlyArray<string>, options?: Options): Effect.Effect<Started, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => start(args, options)),
    ({ child }) => Effect.sync(() => void child.kill("SIGKILL"))
  )

/** Runs the command to its end. */
export const lro = (args: ReadonlyArray<string>, options?: Options): Effect.Effect<Ended> =>
  Effect.scoped(Effect.flatMap(started(args, options), (_) => _.ended))
