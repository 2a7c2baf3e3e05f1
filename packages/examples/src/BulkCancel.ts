/**
 * Cancels all exports of one kind, finds out how each of them ended, and leaves the others alone.
 */
import * as Bulk from "@effect-lro/core/Bulk"
import * as Operations from "@effect-lro/core/Operations"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as LocalEarthEngine from "./LocalEarthEngine.js"

/** What still runs, of those whose description begins so. Earth Engine's list has no filter, so this is one of our own. */
const described = (prefix: string) =>
  Operations.list({ name: "projects/demo" }).pipe(
    Stream.filter((operation) => operation._tag === "Running"),
    Stream.filter((operation) =>
      Option.exists(
        OperationMetadata.fromOperation(operation),
        (metadata) => metadata.description?.startsWith(prefix) === true
      )
    ),
    Stream.map((operation) => operation.name)
  )

const program = Effect.gen(function* () {
  yield* Effect.forEach([1, 2, 3, 4, 5], (n) => LocalEarthEngine.exported(`nightly ${n}`))
  const other = yield* LocalEarthEngine.exported("by hand")

  const summary = yield* Bulk.cancel(described("nightly"), { timeout: "5 minutes" }).pipe(Bulk.summarize)
  yield* Console.log(`${summary.total} asked to stop, ${summary.confirmed} are over:`, summary.ends)
  yield* Console.log(`by hand: ${(yield* Operations.get(other.name))._tag}`)
}).pipe(Effect.provide(LocalEarthEngine.layer({ exportDuration: "1 hour", cancelLatency: "100 millis" })))

NodeRuntime.runMain(program)
