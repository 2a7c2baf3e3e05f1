import * as Processes from "@effect-lro/test-support/Processes"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Loopback from "./fixtures/Loopback.js"

/** Everything that the program prints until its own end: nobody stops it. */
const run = (program: string, ...args: ReadonlyArray<string>) =>
  Effect.scoped(Effect.flatMap(Processes.start(program, ...args), ({ ended, output }) => Effect.map(ended, output)))

describe("a process with a NodeTransport", () => {
  it.scopedLive(
    "ends when its program does, whatever was interrupted or is still idle",
    () =>
      Effect.gen(function* () {
        const server = yield* Loopback.make((request, response) => {
          if (request.url !== "/hang") response.end("ok")
        })
        const program = yield* Processes.bundle(new URL("fixtures/Program.ts", import.meta.url))
        assert.strictEqual(yield* run(program, "interrupted", server.url), "interrupted, closed\n")
        assert.strictEqual(yield* run(program, "idle", server.url), "ok, not closed\n")
        // The address is one that nobody answers from (RFC 5737), or that there is no way to.
        assert.strictEqual(yield* run(program, "connecting", "http://192.0.2.1"), "interrupted, not closed\n")
        yield* server.disconnected
      }),
    60_000
  )
})
