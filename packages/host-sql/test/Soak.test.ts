import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { newFile } from "@effect-lro/test-support/Files"
import * as Goals from "@effect-lro/test-support/Goals"
import * as Processes from "@effect-lro/test-support/Processes"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"

const perSecond = 200

const seconds = Goals.isLong ? 1800 : 8

/** What a process has: its memory in MiB, its open files, and its database in MiB. */
interface Sample {
  readonly memory: number
  readonly handles: number
  readonly database: number
}

const sizeOf = (path: string) => (existsSync(path) ? statSync(path).size / 2 ** 20 : 0)

const sample = (pid: number, filename: string): Sample => ({
  memory: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024,
  handles: readdirSync(`/proc/${pid}/fd`).length,
  database: sizeOf(filename) + sizeOf(`${filename}-wal`)
})

const most = (samples: ReadonlyArray<Sample>, of: keyof Sample) => Math.max(...samples.map((it) => it[of]))

const typical = (samples: ReadonlyArray<Sample>, of: keyof Sample) =>
  Goals.percentile(
    samples.map((it) => it[of]),
    0.5
  )

describe("a host that works for a long time", () => {
  if (!existsSync("/proc/self/fd")) {
    it("needs /proc", ({ skip }) => {
      skip("there is no /proc here, and nothing else tells of another process's open files")
    })
    return
  }

  it.scopedLive(
    `and is given ${perSecond} operations a second for ${seconds} s ends each as it should, and grows no more once it is warm`,
    () =>
      Effect.gen(function* () {
        const filename = yield* newFile
        const program = yield* Processes.bundle(new URL("processes/Soak.ts", import.meta.url))
        const host = yield* Processes.start(program, filename, String(perSecond), String(seconds))
        const samples: Array<Sample> = []
        yield* host.until("at ")
        const sampling = Effect.forever(
          Effect.delay(
            Effect.sync(() => samples.push(sample(host.pid, filename))),
            Goals.isLong ? "5 seconds" : "500 millis"
          )
        )
        yield* Effect.raceFirst(sampling, host.until("done "))
        const exit = yield* host.ended
        const [, started = 0, ended = 0, wrong = 0] = (host.lines().at(-1) ?? "").split(" ").map(Number)

        // The first third is for warming up, the last is what it has come to.
        const third = Math.floor(samples.length / 3)
        const [early, late] = [samples.slice(third, 2 * third), samples.slice(2 * third)]
        const growth = typical(late, "memory") / typical(early, "memory") - 1
        const handles = typical(late, "handles") - typical(early, "handles")
        const [before, after] = [most(early, "database"), most(late, "database")]
        const rate = started / seconds
        const told =
          `${started} operations in ${seconds} s (${rate.toFixed(0)} a second), ${wrong} ended wrong, memory ${typical(early, "memory").toFixed(0)} MiB ` +
          `and ${(growth * 100).toFixed(1)} % more later, ${handles} more open files, database ${before.toFixed(1)} MiB, later ${after.toFixed(1)} MiB at most`
        process.stdout.write(`${told}\n`)
        const isBounded = growth <= 0.1 && handles <= 0 && after <= before * 1.1
        Goals.tell("G19", told, wrong === 0 && isBounded && rate >= perSecond * 0.95)
        assert.deepStrictEqual([exit, wrong, ended], [0, 0, started])
        assert.isAbove(started, 100)
        // In a few seconds nothing is warm.
        if (Goals.isLong) assert.isTrue(isBounded, told)
      }),
    Goals.isLong ? 3_600_000 : 120_000
  )
})
