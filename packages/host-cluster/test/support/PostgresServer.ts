import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const program = fileURLToPath(new URL("../../../../scripts/internal/postgres.mjs", import.meta.url))

/** A Postgres server for one test alone, which may be stopped, as a crash would, and started. */
export const start = Effect.gen(function* () {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] })),
    // It stops its server and removes its files before it ends.
    (child) => Effect.promise(() => once(child.stdin.end() && child, "exit"))
  )
  const lines = createInterface({ input: child.stdout })
  const [first] = yield* Effect.promise(() => once(lines, "line"))
  const { url } = JSON.parse(String(first))
  const say = (word: "stop" | "start") =>
    Effect.promise(() => {
      child.stdin.write(`${word}\n`)
      return once(lines, "line")
    })
  return { url: Redacted.make(String(url)), stop: say("stop"), start: say("start") }
})
