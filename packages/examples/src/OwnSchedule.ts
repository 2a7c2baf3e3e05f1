/**
 * When to look is an ordinary `Schedule`, which also sees what was seen: this one looks rarely while an export is young, and
 * every moment once it is nearly done.
 */
import * as Poller from "@effect-lro/core/Poller"
import type * as PollSchedule from "@effect-lro/core/PollSchedule"
import * as OperationMetadata from "@effect-lro/earth-engine/OperationMetadata"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as LocalEarthEngine from "./LocalEarthEngine.js"

const progress = (look: PollSchedule.Look): number =>
  Either.getRight(look).pipe(
    Option.flatMap(OperationMetadata.fromOperation),
    Option.flatMap((metadata) => OperationMetadata.progress(metadata).fraction),
    Option.getOrElse(() => 0)
  )

export const closerToTheEnd: PollSchedule.PollSchedule = Schedule.identity<PollSchedule.Look>().pipe(
  Schedule.addDelay((look) => Duration.millis(progress(look) < 0.75 ? 300 : 50))
)

const program = Effect.gen(function* () {
  const { name } = yield* LocalEarthEngine.exported("a map of the world")
  let looks = 0
  const done = yield* Poller.awaitDone(name, {
    schedule: closerToTheEnd,
    onLook: () => Effect.sync(() => void looks++)
  })
  yield* Console.log(`${done._tag}, after ${looks < 20 ? "few" : "many"} looks`)
}).pipe(Effect.provide(LocalEarthEngine.layer({ exportDuration: "1 second" })))

NodeRuntime.runMain(program)
