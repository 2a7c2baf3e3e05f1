import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer, type AddressInfo } from "node:net"
import * as Processes from "@effect-lro/test-support/Processes"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Calls from "./Calls.js"
import type * as Works from "./Works.js"

/** The program, bundled from the sources. */
export const program = Processes.bundle(new URL("Program.ts", import.meta.url))

/** A call was refused (`tag` is the error's), or never answered (`Gone`). */
export class CallFailed extends Data.TaggedError("CallFailed")<{ readonly tag: string }> {}

/** Work that goes on for so long; it succeeds, can be interrupted and runs again, unless it is said otherwise. */
export interface Start extends Partial<Works.Payload> {
  readonly requestId: string
  readonly millis: number
  readonly work?: typeof Works.Name.Type
}

/** A process of the cluster. */
export interface Member {
  readonly pid: number
  /** The name of the operation, once it is acknowledged. */
  readonly start: (start: Start) => Effect.Effect<string, CallFailed>
  /** The tag of what is read. */
  readonly get: (name: string) => Effect.Effect<string, CallFailed>
  readonly cancel: (name: string) => Effect.Effect<void, CallFailed>
  /** SIGKILL; the time at which it was certainly dead. */
  readonly kill: Effect.Effect<number>
  /** SIGTERM; the exit code. */
  readonly terminate: Effect.Effect<number | null>
}

const freePort = Effect.promise(async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
})

/** Starts a process, and waits until it belongs to the cluster. */
export const start = (program: string, settings: Omit<Calls.Settings, "port">) =>
  Effect.gen(function* () {
    const port = yield* freePort
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, [program, JSON.stringify({ ...settings, port })], {
          stdio: ["ignore", "inherit", "inherit", "ipc"]
        })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    return yield* talk(child)
  })

const decodeReply = Schema.decodeUnknownEither(Calls.Reply)

const talk = (child: ChildProcess): Effect.Effect<Member> =>
  Effect.async((resume) => {
    let calls = 0
    let exitCode: number | null = null
    const pending = new Map<number, (result: Effect.Effect<string, CallFailed>) => void>()
    const gone = Effect.fail(new CallFailed({ tag: "Gone" }))
    const exited = once(child, "exit")
    child.once("exit", (code) => {
      exitCode = code
      for (const answer of pending.values()) answer(gone)
      pending.clear()
      resume(Effect.dieMessage("the process ended before it belonged to the cluster"))
    })
    const call = (call: Calls.Call): Effect.Effect<string, CallFailed> =>
      Effect.async((answer) => {
        if (!child.connected) return answer(gone)
        const id = ++calls
        pending.set(id, answer)
        child.send({ id, call }, (error) => {
          if (error !== null && pending.delete(id)) answer(gone)
        })
      })
    const end = (signal: NodeJS.Signals) =>
      Effect.promise(() => {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal)
        return exited
      })
    const member: Member = {
      pid: child.pid ?? 0,
      start: ({ requestId, work = "Again", ...payload }) =>
        call({ _tag: "Start", work, payload: { ends: "Succeeded", isStubborn: false, ...payload }, requestId }),
      get: (name) => call({ _tag: "Get", name }),
      cancel: (name) => call({ _tag: "Cancel", name }),
      kill: Effect.map(end("SIGKILL"), () => Date.now()),
      terminate: Effect.map(end("SIGTERM"), () => exitCode)
    }
    child.on("message", (message) => {
      if (message === "ready") return resume(Effect.succeed(member))
      const reply = decodeReply(message)
      if (Either.isLeft(reply)) return
      const { error, id, value } = reply.right
      const answer = pending.get(id)
      pending.delete(id)
      answer?.(error === undefined ? Effect.succeed(value ?? "") : Effect.fail(new CallFailed({ tag: error })))
    })
  })
