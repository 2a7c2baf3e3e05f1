/**
 * Waits for an export, and tells what it does meanwhile.
 */
import * as OperationType from "@effect-lro/core/OperationType"
import * as Poller from "@effect-lro/core/Poller"
import * as PollSchedule from "@effect-lro/core/PollSchedule"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as LocalEarthEngine from "./LocalEarthEngine.js"

const program = Effect.gen(function* () {
  const { name } = yield* LocalEarthEngine.exported("a map of the world")
  const changes = Poller.changes(name, {
    type: OperationMetadata.operationType,
    schedule: PollSchedule.capped({ initial: "50 millis", max: "200 millis" }),
    timeout: "1 hour"
  })
  yield* Stream.runForEach(changes, (change) => {
    if (change._tag === "Done") return Console.log(`done: ${change.operation._tag}`)
    if (change._tag !== "Progress") return Effect.void
    const percent = Option.match(OperationType.metadata(change.operation), {
      onNone: () => "?",
      onSome: (metadata) =>
        `${Math.round(100 * Option.getOrElse(OperationMetadata.progress(metadata).fraction, () => 0))}`
    })
    return Console.log(`${percent} %`)
  })
}).pipe(Effect.provide(LocalEarthEngine.layer({ exportDuration: "500 millis" })))

NodeRuntime.runMain(program)
