import { createServer } from "node:net"
import * as Dice from "@effect-lro/test-support/Dice"
import * as Postgres from "@effect-lro/test-support/Postgres"
import * as Processes from "@effect-lro/test-support/Processes"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Lives from "./support/Lives.js"
import * as Remote from "./support/Remote.js"

const freePort = Effect.async<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

describe("workflows of several processes on Postgres", () => {
  if (Postgres.missing !== undefined) return Postgres.skipped()

  it.scopedLive(
    "the one that looks at an operation is killed: another goes on, starts nothing again and cancels once",
    () =>
      Effect.gen(function* () {
        const dice = Dice.make(3)
        const remote = yield* Remote.serve({
          done: { duration: 20_000 },
          stopped: { duration: 3_600_000, cleanup: 400 }
        })
        const worker = yield* Processes.bundle(new URL("processes/Worker.ts", import.meta.url))
        const database = Redacted.value(yield* Postgres.database)
        const lives = Lives.make(
          Effect.flatMap(freePort, (port) => Processes.start(worker, "postgres", database, remote.url, String(port)))
        )
        const plan = [
          { description: "stopped-1", result: "Interrupted Cancelled" },
          { description: "done-1", result: "Succeeded" },
          { description: "stopped-2", result: "Interrupted Cancelled" },
          { description: "done-2", result: "Succeeded" }
        ]
        let living = [yield* lives.begin, yield* lives.begin]
        const say = (line: string) => Effect.forEach(living.slice(0, 1), (life) => life.say(line))
        for (const { description } of plan) yield* say(`run ${description}`)
        for (const { description } of plan) yield* remote.until("get", description)

        /** Waits for a living process to look at it; the last one to do so may just have been killed. */
        const ownerOf = (description: string): Effect.Effect<Processes.Running> =>
          Effect.suspend(() => {
            const process = remote.of("get", description).at(-1)?.process
            const owner = living.find(({ pid }) => String(pid) === process)
            return owner === undefined ? Effect.delay(ownerOf(description), 50) : Effect.succeed(owner)
          })

        for (const watched of ["stopped-1", "stopped-2"]) {
          yield* Effect.sleep(dice.between(0, 1500))
          const owner = yield* ownerOf(watched)
          yield* lives.kill(owner)
          const looks = remote.of("get", watched).length
          living = [...living.filter((life) => life !== owner), yield* lives.begin]
          yield* remote.until("get", watched, looks + 3)
          const successor = remote.of("get", watched).at(-1)?.process
          assert.notStrictEqual(successor, String(owner.pid))
          // The second is killed right after it was told to stop it.
          yield* say(`interrupt ${watched}`)
        }
        const [last] = living
        if (last === undefined) return assert.fail("one lives")
        // Who was told may have been killed before it had written that down, and to ask twice asks once.
        for (const { description, result } of plan) {
          yield* last.say(`run ${description}`)
          if (result !== "Succeeded") yield* last.say(`interrupt ${description}`)
        }
        for (const { description, result } of plan) {
          assert.strictEqual(yield* Lives.ended(last, description), result, description)
          assert.strictEqual(remote.operations(description), 1)
          assert.lengthOf(remote.of("start", description), 1)
          if (result === "Succeeded") assert.lengthOf(remote.of("cancel", description), 0)
          else lives.assertCancelled(remote.of("cancel", description))
        }
        console.log(`2 owners killed: ${remote.requests.length} requests`)
      }),
    240_000
  )
})
