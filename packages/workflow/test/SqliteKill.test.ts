import { join } from "node:path"
import * as Dice from "@effect-lro/test-support/Dice"
import * as Files from "@effect-lro/test-support/Files"
import * as Processes from "@effect-lro/test-support/Processes"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Lives from "./support/Lives.js"
import * as Remote from "./support/Remote.js"

const scene = (kinds: Readonly<Record<string, Remote.Kind>>) =>
  Effect.gen(function* () {
    const remote = yield* Remote.serve(kinds)
    const worker = yield* Processes.bundle(new URL("processes/Worker.ts", import.meta.url))
    const file = join(yield* Files.folder, "engine.db")
    return { remote, lives: Lives.make(Processes.start(worker, "sqlite", file, remote.url)) }
  })

const endless = { duration: 3_600_000, cleanup: 400 }

describe("workflows on a SQLite file whose process is killed", () => {
  it.scopedLive(
    "ten times at random: each operation was started once, cancelled if it was meant to be, and is known by its end",
    () =>
      Effect.gen(function* () {
        const dice = Dice.make(5)
        const { lives, remote } = yield* scene({
          done: { duration: 15_000 },
          broken: { duration: 8000, fails: true },
          stopped: endless
        })
        /** In which life each is started, and interrupted. */
        const plan = [
          { description: "done-1", from: 0, result: "Succeeded" },
          { description: "broken-1", from: 1, result: "Failed" },
          { description: "stopped-1", from: 0, interrupted: 4, result: "Interrupted Cancelled" },
          { description: "stopped-2", from: 3, interrupted: 5, result: "Interrupted Cancelled" },
          { description: "stopped-3", from: 5, interrupted: 8, result: "Interrupted Cancelled" },
          { description: "done-2", from: 7, result: "Succeeded" }
        ]
        const begin = (number: number) =>
          Effect.gen(function* () {
            const life = yield* lives.begin
            for (const { description, from } of plan) if (from <= number) yield* life.say(`run ${description}`)
            return life
          })
        const interrupt = (life: Processes.Running, number: number) =>
          Effect.forEach(
            plan.filter(({ interrupted = Infinity }) => interrupted <= number),
            ({ description }) => life.say(`interrupt ${description}`)
          )
        for (let number = 0; number < 10; number++) {
          const life = yield* begin(number)
          // From before its first request to some seconds later.
          yield* Effect.sleep(dice.between(0, 1200))
          yield* interrupt(life, number)
          yield* Effect.sleep(dice.between(0, 1200))
          yield* lives.kill(life)
        }
        const last = yield* begin(10)
        yield* interrupt(last, 10)
        for (const { description, result } of plan) {
          assert.strictEqual(yield* Lives.ended(last, description), result, description)
          assert.strictEqual(remote.operations(description), 1, `${description} was started once`)
          if (result.startsWith("Interrupted")) lives.assertCancelled(remote.of("cancel", description))
          else assert.lengthOf(remote.of("cancel", description), 0)
        }
        for (const line of lives.said()) {
          // What one process says, every other says too.
          const { description, result } = plan.find((planned) => line.startsWith(`ended ${planned.description} `)) ?? {}
          if (result !== undefined) assert.strictEqual(line.trim(), `ended ${description} ${result}`)
        }
        const cancels = plan.map(({ description }) => remote.of("cancel", description).length)
        const starts = plan.map(({ description }) => remote.of("start", description).length)
        console.log(`10 kills: ${remote.requests.length} requests, starts ${starts.join()}, cancels ${cancels.join()}`)
      }),
    240_000
  )

  it.scopedLive(
    "between a request and its answer: the start is repeated with its request id, and the cancel once",
    () =>
      Effect.gen(function* () {
        const { lives, remote } = yield* scene({ stopped: endless })
        const started = remote.withhold("start", "stopped-1")
        const first = yield* lives.begin
        yield* first.say("run stopped-1")
        yield* started
        yield* lives.kill(first)
        const cancelled = remote.withhold("cancel", "stopped-1")
        const second = yield* lives.begin
        yield* remote.until("get", "stopped-1")
        yield* second.say("interrupt stopped-1")
        yield* cancelled
        yield* lives.kill(second)
        const third = yield* lives.begin
        yield* third.say("run stopped-1")
        assert.strictEqual(yield* Lives.ended(third, "stopped-1"), "Interrupted Cancelled")
        assert.lengthOf(remote.of("start", "stopped-1"), 2)
        assert.strictEqual(remote.operations("stopped-1"), 1)
        assert.lengthOf(remote.of("cancel", "stopped-1"), 2)
      }),
    120_000
  )

  it.scopedLive(
    "while it confirms a cancel: the next one confirms it, and sends nothing again",
    () =>
      Effect.gen(function* () {
        const { lives, remote } = yield* scene({ stopped: { duration: 3_600_000, cleanup: 6000 } })
        const first = yield* lives.begin
        yield* first.say("run stopped-1")
        yield* remote.until("get", "stopped-1")
        yield* first.say("interrupt stopped-1")
        yield* remote.until("cancel", "stopped-1")
        yield* remote.until("get", "stopped-1", remote.of("get", "stopped-1").length + 3)
        yield* lives.kill(first)
        const second = yield* lives.begin
        yield* second.say("run stopped-1")
        assert.strictEqual(yield* Lives.ended(second, "stopped-1"), "Interrupted Cancelled")
        assert.lengthOf(remote.of("start", "stopped-1"), 1)
        assert.lengthOf(remote.of("cancel", "stopped-1"), 1)
      }),
    120_000
  )

  it.scopedLive(
    "and not killed but told to end: nothing is cancelled, and the next one goes on",
    () =>
      Effect.gen(function* () {
        const { lives, remote } = yield* scene({ done: { duration: 6000 } })
        const first = yield* lives.begin
        yield* first.say("run done-1")
        yield* remote.until("get", "done-1")
        yield* first.say("end")
        assert.strictEqual(yield* first.ended, 0)
        const second = yield* lives.begin
        yield* second.say("run done-1")
        assert.strictEqual(yield* Lives.ended(second, "done-1"), "Succeeded")
        assert.lengthOf(remote.of("start", "done-1"), 1)
        assert.lengthOf(remote.of("cancel", "done-1"), 0)
      }),
    120_000
  )
})
