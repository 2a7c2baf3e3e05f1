/**
 * Cancels all exports of one kind, finds out how each of them ended, and leaves the others alone.
 */
import * as Bulk from "@effect-lro/core/Bulk"
import * as Operations from "@effect-lro/core/Operations"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as LocalEarthEngine from "./LocalEarthEngine.js"

/**
 * What still runs, of those that the service's filter (AIP-160) finds. Not every service has one; where there is none, a
 * `Stream.filter` over `Operations.list` finds the same in more pages.
 */
const nightly = Bulk.running({ name: "projects/demo", filter: `metadata.description:"nightly"` })

const program = Effect.gen(function* () {
  yield* Effect.forEach([1, 2, 3, 4, 5], (n) => LocalEarthEngine.exported(`nightly ${n}`))
  const other = yield* LocalEarthEngine.exported("by hand")

  const summary = yield* Bulk.cancel(nightly, { timeout: "5 minutes" }).pipe(Bulk.summarize)
  yield* Console.log(`${summary.total} asked to stop, ${summary.confirmed} are over:`, summary.ends)
  yield* Console.log(`by hand: ${(yield* Operations.get(other.name))._tag}`)
}).pipe(Effect.provide(LocalEarthEngine.layer({ exportDuration: "1 hour", cancelLatency: "100 millis" })))

NodeRuntime.runMain(program)
