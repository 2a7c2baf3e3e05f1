/**
 * Asks an export to stop, and finds out whether it did.
 */
import * as Cancellation from "@effect-lro/core/Cancellation"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as LocalEarthEngine from "./LocalEarthEngine.js"

const program = Effect.gen(function* () {
  const { name } = yield* LocalEarthEngine.exported("a map that nobody needs any more")
  const outcome = yield* Cancellation.cancelAndConfirm(name, { timeout: "5 minutes" })
  switch (outcome._tag) {
    case "Cancelled":
      return "it stopped"
    case "CompletedAnyway":
      return "it was faster, and is complete"
    case "FailedAnyway":
      return `it failed of something else: ${outcome.operation.error.message}`
  }
}).pipe(
  // Each refusal has a tag; the service said no more than it.
  Effect.catchTags({
    Unimplemented: () => Effect.succeed("this service cannot cancel"),
    StillRunning: ({ message }) => Effect.succeed(message),
    Vanished: ({ message }) => Effect.succeed(message)
  }),
  Effect.flatMap(Console.log),
  Effect.provide(LocalEarthEngine.layer({ exportDuration: "1 hour", cancelLatency: "100 millis" }))
)

NodeRuntime.runMain(program)
