/**
 * Ties an export to the program that wants it: when the program is interrupted, here by a limit of time, the export is
 * stopped before the program ends. Ctrl-C does the same.
 */
import * as Operations from "@effect-lro/core/Operations"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as LocalEarthEngine from "./LocalEarthEngine.js"

const exported = Operations.scoped(LocalEarthEngine.exported("a map of the world"), {
  onInterrupt: "cancelAndConfirm",
  stop: { timeout: "1 minute" },
  onStopped: (_, exit) => Console.log(Exit.isSuccess(exit) ? "the export is over" : "the export may go on")
})

const program = exported.pipe(
  Effect.timeout("300 millis"),
  Effect.matchEffect({
    onFailure: (error) => Console.log(`no map: ${error._tag}`),
    onSuccess: (done) => Console.log(`a map: ${done._tag}`)
  }),
  Effect.provide(LocalEarthEngine.layer({ exportDuration: "1 hour", cancelLatency: "100 millis" }))
)

NodeRuntime.runMain(program)
