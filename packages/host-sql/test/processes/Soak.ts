/**
 * A host over a file that starts operations at a steady rate, cancels some and removes what has ended soon after:
 * `Soak FILE PER_SECOND SECONDS`. It prints `at SECOND STARTED ENDED WRONG` every second, and ends when everything has.
 */
import { writeSync } from "node:fs"
import * as Operations from "@effect-lro/core/Operations"
import * as HostSql from "@effect-lro/host-sql/HostSql"
import * as HostedOperation from "@effect-lro/host/HostedOperation"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

const [filename = "", perSecond = "1", seconds = "1"] = process.argv.slice(2)

const Work = HostedOperation.make({
  name: "test.Work",
  payload: Schema.Struct({ millis: Schema.Number }),
  metadata: Schema.Struct({ step: Schema.Number }),
  response: Schema.Struct({ millis: Schema.Number }),
  error: Schema.Never
})

const WorkLive = Work.toLayer(({ millis }, job) =>
  Effect.gen(function* () {
    yield* Effect.sleep(millis / 2)
    yield* job.update({ step: 1 })
    yield* Effect.sleep(millis / 2)
    return { millis }
  })
)

let started = 0
let ended = 0
let wrong = 0

/** Every fourth does not end by itself, and is cancelled. */
const one = (index: number) =>
  Effect.gen(function* () {
    const isToBeCancelled = index % 4 === 3
    const { name } = yield* Work.start({ millis: isToBeCancelled ? 3_600_000 : 20 * (index % 10) })
    started += 1
    if (isToBeCancelled) {
      yield* Effect.sleep(20)
      yield* Operations.cancel(name)
    }
    const { _tag } = yield* Operations.wait(name)
    ended += 1
    if (_tag !== (isToBeCancelled ? "Cancelled" : "Succeeded")) wrong += 1
  })

const program = Effect.gen(function* () {
  const portion = Math.max(1, Math.round(Number(perSecond) / 20))
  const until = performance.now() + Number(seconds) * 1000
  const working = yield* FiberSet.make<void>()
  const telling = yield* Effect.fork(
    Effect.forever(
      Effect.delay(
        Effect.sync(() => writeSync(1, `at ${Math.round(performance.now() / 1000)} ${started} ${ended} ${wrong}\n`)),
        "1 second"
      )
    )
  )
  const since = performance.now()
  for (let index = 0; performance.now() < until; index += portion) {
    for (let i = 0; i < portion; i++) yield* FiberSet.run(working, one(index + i))
    // By the clock, so that a second that was slow is made up for.
    yield* Effect.sleep(Math.max(0, since + ((index + portion) * 1000) / Number(perSecond) - performance.now()))
  }
  yield* FiberSet.awaitEmpty(working)
  yield* Fiber.interrupt(telling)
  writeSync(1, `done ${started} ${ended} ${wrong}\n`)
})

await Effect.runPromise(
  program.pipe(
    Effect.scoped,
    Effect.provide(Layer.provideMerge(WorkLive, HostSql.layerSqlite({ filename, host: { retention: "2 seconds" } })))
  )
)
