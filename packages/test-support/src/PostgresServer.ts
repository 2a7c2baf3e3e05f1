/** A Postgres server for one test alone, which may be stopped, as a crash would, and started. */
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Processes from "./Processes.js"

const program = fileURLToPath(new URL("../../../scripts/internal/postgres.mjs", import.meta.url))

const decodeFirstLine = Schema.decodeUnknown(Schema.parseJson(Schema.Struct({ url: Schema.String })))

export const start = Effect.gen(function* () {
  const process = yield* Effect.acquireRelease(Processes.start(program), (process) =>
    // It stops its server and removes its files before it ends.
    Effect.zipRight(process.close, process.ended)
  )
  yield* process.until("{")
  const { url } = yield* decodeFirstLine(process.lines()[0])
  let answers = 1
  const command = (word: "stop" | "start") =>
    Effect.gen(function* () {
      yield* process.say(word)
      answers += 1
      yield* process.untilCount(answers)
    })
  return { url: Redacted.make(url), stop: command("stop"), start: command("start") }
})
