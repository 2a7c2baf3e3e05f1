import * as Operation from "@effect-lro/core/Operation"
import * as Operations from "@effect-lro/core/Operations"
import * as Host from "@effect-lro/host/Host"
import * as HostOperations from "@effect-lro/host/HostOperations"
import * as Goals from "@effect-lro/test-support/Goals"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import { shown, withRecord } from "./support/host.js"

const rounds = Goals.isLong ? 10_000 : 1000

interface Round {
  readonly end: Operation.Operation["_tag"]
  /** How many times it was looked at between the request and the end, and how often the body was seen to run then. */
  readonly looks: number
  readonly looksWhileItRan: number
  /** How many times it was CANCELLED, or over at all, to somebody while its body ran. */
  readonly lies: number
  /** Ends that were seen after the first one and are not the same. */
  readonly otherEnds: number
}

/** A body that takes some milliseconds and as many to clean up, cancelled at about the time of its end. */
const race = Effect.gen(function* () {
  let running = 0
  let lies = 0
  let looks = 0
  let looksWhileItRan = 0
  let otherEnds = 0
  const works = yield* Random.nextRange(0, 4)
  const cleans = yield* Random.nextRange(0, 2)
  const late = works + (yield* Random.nextRange(-2, 2))
  const { name } = yield* Host.submit({
    body: () =>
      Effect.acquireUseRelease(
        Effect.sync(() => running++),
        () => Effect.sleep(works),
        () =>
          Effect.zipRight(
            Effect.sleep(cleans),
            Effect.sync(() => running--)
          )
      ).pipe(Effect.asVoid)
  })
  const ends: Array<string> = []
  const look = Effect.flatMap(Operations.get(name), (operation) =>
    Effect.sync(() => {
      looks++
      if (running > 0) looksWhileItRan++
      if (!Operation.isDone(operation)) return false
      if (running > 0) lies++
      ends.push(JSON.stringify(operation))
      return true
    })
  )
  const watching = yield* Effect.fork(Effect.repeat(Effect.zipLeft(look, Effect.sleep(0)), { until: (done) => done }))
  yield* Effect.delay(Operations.cancel(name), Math.max(0, late))
  const done = yield* Operations.wait(name)
  yield* Fiber.join(watching)
  yield* Operations.cancel(name)
  yield* look
  otherEnds += ends.filter((end) => end !== ends[0]).length
  assert(Operation.isDone(done))
  const state = yield* shown(name, "state")
  assert.strictEqual(
    state,
    done._tag === "Cancelled" ? "CANCELLED" : done._tag === "Succeeded" ? "SUCCEEDED" : "FAILED"
  )
  return { end: done._tag, looks, looksWhileItRan, lies, otherEnds } satisfies Round
})

describe("cancels that race with the end of the work, by the real clock", () => {
  it.live(
    "have one end each, and it is never CANCELLED while the body runs",
    () =>
      Effect.gen(function* () {
        const since = yield* Clock.currentTimeMillis
        const all = yield* Effect.forEach(Array.from({ length: rounds }), () => race, { concurrency: 40 })
        const took = (yield* Clock.currentTimeMillis) - since
        const won = new Map<string, number>()
        for (const { end } of all) won.set(end, (won.get(end) ?? 0) + 1)
        const sum = (of: (round: Round) => number) => all.reduce((total, round) => total + of(round), 0)
        const looks = sum((round) => round.looks)
        const whileItRan = sum((round) => round.looksWhileItRan)
        process.stdout.write(
          `${rounds} races in ${took} ms: ${[...won].map(([end, count]) => `${end} ${count}`).join(", ")}; ` +
            `${looks} looks, ${whileItRan} of them while a body ran\n`
        )
        const lies = sum((round) => round.lies)
        const otherEnds = sum((round) => round.otherEnds)
        Goals.tell("G2", `${otherEnds} second ends in ${rounds} races by the real clock, in memory`, otherEnds === 0)
        Goals.tell("G3", `${lies} of ${whileItRan} looks while a body ran said that it was over`, lies === 0)
        assert.strictEqual(lies, 0)
        assert.strictEqual(otherEnds, 0)
        // The witness would see nothing where nobody looked in time, and there is no race where one side always wins.
        assert.isAbove(whileItRan, rounds / 10)
        assert.isAbove(won.get("Cancelled") ?? 0, rounds / 100)
        assert.isAbove(won.get("Succeeded") ?? 0, rounds / 100)
      }).pipe(Effect.provide(HostOperations.layerMemory({ describe: withRecord }))),
    Goals.isLong ? 600_000 : 60_000
  )
})
