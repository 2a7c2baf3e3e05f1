import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Dice from "@effect-lro/test-support/Dice"
import * as Files from "@effect-lro/test-support/Files"
import * as Goals from "@effect-lro/test-support/Goals"
import * as Processes from "@effect-lro/test-support/Processes"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"

/** Debian's package, which steps in between a program and the clock of its machine. */
const library = existsSync("/usr/lib")
  ? readdirSync("/usr/lib")
      .map((folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`)
      .find((path) => existsSync(path))
  : undefined

const lives = Goals.isLong ? 60 : 2

const offsets = ["-2d", "+2d", "+0", "-1d", "+1d"] as const

/** The wall clock of the processes that are started with these variables; time passes by the monotonic one as it always does. */
const wall = (folder: string) => {
  const file = join(folder, "wall")
  const set = (offset: string) =>
    Effect.sync(() => {
      writeFileSync(`${file}.next`, `${offset}\n`)
      renameSync(`${file}.next`, file)
    })
  const variables = {
    LD_PRELOAD: library ?? "",
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1"
  }
  return { set, variables }
}

/** Operations whose bodies ran twice at once, or again in the same process. */
const ranTwice = (witness: string): ReadonlyArray<string> => {
  const running = new Map<string, string>()
  const started = new Set<string>()
  const twice: Array<string> = []
  for (const line of readFileSync(witness, "utf8").split("\n").slice(0, -1)) {
    const [mark, name = "", pid = ""] = line.split(" ")
    if (mark === "stop") {
      running.delete(name)
      continue
    }
    if (running.get(name) === pid || started.has(line)) twice.push(line)
    started.add(line)
    running.set(name, pid)
  }
  return twice
}

describe("a machine whose wall clock is set two days forward and back", () => {
  if (library === undefined) {
    it("needs libfaketime", ({ skip }) => {
      skip("there is no libfaketime here: apt-get install libfaketime")
    })
    return
  }

  it.scopedLive(
    `ends, begins and removes nothing early, and runs nothing twice, over ${lives} processes of which every second one is killed`,
    () =>
      Effect.gen(function* () {
        const dice = Dice.make(20_251_125)
        const program = yield* Processes.bundle(new URL("processes/Clocked.ts", import.meta.url))
        const folder = yield* Files.folder
        const witness = join(folder, "witness")
        const { set, variables } = wall(folder)
        const wrong: Array<string> = []
        const sum = { measured: 0, forward: 0, back: 0, killed: 0 }
        for (let life = 0; life < lives; life++) {
          const isToBeKilled = life % 2 === 0
          // What passes while no process is there counts for a deadline, so that meanwhile the clock is only set back.
          yield* set(isToBeKilled ? "+0" : dice.pick(["-2d", "-1d", "+0"]))
          yield* Effect.scoped(
            Effect.gen(function* () {
              const process = yield* Processes.startWith(
                { variables },
                program,
                join(folder, "operations.db"),
                witness,
                String(life)
              )
              // What is to be taken up by the next one is stored by one clock.
              yield* process.until(isToBeKilled ? "created" : "ready")
              const jumping = Effect.gen(function* () {
                while (true) {
                  yield* Effect.sleep(dice.between(20, 250))
                  yield* set(dice.pick(offsets))
                }
              })
              if (isToBeKilled) {
                yield* Effect.raceFirst(jumping, Effect.sleep(dice.between(0, 2500)))
                yield* set("+2d")
                yield* process.kill
                sum.killed += 1
              }
              const end = yield* Effect.raceFirst(jumping, process.ended)
              assert.strictEqual(end, isToBeKilled ? "SIGKILL" : 0, process.output())
              for (const line of process.lines()) {
                if (line.startsWith("wrong")) wrong.push(line)
                if (!line.startsWith("measured")) continue
                const [, measured, forward, back] = line.split(" ").map(Number)
                sum.measured += measured ?? 0
                sum.forward += forward ?? 0
                sum.back += back ?? 0
              }
            })
          )
        }
        const twice = ranTwice(witness)
        const seen = `over ${sum.forward} jumps forward, ${sum.back} back and ${sum.killed} kills`
        process.stdout.write(`${JSON.stringify(sum)}\n`)
        Goals.tell("G16", `${wrong.length} of ${sum.measured} times too short ${seen}`, wrong.length === 0)
        Goals.tell("G16", `${twice.length} bodies ran twice ${seen}`, twice.length === 0)
        assert.deepStrictEqual({ wrong, twice }, { wrong: [], twice: [] })
        assert.isAbove(sum.measured, 12)
        // A clock that stood still would show nothing.
        assert.isAbove(Math.min(sum.forward, sum.back), 0)
      }),
    Goals.isLong ? 1_800_000 : 120_000
  )
})
